"""Which policy a cycle goes by, what remains, and where codes were to be entered; with nothing adopted, the Model."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from sync_service import questions
from sync_service.aggregates.policy import RuleBook
from sync_service.aggregates.values import Account, Portal
from sync_service.application import Application
from sync_service.policies.adopting import adopt, foresee
from sync_service.policies.files import read_policy
from sync_service.policies.targets import DEFAULT_POLICY
from tests.model import lines
from tests.unit.support_desk import CODE_KEY, Desk, as_json

PORTFOLIO = """
policy = "portfolio"
title_ru = "144 часа с портфолио"
title_en = "144 hours with a portfolio"
valid_from = 2023-01-01
valid_until = 2024-12-31
default = true
[targets]
programme_hours = 144
"""
NAMED_ONLY = PORTFOLIO.replace("default = true", "")
CORRECTED = PORTFOLIO.replace("programme_hours = 144", "programme_hours = 130\nevents = 14")
CODE_PORTALS = """
policy = "code-portals"
title_ru = "Где вводят коды"
title_en = "Where codes are entered"
[[code_portals]]
portals = ["sovetnmo"]
valid_from = 2016-01-01
valid_until = 2025-05-12
[[code_portals]]
portals = ["edu"]
valid_from = 2025-05-13
"""
MODEL_TARGETS = {"events": 16, "modules": 20, "programme_hours": 108, "distance_hours": 54}
CYCLE_OF_2024 = {"starts_on": "2024-06-01", "ends_on": "2029-05-31"}


def adopts(desk: Desk, *texts: str) -> Desk:
    """Adopt policies, one after the other."""
    for text in texts:
        adopt(Application(desk.store, lambda: desk.now), read_policy(text.encode()))
    desk.catch_up()
    return desk


def targets(desk: Desk, until: int | None = None) -> list[dict[str, Any]]:
    """What each cycle of the person asks for, by the live view; by the events it must be the same."""
    account = Account.parse("edu:e1")
    answer = as_json(questions.plan_as_of(desk.store, account, until))
    if until is None:
        assert as_json(desk.plan("edu:e1")) == answer
    return [cycle["targets"] for cycle in answer["cycles"]]


def test_with_nothing_adopted_a_cycle_that_names_no_policy_goes_by_the_model() -> None:
    desk = Desk(lines.cycle("edu:e1"), lines.cycle("edu:e1", "c2", policy="nobody-knows-it"))
    assert targets(desk) == [MODEL_TARGETS, MODEL_TARGETS]


def test_a_cycle_that_names_the_cycle_model_goes_by_it_and_its_sums() -> None:
    desk = Desk(
        lines.registered("edu:e1"),
        lines.published(),
        lines.published("p1", "programme"),
        lines.issued(),
        lines.activated("edu:e1"),
        lines.programme("edu:e1", hours=36),
        lines.cycle("edu:e1", policy="cycle-250"),
    )
    (target,) = targets(desk)
    assert target == {"events": None, "modules": None, "programme_hours": 180, "distance_hours": None}
    (cycle,), (applied,) = (as_json(desk.plan("edu:e1"))[name] for name in ("cycles", "policies"))
    assert cycle["remaining"] == {"events": 0, "modules": 0, "programme_hours": 144, "distance_hours": 0}
    assert applied["altogether"] == {
        "targets": {"activity": 70, "credits": 250},
        "totals": {"activity": 5, "credits": 41},
        "remaining": {"activity": 65, "credits": 209},
    }


def test_a_default_of_its_days_holds_for_cycles_that_begin_on_them_and_name_none() -> None:
    desk = adopts(
        Desk(
            lines.cycle("edu:e1", "c1"),
            lines.cycle("edu:e1", "c2", **CYCLE_OF_2024),
            lines.cycle("edu:e1", "c3", starts_on="2025-01-01", ends_on="2029-12-31"),
            lines.cycle("edu:e1", "c4", policy=DEFAULT_POLICY, starts_on="2024-07-01", ends_on="2029-12-31"),
        ),
        PORTFOLIO,
    )
    first, second, fourth, third = targets(desk)
    assert [first, third, fourth] == [MODEL_TARGETS] * 3
    assert second["programme_hours"] == 144
    assert [one.policy for one in desk.plan("edu:e1").policies] == [DEFAULT_POLICY, "portfolio", *[DEFAULT_POLICY] * 2]


def test_an_adopted_policy_that_is_no_default_holds_only_where_it_is_named() -> None:
    desk = adopts(
        Desk(
            lines.cycle("edu:e1", "c1", **CYCLE_OF_2024),
            lines.cycle("edu:e1", "c2", policy="portfolio", **CYCLE_OF_2024),
        ),
        NAMED_ONLY,
    )
    first, second = targets(desk)
    assert (first, second["programme_hours"]) == (MODEL_TARGETS, 144)


def test_a_later_adoption_corrects_an_earlier_one_and_the_past_stays_as_it_was_known() -> None:
    desk = Desk(lines.cycle("edu:e1", **CYCLE_OF_2024))
    before = desk.store.head()
    between = adopts(desk, PORTFOLIO).store.head()
    adopts(desk, CORRECTED)
    assert targets(desk, before) == [MODEL_TARGETS]
    assert [each["programme_hours"] for each in targets(desk, between)] == [144]
    assert [(each["programme_hours"], each["events"]) for each in targets(desk)] == [(130, 14)]


def test_a_default_that_is_adopted_again_as_none_is_none_any_more() -> None:
    desk = adopts(Desk(lines.cycle("edu:e1", **CYCLE_OF_2024)), PORTFOLIO, NAMED_ONLY)
    assert targets(desk) == [MODEL_TARGETS]


def test_the_model_itself_can_be_adopted_with_other_targets() -> None:
    other = CORRECTED.replace('"portfolio"', f'"{DEFAULT_POLICY}"').replace("default = true", "")
    desk = adopts(Desk(lines.cycle("edu:e1", **CYCLE_OF_2024)), other)
    assert [each["programme_hours"] for each in targets(desk)] == [130]


def test_adopting_the_same_again_records_nothing_unless_another_took_its_place() -> None:
    desk = adopts(Desk(), PORTFOLIO)
    head = desk.store.head()
    assert adopts(desk, PORTFOLIO).store.head() == head
    rival = PORTFOLIO.replace('"portfolio"', '"rival"')
    assert adopts(desk, rival, PORTFOLIO).store.head() == head + 2


def test_before_an_adoption_it_is_said_how_many_cycles_it_changes() -> None:
    desk = Desk(
        lines.cycle("edu:e1", "c1"),
        lines.cycle("edu:e1", "c2", **CYCLE_OF_2024),
        lines.cycle("edu:e2", "c3", **CYCLE_OF_2024),
        lines.cycle("edu:e2", "c4", policy="cycle-250", **CYCLE_OF_2024),
    )
    foreseen = foresee(desk.store, desk.views, PORTFOLIO.encode())
    assert (foreseen.is_new, foreseen.cycles, foreseen.cycles_changed) == (True, 4, 2)
    assert foresee(desk.store, desk.views, NAMED_ONLY.encode()).cycles_changed == 0
    adopts(desk, PORTFOLIO)
    assert not foresee(desk.store, desk.views, PORTFOLIO.encode()).is_new


def test_an_adoption_changes_no_row_of_any_view_but_its_own_count() -> None:
    desk = Desk(lines.cycle("edu:e1"))
    views = [one for one in desk.views.generations() if one.view != "sync_health"]
    before = [desk.views.tally(one) for one in views]
    adopts(desk, PORTFOLIO, CODE_PORTALS)
    assert [desk.views.tally(one) for one in views] == before


@pytest.mark.parametrize(
    ("day", "portal", "notes"),
    [
        ("2025-05-12", "sovetnmo", ()),
        ("2025-05-12", "edu", ("wrong_portal",)),
        ("2025-05-13", "edu", ()),
        ("2025-05-13", "sovetnmo", ("wrong_portal",)),
        ("2015-12-31", "edu", ()),
    ],
)
def test_a_code_that_was_entered_where_codes_were_not_taken_carries_the_note(
    day: str, portal: str, notes: tuple[str, ...]
) -> None:
    """The day is the one written in the instant: in UTC it would be the day before."""
    account = f"{portal}:x1"
    desk = Desk(lines.issued(), lines.activated(account, at=f"{day}T01:30:00+12:00"))
    assert desk.plan(account).entries[0].notes == ()
    before = desk.store.head()
    adopts(desk, CODE_PORTALS)
    for plan in (desk.plan(account), desk.plan_as_of(account)):
        assert [(entry.activity_key, entry.notes) for entry in plan.entries] == [(CODE_KEY, notes)]
    assert desk.plan_as_of(account, before).entries[0].notes == ()
    texts = [event.text for event in desk.history(account).events]
    assert any("на другом портале" in text for text in texts) == bool(notes)
    assert not any("на другом портале" in event.text for event in desk.history(account, before).events)


def test_only_codes_have_a_wrong_portal_and_it_takes_no_credit() -> None:
    desk = Desk(
        lines.registered("sovetnmo:s1"),
        lines.published(),
        lines.issued(),
        lines.activated("sovetnmo:s1", at="2025-05-14T12:00:00+03:00"),
        lines.completed("sovetnmo:s1", on="2025-05-14"),
    )
    adopts(desk, CODE_PORTALS)
    code, module = desk.plan("sovetnmo:s1").entries
    assert (code.notes, code.counts, code.credits) == (("wrong_portal",), "counted", 5)
    assert module.notes == ()


def test_code_portals_that_are_adopted_later_replace_the_earlier_ones() -> None:
    book = RuleBook()
    book.code_portals = read_policy(CODE_PORTALS.encode())  # type: ignore[assignment]
    assert not book.takes_codes(Portal.SOVETNMO, date(2025, 6, 1))
    book.code_portals = None
    assert book.takes_codes(Portal.SOVETNMO, date(2025, 6, 1))


def test_what_was_done_by_a_day_is_as_known_now() -> None:
    desk = Desk(
        lines.registered("edu:e1"),
        lines.cycle("edu:e1"),
        lines.published(),
        lines.issued(),
        lines.published("m1", "module", lines.row(3)),
        lines.activated("edu:e1"),
        lines.completed("edu:e1", on="2025-05-13"),
    )
    account = Account.parse("edu:e1")
    for plan in (
        questions.plan(desk.views, desk.store, account, date(2025, 5, 13)),
        questions.plan_as_of(desk.store, account, None, date(2025, 5, 13)),
    ):
        assert [entry.activity_id for entry in plan.entries] == ["m1"]
        assert (plan.totals.modules, plan.totals.events) == (3, 0)
        assert plan.cycles[0].totals == plan.totals
        assert plan.cycles[0].remaining.events == 16
    assert len(questions.plan(desk.views, desk.store, account, date(2025, 5, 14)).entries) == 2


def test_an_adoption_has_no_cause_and_the_moment_of_its_recording() -> None:
    desk = adopts(Desk(), PORTFOLIO)
    (event,) = desk.store.read(0, 10)
    assert (event.cause, event.recorded_at, event.fact.TYPE) == (None, desk.now, "policy.adopted.v1")
    assert desk.now > datetime(2026, 1, 1, tzinfo=UTC)
