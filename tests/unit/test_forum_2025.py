"""The forum's leaflet of 2025 as a test: three accredited days, and what each gives to whom."""

from __future__ import annotations

import json
from pathlib import Path

from tests.model import lines
from tests.unit.support_desk import Desk

LEAFLET = json.loads((Path(__file__).parents[2] / "simulation" / "forum_2025.json").read_text(encoding="utf-8"))
CODES = {"2025-05-12": "F0RVM2025D11", "2025-05-13": "F0RVM2025D22", "2025-05-14": "F0RVM2025D33"}
NOT_FOR_THIS_SPECIALTY = "specialty_not_covered"
NOT_FOR_THIS_AUDIENCE = "audience_not_covered"


def attended(specialty: str, *, audience: str, level: str) -> list[tuple[str, float]]:
    """What the three days count for, and how much, for somebody who was there every day and entered every code."""
    desk = Desk(
        lines.registered("edu:e1", audience=audience, education_level=level, specialties=[specialty]),
        *(
            lines.published(day["date"], "event", title=LEAFLET["title"], held_on=day["date"], accreditation=matrix)
            for day in LEAFLET["days"]
            if (matrix := day["accreditation"])
        ),
    )
    for day, code in CODES.items():
        desk.hears(
            lines.issued(code, activity_id=day, audience=audience),
            lines.activated("edu:e1", code, at=f"{day}T18:00:00+03:00"),
        )
    plan = desk.plan("edu:e1")
    assert [str(entry.completed_on) for entry in plan.entries] == list(CODES)
    assert plan.totals.events == sum(entry.credits for entry in plan.entries)
    return [(entry.counts, entry.credits) for entry in plan.entries]


def counted(*credits_: float) -> list[tuple[str, float]]:
    return [("counted", each) for each in credits_]


def test_a_therapist_gets_5_and_4_and_5() -> None:
    assert attended("терапия", audience="doctors", level="higher") == counted(5, 4, 5)


def test_a_clinical_pharmacologist_gets_nothing_for_the_first_day_then_4_and_5() -> None:
    """The leaflet writes «клинической фармакология»; the person's own spelling is the right one."""
    nothing = (NOT_FOR_THIS_SPECIALTY, 0)
    assert attended("клиническая фармакология", audience="doctors", level="higher") == [nothing, *counted(4, 5)]
    assert attended("Клиническая  Фармакология", audience="doctors", level="higher") == [nothing, *counted(4, 5)]


def test_a_surgeon_gets_5_for_the_first_day_and_nothing_then() -> None:
    nothing = (NOT_FOR_THIS_SPECIALTY, 0)
    assert attended("хирургия", audience="doctors", level="higher") == [*counted(5), nothing, nothing]


def test_a_nurse_of_secondary_education_gets_2_and_2_and_nothing_for_the_third_day() -> None:
    nothing = (NOT_FOR_THIS_AUDIENCE, 0)
    assert attended("сестринское дело", audience="nurses", level="secondary") == [*counted(2, 2), nothing]


def test_a_nurse_of_higher_education_gets_the_same_by_a_row_of_her_own() -> None:
    nothing = (NOT_FOR_THIS_AUDIENCE, 0)
    assert attended("управление сестринской деятельностью", audience="nurses", level="higher_nursing") == [
        *counted(2, 2),
        nothing,
    ]
    assert attended("управление сестринской деятельностью", audience="nurses", level="secondary") == [
        (NOT_FOR_THIS_SPECIALTY, 0),
        (NOT_FOR_THIS_SPECIALTY, 0),
        nothing,
    ]


def test_general_medicine_of_secondary_education_is_not_the_doctors_one() -> None:
    """«Лечебное дело» is a doctors' specialty and a secondary one: the education level tells them apart."""
    nothing = (NOT_FOR_THIS_AUDIENCE, 0)
    assert attended("лечебное дело", audience="nurses", level="secondary") == [*counted(2, 2), nothing]
    assert attended("лечебное дело", audience="doctors", level="higher") == counted(5, 4, 5)


def test_neither_level_alone_nor_audience_alone_opens_the_other_s_row() -> None:
    nothing = (NOT_FOR_THIS_SPECIALTY, 0)
    assert attended("лечебное дело", audience="doctors", level="secondary") == [nothing] * 3


def test_a_day_counts_once_however_many_codes_of_it_a_person_has() -> None:
    day, code = next(iter(CODES.items()))
    desk = Desk(
        lines.registered("edu:e1", specialties=["терапия"]),
        lines.published(day, "event", held_on=day, accreditation=LEAFLET["days"][0]["accreditation"]),
        lines.issued(code, "F0RVM2025D12", activity_id=day),
        lines.activated("edu:e1", code, at=f"{day}T18:00:00+03:00"),
        lines.activated("edu:e1", "F0RVM2025D12", at=f"{day}T18:01:00+03:00"),
    )
    assert [(entry.counts, entry.credits) for entry in desk.plan("edu:e1").entries] == [
        ("counted", 5),
        ("duplicate_of", 0),
    ]
