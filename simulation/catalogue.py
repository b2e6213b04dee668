"""The catalogue: the days of the 2025 forum as activities, and invented seminars, modules and programmes."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any, Final

Row = dict[str, Any]
"""One row of an accreditation: `audience`, `education_level`, `credits` and `specialties`."""

_AS_PRACTISED = {"клинической фармакология": "клиническая фармакология"}
"""The leaflet's misspelling, and how people spell what they practise."""

_MODULES = (
    "Падения у пожилых: как их предупредить",
    "Хроническая боль в практике терапевта",
    "Артериальная гипертензия после 75 лет",
    "Уход за пациентом с деменцией",
    "Остеопороз: от скрининга к лечению",
    "Полипрагмазия и безопасность лекарств",
    "Реабилитация после инсульта дома",
    "Нарушения сна в старшем возрасте",
    "Сахарный диабет и старческая астения",
    "Паллиативная помощь: разговор с семьёй",
    "Профилактика пролежней",
    "Вакцинация взрослых",
)
_PROGRAMMES = (
    ("Гериатрия в первичном звене", 36),
    ("Организация сестринского ухода", 72),
    ("Избранные вопросы внутренних болезней", 144),
    ("Цифровые технологии в медицине", 18),
)
_PROVIDER = "Общество «Долголетие» (вымышленное)"
ORGANISATION: Final = "Академия последипломного образования (вымышленная)"


@dataclass(frozen=True)
class Activity:
    """One activity as the catalogue describes it; `held_on` is an event's day and `hours` a programme's length."""

    activity_id: str
    kind: str
    title: str
    accreditation: tuple[Row, ...]
    held_on: str | None = None
    place: str | None = None
    foreign: bool = False
    hours: int = 0

    def described(self) -> dict[str, Any]:
        """The activity as `activity.published.v1` carries it."""
        described: dict[str, Any] = {
            "activity_id": self.activity_id,
            "kind": self.kind,
            "title": self.title,
            "provider": _PROVIDER,
            "foreign": self.foreign,
            "accreditation": list(self.accreditation),
        }
        optional = {"place": self.place, "held_on": self.held_on}
        return described | {name: value for name, value in optional.items() if value is not None}

    @property
    def audiences(self) -> tuple[str, ...]:
        """Whom it is accredited for."""
        return tuple(sorted({row["audience"] for row in self.accreditation}))


def forum_days() -> tuple[Activity, ...]:
    """The forum's three days, each an accredited activity of its own."""
    forum = _forum()
    return tuple(
        Activity(
            activity_id=f"forum-2025-day-{number}",
            kind="event",
            title=f"{forum['title']}, день {number}",
            accreditation=tuple(day["accreditation"]),
            held_on=day["date"],
            place="Москва",
        )
        for number, day in enumerate(forum["days"], start=1)
    )


def seminar() -> Activity:
    """A webinar that loses its accreditation in the middle of the story."""
    return Activity("webinar-2025-05-20", "event", "Вебинар «Сон и память»", _for_all(2), "2025-05-20")


def foreign_congress() -> Activity:
    """A congress abroad: it is recorded, and its credits do not count."""
    rows = _for_all(6)
    return Activity(
        "congress-2025-06-05", "event", "Congress of Healthy Ageing", rows, "2025-06-05", "Милан", foreign=True
    )


def unlisted_seminar() -> Activity:
    """A seminar whose codes nobody issues: the portals vouch for them by naming it."""
    return Activity("seminar-2025-05-27", "event", "Семинар «Шаг за шагом»", _for_all(3), "2025-05-27", "Казань")


def modules() -> tuple[Activity, ...]:
    """The electronic modules."""
    return tuple(
        Activity(f"module-{number:03d}", "module", title, _for_all(1 + number % 2))
        for number, title in enumerate(_MODULES, start=1)
    )


def programmes() -> tuple[Activity, ...]:
    """The programmes of further training."""
    return tuple(
        Activity(f"programme-{number:02d}", "programme", title, _for_all(hours), hours=hours)
        for number, (title, hours) in enumerate(_PROGRAMMES, start=1)
    )


def amended(activity: Activity) -> Activity:
    """The activity as a second message describes it: another title, and a credit less."""
    rows = tuple(row | {"credits": row["credits"] - 1} for row in activity.accreditation)
    return replace(activity, title=f"{activity.title} (уточнено)", accreditation=rows)


@cache
def practised_pairs(audience: str) -> tuple[tuple[str, str], ...]:
    """Every (education level, specialty) of the forum's matrix for an audience, spelt as people spell it."""
    rows = [row for day in forum_days() for row in day.accreditation if row["audience"] == audience]
    pairs = {(row["education_level"], _AS_PRACTISED.get(name, name)) for row in rows for name in row["specialties"]}
    return tuple(sorted(pairs))


def _for_all(credits_each: int) -> tuple[Row, ...]:
    levels = (("doctors", "higher"), ("nurses", "higher_nursing"), ("nurses", "secondary"))
    return tuple(
        {
            "audience": audience,
            "education_level": level,
            "credits": credits_each,
            "specialties": [name for same, name in practised_pairs(audience) if same == level],
        }
        for audience, level in levels
    )


@cache
def _forum() -> dict[str, Any]:
    text = files("simulation").joinpath("forum_2025.json").read_text(encoding="utf-8")
    forum: dict[str, Any] = json.loads(text)
    return forum
