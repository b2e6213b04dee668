"""Whether a report is the service's own: a changed byte, a changed entry and a changed value are all found."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from sync_service.adapters.memory_store import MemoryStore
from sync_service.adapters.pdf_report import as_pdf
from sync_service.aggregates.specialist_facts import ProgrammeRecorded
from sync_service.rendering.verifications import OUTCOMES
from sync_service.reports.check_value import CheckValue, CheckValueMalformed, check_value
from sync_service.reports.csv_report import as_csv
from sync_service.reports.report import standing_at
from sync_service.reports.verification import Outcome, verify_file, verify_value
from tests.model import lines
from tests.unit.reported_person import NOW, reported, reported_desk

if TYPE_CHECKING:
    from collections.abc import Collection
    from uuid import UUID

    from sync_service.aggregates.aggregate import Event
    from sync_service.reports.report import Report

WRITERS = (as_pdf, as_csv)


class MeddledStore(MemoryStore):
    """Somebody gave every programme ten hours more, in the store itself."""

    def __init__(self, honest: MemoryStore) -> None:
        super().__init__()
        self.__dict__ |= honest.__dict__

    def load(self, streams: Collection[UUID], until: int | None = None) -> dict[UUID, list[Event]]:
        found = super().load(streams, until)
        return {stream: [meddled(event) for event in events] for stream, events in found.items()}


def meddled(event: Event) -> Event:
    if not isinstance(event.fact, ProgrammeRecorded):
        return event
    more = msgspec.structs.replace(event.fact, hours=event.fact.hours + 10)
    return msgspec.structs.replace(event, fact=more)


def changed(made: Report, **entry: Any) -> Report:  # noqa: ANN401 - any field's value
    """The report with another first entry."""
    first = msgspec.structs.replace(made.counted[0], **entry)
    return msgspec.structs.replace(made, counted=(first, *made.counted[1:]))


@pytest.mark.parametrize("write", WRITERS)
def test_a_file_is_equal_long_after_it_was_written(write: Any) -> None:  # noqa: ANN401 - a writer
    desk = reported_desk()
    content = write(reported(desk))
    desk.hears(lines.reversal("edu:e1", "module:m1:2025-05-12"), lines.changed("edu:e1", full_name="Другое Имя"))
    answer = verify_file(desk.store, content, WRITERS)
    assert answer.outcome is Outcome.EQUAL
    assert answer.report is not None
    assert len(answer.report.counted) == 3


@pytest.mark.parametrize("write", WRITERS)
def test_any_changed_byte_of_a_file_is_found(write: Any) -> None:  # noqa: ANN401 - a writer
    desk = reported_desk()
    content = write(reported(desk))
    for place in range(0, len(content), len(content) // 7):
        forged = content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]
        assert verify_file(desk.store, forged, WRITERS).outcome is not Outcome.EQUAL


def test_a_forged_file_with_the_true_value_is_told_apart() -> None:
    desk = reported_desk()
    forged = as_csv(reported(desk)).replace("засчитано".encode(), "не зачтено".encode(), 1)
    assert verify_file(desk.store, forged, WRITERS).outcome is Outcome.FILE_DIFFERS


@pytest.mark.parametrize("entry", [{"credits": 50.0}, {"title": "Другое"}, {"code": None, "activity_key": "x"}])
def test_any_changed_entry_changes_the_value_and_is_found(entry: dict[str, Any]) -> None:
    desk = reported_desk()
    forged = changed(reported(desk), **entry)
    assert check_value(forged) != check_value(reported(desk))
    assert verify_file(desk.store, as_pdf(forged), WRITERS).outcome is Outcome.DIFFERS


def test_a_changed_event_in_the_store_is_found() -> None:
    desk = reported_desk()
    value = str(check_value(reported(desk)))
    assert verify_value(desk.store, value).outcome is Outcome.EQUAL
    assert isinstance(desk.store, MemoryStore)
    assert verify_value(MeddledStore(desk.store), value).outcome is Outcome.DIFFERS


def test_a_value_of_another_cycle_position_moment_or_person_is_another() -> None:
    desk = reported_desk()
    values = {str(check_value(reported(desk))), str(check_value(reported(desk, cycle_id="c0")))}
    values.add(str(check_value(reported(desk, at=standing_at(desk.store, NOW + timedelta(seconds=1))))))
    values.add(str(check_value(reported(desk, at=standing_at(desk.store, NOW, desk.now - timedelta(minutes=1))))))
    assert len(values) == 4
    assert {verify_value(desk.store, value).outcome for value in values} == {Outcome.EQUAL}


def test_a_value_that_names_nobody_or_a_place_beyond_the_log_differs() -> None:
    desk = reported_desk()
    value = check_value(reported(desk))
    beyond = msgspec.structs.replace(value.standing, position=value.standing.position + 1)
    before = msgspec.structs.replace(value.standing, position=0)
    for forged in (beyond, before):
        answer = verify_value(desk.store, str(CheckValue(value.specialist_id, forged, value.digest)))
        assert (answer.outcome, answer.report) == (Outcome.DIFFERS, None)


def test_a_value_may_be_typed_in_small_letters_with_look_alikes_and_blanks() -> None:
    desk = reported_desk()
    value = check_value(reported(desk))
    typed = str(value).lower().replace("-", " \N{EN DASH} ").replace("o", "0").replace("i", "1").replace("a", "а")
    assert CheckValue.parse(typed) == value
    assert len(str(value)) == 71


@pytest.mark.parametrize("typed", ["", "report.pdf", "A" * 63, "A" * 65, "B" * 64, "Ю" * 64])
def test_what_is_no_value_is_refused(typed: str) -> None:
    with pytest.raises(CheckValueMalformed):
        CheckValue.parse(typed)


def test_a_file_without_a_value_says_so() -> None:
    assert verify_file(reported_desk().store, b"%PDF-1.4", WRITERS).outcome is Outcome.NO_VALUE
    unreadable = b"-".join([b"BBBBBBBB"] * 8)
    assert verify_file(reported_desk().store, unreadable, WRITERS).outcome is Outcome.DIFFERS


def test_every_outcome_has_its_words() -> None:
    assert set(OUTCOMES) == set(Outcome)
