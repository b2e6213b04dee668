"""The plan and a code as support staff are shown them: now, as of the past, and while the views lag or move."""

from __future__ import annotations

from typing import Any

import pytest

from sync_service import questions
from sync_service.adapters.memory_views import MemoryViews
from sync_service.aggregates.errors import AccountUnknown, CodeMalformed
from sync_service.aggregates.values import Account, account_stream
from tests.model import lines
from tests.unit.support_desk import ALL_VIEWS, CODE_KEY, EDU, LINKED, MODULE_KEY, START, Desk, as_json, linked_desk


def test_plan_has_the_shape_of_the_contract() -> None:
    desk = linked_desk().hears(lines.cycle("edu:e1"))
    totals = {"events": 5, "modules": 0, "programme_hours": 0, "distance_hours": 0}
    answer = as_json(desk.plan("edu:e1"))
    assert answer["specialist_id"] == EDU
    assert answer["totals"] == totals
    assert answer["cycles"] == [
        {
            "cycle_id": "c1",
            "specialty": "кардиология",
            "education_level": "higher",
            "starts_on": "2021-06-01",
            "ends_on": "2026-05-31",
            "policy": None,
            "totals": totals,
            "targets": {"events": 16, "modules": 20, "programme_hours": 108, "distance_hours": 54},
            "remaining": {"events": 11, "modules": 20, "programme_hours": 108, "distance_hours": 54},
        }
    ]
    assert [(one["cycle_id"], one["policy"], one["altogether"]) for one in answer["policies"]] == [
        ("c1", "model-144", None)
    ]
    assert answer["entries"][1] == {
        "activity_key": CODE_KEY,
        "kind": "event",
        "activity_id": "ev1",
        "title": "Активность ev1",
        "completed_on": "2025-05-14",
        "credits": 5,
        "counts": "counted",
        "counts_in": ["c1"],
        "notes": [],
        "origin": "sovetnmo",
        "shown_in": {"sovetnmo": "origin", "edu": "requested"},
        "reversed_for": None,
        "duplicate_of": None,
    }


def test_entries_are_ordered_by_date_then_key_and_cycles_by_start_then_id() -> None:
    desk = Desk(
        lines.completed("edu:e1", "m2"),
        lines.completed("edu:e1", "m1"),
        lines.completed("edu:e1", "m9", on="2025-05-11"),
        lines.cycle("edu:e1", "c2"),
        lines.cycle("edu:e1", "c1"),
        lines.cycle("edu:e1", "c3", starts_on="2020-06-01"),
    )
    answer = desk.plan("edu:e1")
    assert [entry.activity_id for entry in answer.entries] == ["m9", "m1", "m2"]
    assert [cycle.cycle_id for cycle in answer.cycles] == ["c3", "c1", "c2"]


def test_an_entry_whose_portal_named_another_activity_says_so() -> None:
    desk = Desk(lines.issued(), lines.activated("edu:e1", activity_id="ev2"))
    (entry,) = desk.plan("edu:e1").entries
    assert (entry.activity_id, entry.notes) == ("ev1", ("activity_disagrees",))


def test_a_reversed_entry_stays_with_the_reason() -> None:
    desk = Desk(lines.completed("edu:e1"), lines.reversal("edu:e1", MODULE_KEY))
    assert [entry.reversed_for for entry in desk.plan("edu:e1").entries] == ["ошибка"]


def test_either_account_gives_the_same_plan_and_the_events_give_it_too() -> None:
    desk = linked_desk()
    answers = [question(account) for question in (desk.plan, desk.plan_as_of) for account in ("edu:e1", "sovetnmo:s1")]
    assert all(answer == answers[0] for answer in answers)
    assert len(answers[0].entries) == 2


def test_plan_as_of_a_moment_before_the_link_and_before_the_catalogue_spoke() -> None:
    desk = Desk(lines.issued(), lines.activated("sovetnmo:s1"), lines.completed("edu:e1"))
    before = desk.store.head()
    desk.hears(lines.published(), *LINKED)
    (entry,) = desk.plan_as_of("sovetnmo:s1", before).entries
    assert (entry.title, str(entry.completed_on)) == (None, lines.DAY)
    assert entry.shown_in == {"sovetnmo": "origin", "edu": "not_linked"}
    assert [entry.activity_key for entry in desk.plan_as_of("edu:e1", before).entries] == [MODULE_KEY]
    assert [str(entry.completed_on) for entry in desk.plan("edu:e1").entries] == [lines.DAY, "2025-05-14"]


def test_plan_as_of_every_position_is_what_the_views_said_then() -> None:
    desk = Desk()
    for line in (lines.published(), lines.issued(), lines.activated("sovetnmo:s1"), lines.completed("edu:e1"), *LINKED):
        desk.hears(line)
        for account in ("sovetnmo:s1", "edu:e1"):
            if desk.store.load([account_stream(Account.parse(account))]):
                assert desk.plan(account) == desk.plan_as_of(account)


def test_an_account_that_the_views_do_not_know_yet_is_answered_from_the_events() -> None:
    desk = Desk().hears(lines.completed("edu:e1"), catch_up=False)
    assert desk.views.find("directory", "accounts") == []
    assert [entry.activity_key for entry in desk.plan("edu:e1").entries] == [MODULE_KEY]


def test_a_link_that_joins_while_the_plan_is_read_is_followed() -> None:
    desk = linked_desk()
    owners = iter([account_stream(Account.parse("sovetnmo:s1"))])

    class JoiningViews(MemoryViews):
        """Answers the first look-up of an owner as it was before the link."""

        def find(self, view: str, table: str, **equals: object) -> list[dict[str, Any]]:
            rows = desk.views.find(view, table, **equals)
            return [row | {"owner": next(owners, row["owner"])} for row in rows] if view == "directory" else rows

    answer = questions.plan(JoiningViews(ALL_VIEWS), desk.store, Account.parse("sovetnmo:s1"))
    assert answer == desk.plan("edu:e1")


def test_plan_of_an_account_never_named_is_refused() -> None:
    desk = linked_desk()
    with pytest.raises(AccountUnknown):
        desk.plan("edu:e2")
    with pytest.raises(AccountUnknown):
        desk.plan_as_of("edu:e1", desk.store.position_at(START))


def test_code_has_the_shape_of_the_contract() -> None:
    desk = Desk(
        lines.issued(),
        lines.activated("sovetnmo:s1", "аb12-сdef3456"),
        lines.activated("edu:e1"),
        lines.completed("edu:e1", code=lines.CODE),
        lines.revoked(),
        *LINKED,
    )
    attempt = {"portal": "edu", "account_id": "e1", "typed": lines.CODE, "completed_on": None, "vouched_for": None}
    assert as_json(questions.code(desk.views, "ab12 cdef3456")) == {
        "code": lines.CODE,
        "printed": "AB12-CDEF3456",
        "issued": {"activity_id": "ev1", "audience": "doctors"},
        "revoked": True,
        "revoked_at": lines.NOON,
        "revoked_for": "ошибка",
        "owner": {"specialist_id": EDU, "portal": "sovetnmo", "account_id": "s1"},
        "attempts": [
            attempt
            | {
                "portal": "sovetnmo",
                "account_id": "s1",
                "typed": "аb12-сdef3456",
                "at": lines.NOON,
                "outcome": "accepted",
            },
            attempt | {"at": lines.NOON, "outcome": "code_already_yours"},
            attempt | {"at": None, "completed_on": lines.DAY, "vouched_for": "m1", "outcome": "code_already_yours"},
        ],
    }


def test_a_code_never_heard_of_gives_nothing_and_no_attempts() -> None:
    answer = as_json(questions.code(Desk().views, lines.CODE))
    assert (answer["issued"], answer["owner"], answer["revoked"], answer["attempts"]) == (None, None, False, [])


def test_a_code_that_was_only_tried_is_issued_to_nobody() -> None:
    answer = questions.code(Desk(lines.activated("edu:e1")).views, lines.CODE)
    assert answer.issued is None
    assert answer.owner is None
    assert [attempt.outcome for attempt in answer.attempts] == ["code_unknown"]


def test_what_is_no_code_is_refused() -> None:
    with pytest.raises(CodeMalformed):
        questions.code(Desk().views, "AB12-CDEF345Ю")
