"""Parked messages: what a retry would do is seen before, an edit is kept beside what came, and counts stay right."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sync_service.aggregates.errors import LetterClosed
from sync_service.letters import ID_CHANGED
from sync_service.questions.letters import groups, latest_letters, letter, waiting_letters
from tests.model import lines
from tests.unit.support_desk import Desk

if TYPE_CHECKING:
    from uuid import UUID

BY, WHY = "Смена 2", "Дата подтверждена организатором"


def without_date(message_id: str = "no-date", activity_id: str = "ev1") -> bytes:
    """An event whose date is missing."""
    event = lines.decode(lines.published(activity_id)) | {"id": message_id}
    del event["data"]["held_on"]
    return lines.encode(event)


def mended(line: bytes, **said: object) -> bytes:
    """The message with its date, and whatever else is said."""
    event = lines.decode(line)
    event["data"] |= {"held_on": "2026-05-19"}
    return lines.encode(event | said)


def only(desk: Desk) -> UUID:
    """The id of the one parked message."""
    (found,) = latest_letters(desk.store, 0, 9)
    return found.id


def test_a_preview_tells_every_event_and_writes_none() -> None:
    desk = Desk(lines.issued(), lines.activated("sovetnmo:s1"), without_date())
    before = desk.store.head(), desk.store.counts()
    preview = desk.application.preview(only(desk), mended(without_date()))
    assert [event.fact.TYPE for event in preview.events][:1] == ["activity.published.v1"]
    assert preview.reasons == ()
    assert (desk.store.head(), desk.store.counts()) == before
    assert letter(desk.store, only(desk)).is_open  # type: ignore[union-attr]


def test_what_was_previewed_is_what_is_recorded() -> None:
    desk = Desk(lines.issued(), lines.activated("sovetnmo:s1"), without_date())
    edited = mended(without_date())
    seen = [(event.stream, event.fact.TYPE) for event in desk.application.preview(only(desk), edited).events]
    head = desk.store.head()
    desk.application.retry(only(desk), edited=edited, by=BY, reason=WHY)
    assert [(event.stream, event.fact.TYPE) for event in desk.store.read(head, 100)] == seen


def test_a_preview_leaves_the_application_as_fresh_as_before() -> None:
    """What was decided and forgotten must not be seen by the next decision."""
    desk = Desk(without_date())
    for _ in range(2):
        desk.application.preview(only(desk), mended(without_date()))
    desk.hears(lines.activated("sovetnmo:s1", activity_id="ev1"))
    assert desk.plan("sovetnmo:s1").entries[0].counts == "catalogue_pending"


def test_an_edit_is_kept_beside_what_came_with_who_and_why() -> None:
    line = without_date()
    desk = Desk(line)
    assert desk.application.retry(only(desk), edited=mended(line), by=BY, reason=WHY) == ()
    found = letter(desk.store, only(desk))
    assert found is not None
    assert (found.state, found.is_edited, found.decided_by, found.decided_for) == ("retried", True, BY, WHY)
    assert desk.store.parked_bytes(found.id).record.value == line  # type: ignore[union-attr]
    assert desk.store.edited_bytes(found.id).value == mended(line)  # type: ignore[union-attr]


def test_an_edited_retry_moves_its_message_from_parked_to_stored() -> None:
    desk = Desk(without_date())
    assert (desk.store.counts().parked, desk.store.counts().stored) == (1, 0)
    desk.application.retry(only(desk), edited=mended(without_date()), by=BY, reason=WHY)
    assert (desk.store.counts().parked, desk.store.counts().stored, desk.store.counts().received) == (0, 1, 1)
    desk.hears(without_date())
    assert desk.store.counts().repeats == 1


def test_an_edit_that_is_still_wrong_changes_nothing() -> None:
    line = without_date()
    desk = Desk(line)
    edited = lines.encode(lines.decode(line) | {"time": "yesterday"})
    reasons = desk.application.retry(only(desk), edited=edited, by=BY, reason=WHY)
    assert len(reasons) == 2
    assert desk.store.edited_bytes(only(desk)) is None
    assert letter(desk.store, only(desk)).is_open  # type: ignore[union-attr]


@pytest.mark.parametrize("said", [{"id": "another"}, {"source": "/support"}])
def test_an_edit_cannot_make_it_another_message(said: dict[str, object]) -> None:
    """Otherwise the sender's own correction would come as a second one."""
    desk = Desk(without_date())
    reasons = desk.application.retry(only(desk), edited=mended(without_date(), **said), by=BY, reason=WHY)
    assert reasons
    if "id" in said:
        assert reasons == (ID_CHANGED,)


def test_what_nobody_could_read_may_become_any_message() -> None:
    desk = Desk(b'{"data":')
    assert desk.application.retry(only(desk), edited=lines.published(), by=BY, reason=WHY) == ()
    assert desk.store.counts().stored == 1


def test_it_is_decided_on_once() -> None:
    desk = Desk(without_date())
    desk.application.discard(only(desk), WHY, BY)
    found = letter(desk.store, only(desk))
    assert found is not None
    assert (found.state, found.decided_by) == ("discarded", BY)
    for act in (desk.application.preview, desk.application.retry):
        with pytest.raises(LetterClosed):
            act(only(desk), edited=mended(without_date()))


def test_messages_of_one_cause_are_one_group_however_they_read() -> None:
    given = [without_date(f"no-date-{number}", f"ev{number}") for number in range(3)]
    found = groups(waiting_letters(Desk(*given, b"{", b"\xff").store))
    assert [len(group.letters) for group in found] == [3, 1, 1]
    assert [one.message_id for one in found[0].letters] == ["no-date-0", "no-date-1", "no-date-2"]


def test_only_those_that_wait_are_listed_as_waiting() -> None:
    desk = Desk(without_date("a", "ev1"), without_date("b", "ev2"), without_date("c", "ev3"))
    _, second, first = latest_letters(desk.store, 0, 9)
    desk.application.discard(first.id, WHY, BY)
    desk.application.retry(second.id, edited=mended(without_date("b", "ev2")), by=BY, reason=WHY)
    assert [one.message_id for one in waiting_letters(desk.store)] == ["c"]
    assert desk.store.letter_counts() == (1, 3)
