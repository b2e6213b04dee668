"""What the report says: the entries of the cycle, what does not count and why, and as of when."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sync_service.aggregates.errors import AccountUnknown
from sync_service.reports.report import CycleUnknown, standing_at
from sync_service.reports.wording import explanation, readable
from tests.model import lines
from tests.unit.reported_person import COPY_CODE, NAME, NOW, reported, reported_desk, standing
from tests.unit.support_desk import START, Desk


def test_what_counts_stands_with_its_code_and_its_credits_of_this_cycle() -> None:
    made = reported(reported_desk())
    assert [(entry.activity_id, entry.code, entry.credits) for entry in made.counted] == [
        ("m1", None, 1.5),
        ("p1", None, 36),
        ("ev1", lines.CODE, 5),
    ]
    assert (made.full_name, made.cycle.specialty, made.cycle.policy) == (NAME, "кардиология", "model-144")
    assert (made.cycle.totals.events, made.cycle.targets.modules, made.cycle.remaining.modules) == (5, 20, 18.5)
    assert made.counted[1].held_by == "Академия"


def test_what_does_not_count_says_why() -> None:
    made = reported(reported_desk())
    assert [(entry.activity_id, entry.counts, explanation(made, entry)) for entry in made.uncounted] == [
        ("m3", "outside_cycle", "Цикл начался 1 июня 2021 года, позже этой даты."),
        (
            "m2",
            "specialty_not_covered",
            "Аккредитовано для других специальностей; специальности «кардиология» среди них нет.",
        ),
        ("m5", "reversed", "Портал edu отменил запись 12 мая 2025 года. Причина: «ошибка»."),
        ("ev1", "duplicate_of", "Уже записано: код AB12-CDEF3456. Баллы даются один раз."),
    ]
    assert made.uncounted[-1].code == COPY_CODE


def test_what_counts_in_an_earlier_cycle_is_only_numbered() -> None:
    desk = reported_desk()
    assert reported(desk).counted_elsewhere == 1
    assert [entry.activity_id for entry in reported(desk, cycle_id="c0").counted] == ["m4"]


def test_what_was_done_within_the_cycle_and_counts_in_another_says_in_which() -> None:
    desk = reported_desk().hears(
        lines.cycle("edu:e1", "c9", specialty="хирургия"),
    )
    made = reported(desk)
    (elsewhere,) = [entry for entry in made.uncounted if entry.is_elsewhere]
    assert explanation(made, elsewhere) == "Засчитано в другом цикле: c9."


def test_either_account_of_a_linked_person_gives_the_same_report() -> None:
    desk = reported_desk()
    assert reported(desk, "sovetnmo:s1") == reported(desk, "edu:e1")


def test_a_report_of_an_earlier_moment_is_what_it_was_then() -> None:
    desk = reported_desk()
    before, at = reported(desk), desk.now
    desk.hears(lines.reversal("edu:e1", "module:m1:2025-05-12"))
    again = reported(desk, at=standing_at(desk.store, NOW, at))
    assert (again.counted, again.uncounted) == (before.counted, before.uncounted)
    assert again.standing.at == at
    assert len(reported(desk).counted) == 2


def test_a_report_never_claims_to_know_the_future() -> None:
    desk = reported_desk()
    assert standing_at(desk.store, NOW, NOW + timedelta(days=1)) == standing(desk)
    assert standing(desk).at == NOW.replace(microsecond=0)


def test_a_cycle_that_the_person_does_not_have_is_refused_naming_theirs() -> None:
    with pytest.raises(CycleUnknown, match="c0, c1"):
        reported(reported_desk(), cycle_id="c7")


def test_an_account_that_nobody_named_by_then_is_refused() -> None:
    desk = reported_desk()
    with pytest.raises(AccountUnknown):
        reported(desk, "edu:e9")
    with pytest.raises(AccountUnknown):
        reported(desk, at=standing_at(desk.store, NOW, START))


def test_a_module_does_not_show_a_code_that_is_somebody_else_s() -> None:
    desk = Desk(
        lines.registered("edu:e1"),
        lines.cycle("edu:e1"),
        lines.published(),
        lines.issued(),
        lines.activated("edu:e7"),
        lines.completed("edu:e1", code=lines.CODE),
        lines.completed("edu:e1", "m2", code=COPY_CODE),
    )
    assert [entry.code for entry in reported(desk).uncounted] == [None, COPY_CODE]


def test_what_a_portal_sends_is_one_line_without_what_steers_or_turns_writing() -> None:
    assert readable("\x1b[31mФорум\u202e\n и\u202f\tклиника ") == "[31mФорум и клиника"
    assert readable("Ю" * 2000).endswith("Ю…")
    assert len(readable("Ю" * 2000)) == 1000
