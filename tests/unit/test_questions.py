"""A person's story as support staff are told it: its shape, its order, the link, and as of a moment in the past."""

from __future__ import annotations

from typing import Any

import pytest

from sync_service.aggregates.errors import AccountUnknown
from sync_service.aggregates.values import Account, account_stream
from tests.model import lines
from tests.unit.support_desk import CODE_KEY, EDU, LINKED, MODULE_KEY, SOVETNMO, START, Desk, as_json, linked_desk


def types(answer: Any) -> list[str]:  # noqa: ANN401 - JSON
    return [event["type"].removeprefix("specialist.").removesuffix(".v1") for event in answer["events"]]


def test_history_has_the_shape_of_the_contract() -> None:
    answer = as_json(Desk(lines.registered("edu:e1"), lines.activated("edu:e1")).history("edu:e1"))
    assert answer["specialist_id"] == EDU
    assert answer["accounts"] == [{"portal": "edu", "account_id": "e1"}]
    assert answer["link"] is None
    assert types(answer) == [
        "account_noticed",
        "qualification_reported",
        "personal_details_reported",
        "activation_refused",
    ]
    event = answer["events"][-1]
    assert event["text"].startswith(
        "12 мая 2025 года человек ввёл в edu код AB12-CDEF3456. Такого кода никто не выдавал."
    )
    assert event["text_en"].startswith("On 12 May 2025 the person entered the code AB12-CDEF3456 at edu.")
    assert event.pop("cause").startswith("/portals/edu#message-")
    assert {name: event[name] for name in event if not name.startswith("text")} == {
        "position": 5,
        "type": "specialist.activation_refused.v1",
        "portal": "edu",
        "account_id": "e1",
        "occurred_at": lines.NOON,
        "recorded_at": "2026-03-12T10:02:00Z",
        "data": {
            "account": {"portal": "edu", "account_id": "e1"},
            "typed": lines.CODE,
            "reason": "code_unknown",
            "activated_at": lines.NOON,
            "code": lines.CODE,
        },
    }


def test_a_completion_occurred_on_a_date_and_what_has_no_moment_of_its_own_when_it_was_recorded() -> None:
    answer = as_json(Desk(lines.completed("edu:e1"), lines.cycle("edu:e1")).history("edu:e1"))
    occurred = {event["type"]: event["occurred_at"] for event in answer["events"]}
    assert occurred == {
        "specialist.account_noticed.v1": "2026-03-12T10:01:00Z",
        "specialist.completion_recorded.v1": lines.DAY,
        "specialist.cycle_opened.v1": "2026-03-12T10:02:00Z",
    }


def test_history_is_told_oldest_first() -> None:
    positions = [event.position for event in linked_desk().history("edu:e1").events]
    assert positions == sorted(positions)


def test_either_account_of_a_linked_person_gives_the_same_history() -> None:
    desk = linked_desk()
    answer = desk.history("sovetnmo:s1")
    assert answer == desk.history("edu:e1")
    assert str(answer.specialist_id) == EDU
    assert as_json(answer.accounts) == [
        {"portal": "sovetnmo", "account_id": "s1"},
        {"portal": "edu", "account_id": "e1"},
    ]
    assert {"absorbed", "absorbed_into", "activation_recorded", "completion_recorded"} <= set(types(as_json(answer)))


def test_what_stands_in_both_histories_is_told_once() -> None:
    told = types(as_json(linked_desk().history("edu:e1")))
    assert told.count("link_requested") == 1
    assert told.count("link_confirmed") == 1


def test_what_a_portal_says_of_a_link_is_told_of_its_own_account_and_the_joining_of_none() -> None:
    answer = as_json(linked_desk().history("edu:e1"))
    sides = {event["type"]: (event["portal"], event["account_id"]) for event in answer["events"]}
    assert sides["specialist.link_requested.v1"] == ("edu", "e1")
    assert sides["specialist.link_confirmed.v1"] == ("sovetnmo", "s1")
    assert sides["specialist.absorbed.v1"] == (None, None)


def test_history_shows_how_the_link_stands() -> None:
    desk = linked_desk()
    asked = {"request_id": "r1", "edu": "e1", "sovetnmo": "s1", "to_edu": 1, "to_sovetnmo": 1, "reason": None}
    assert as_json(desk.history("edu:e1").link) == asked | {"state": "backfilling", "applied": 0}
    desk.hears(lines.applied("edu:e1", CODE_KEY), lines.applied("sovetnmo:s1", MODULE_KEY))
    assert as_json(desk.history("sovetnmo:s1").link) == asked | {"state": "completed", "applied": 2}


@pytest.mark.parametrize(
    ("said", "state", "reason"),
    [
        ((lines.link_requested(),), "requested", None),
        ((lines.link_confirmed(),), "confirmed", None),
        ((lines.link_requested(), lines.link_declined()), "refused", "declined"),
        ((lines.closed("edu:e1"), *LINKED), "refused", "account_closed"),
    ],
)
def test_history_shows_an_attempt_that_has_not_joined(said: tuple[bytes, ...], state: str, reason: str | None) -> None:
    link = Desk(*said).history("edu:e1").link
    assert link is not None
    assert (link.state, link.reason, link.to_edu, link.to_sovetnmo, link.applied) == (state, reason, 0, 0, 0)


def test_history_shows_the_attempt_that_began_last_even_within_one_transaction() -> None:
    desk = Desk().hears_at_once(
        lines.link_requested("r1"), lines.link_requested("r2"), lines.link_declined("r1"), lines.completed("edu:e1")
    )
    link = desk.history("edu:e1").link
    assert link is not None
    assert link.request_id == "r2"


def test_history_of_an_account_never_named_is_refused() -> None:
    with pytest.raises(AccountUnknown):
        linked_desk().history("edu:e2")


def test_history_as_of_a_moment_before_the_link_knows_two_people() -> None:
    desk = linked_desk()
    before = desk.store.position_at(desk.now.replace(minute=desk.now.minute - 1))
    assert as_json(desk.history("edu:e1", before).accounts) == [{"portal": "edu", "account_id": "e1"}]
    answer = as_json(desk.history("sovetnmo:s1", before))
    assert answer["specialist_id"] == SOVETNMO
    assert answer["link"]["state"] == "requested"
    assert types(answer)[-1] == "link_requested"


def test_history_as_of_a_moment_before_the_account_was_named_is_refused() -> None:
    desk = linked_desk()
    with pytest.raises(AccountUnknown):
        desk.history("sovetnmo:s1", desk.store.position_at(START))


def test_history_as_of_any_position_is_the_beginning_of_the_whole_but_for_the_copies() -> None:
    desk = linked_desk()
    whole = {event.position: event for event in desk.history("edu:e1").events}
    for until in range(1, desk.store.head() + 1):
        if desk.store.load([account_stream(Account.parse("edu:e1"))], until):
            part = desk.history("edu:e1", until).events
            assert all(event == whole[event.position] for event in part)
