"""Writes the e-mail about credits: in Russian, as plain text and as HTML, in the words that the console uses."""

from __future__ import annotations

from datetime import date
from functools import cache
from html import escape
from importlib.resources import files
from string import Template
from typing import TYPE_CHECKING

import msgspec

from sync_service.sentences.totals import credited
from sync_service.sentences.words import KINDS, day, hours, word

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sync_service.notices.planning import Credit

PORTALS = {"sovetnmo": "sovetnmo.ru", "edu": "edu.rosminzdrav.ru"}
TITLE_MAX = 300
NO_BREAK = "\N{NO-BREAK SPACE}"
HOURS = "programme"
"""The kind whose credits are hours."""


class CycleRow(msgspec.Struct, frozen=True):
    """What the mail needs of a row of the plan's cycles."""

    cycle_id: str
    specialty: str
    starts_on: date
    ends_on: date


class Composed(msgspec.Struct, frozen=True):
    """What a mail says."""

    subject: str
    text: str
    html: str


class Line(msgspec.Struct, frozen=True):
    """One credit, in words."""

    title: str
    when: str
    worth: str
    counts: str


def compose(portal: str, credited: Sequence[Credit], cycles: Iterable[CycleRow]) -> Composed:
    """The mail about these credits, which one portal recorded; the first activity comes first."""
    by_id = {cycle.cycle_id: cycle for cycle in cycles}
    ordered = sorted(credited, key=lambda credit: (credit.completed_on, credit.activity_key))
    lines = [_line(credit, by_id) for credit in ordered]
    total = _total(ordered)
    where = PORTALS[portal]
    return Composed(
        subject=f"НМО: {total}".replace(NO_BREAK, " "),
        text=_template("mail.txt").substitute(
            total=total,
            lines="\n\n".join(f"{one.title}\n{one.when}: {one.worth}.\n{one.counts}" for one in lines),
            portal=where,
        ),
        html=_template("mail.html").substitute(
            total=escape(total), lines="".join(map(_html, lines)), portal=escape(where)
        ),
    )


def points(value: float) -> str:
    """So many credits: «5 баллов»."""
    return credited(value).ru.replace(" ", NO_BREAK)


def worth(kind: str, value: float) -> str:
    """What an activity gives: a programme hours, everything else credits."""
    return hours(value).ru.replace(" ", NO_BREAK) if kind == HOURS else points(value)


def _total(credited: Sequence[Credit]) -> str:
    """The whole sum: «засчитано 14 баллов и 36 часов программы»."""
    sums = {
        "": sum(credit.credits for credit in credited if credit.kind != HOURS),
        HOURS: sum(credit.credits for credit in credited if credit.kind == HOURS),
    }
    named = [worth(kind, value) + (" программы" if kind else "") for kind, value in sums.items() if value]
    is_one = named[0].split()[1] in {"балл", "час"}  # 1, 21, 31 and so on
    return f"{'засчитан' if is_one else 'засчитано'} {' и '.join(named)}"


def _line(credit: Credit, cycles: dict[str, CycleRow]) -> Line:
    title = " ".join((credit.title or "").split()) or word(KINDS, credit.kind).ru
    if len(title) > TITLE_MAX:
        title = f"{title[: TITLE_MAX - 1]}…"
    named = [(cycles[cycle], value) for cycle, value in _counted_in(credit) if cycle in cycles]
    return Line(
        title=title,
        when=f"{word(KINDS, credit.kind).ru.capitalize()}, {_day(credit.completed_on)}",
        worth=worth(credit.kind, credit.credits),
        counts=_counts(credit, named),
    )


def _counted_in(credit: Credit) -> Iterable[tuple[str, float]]:
    return zip(credit.counts_in, credit.credits_in, strict=True)


def _counts(credit: Credit, cycles: Sequence[tuple[CycleRow, float]]) -> str:
    if not cycles:
        return "Засчитывается по вашей специальности; о пятилетнем цикле портал ещё не сообщил."
    are_equal = len({value for _, value in cycles}) == 1
    named = [
        f"«{cycle.specialty}» ({cycle.starts_on.year}–{cycle.ends_on.year})"
        + ("" if are_equal else f" {worth(credit.kind, value)}")
        for cycle, value in cycles
    ]
    return f"Засчитывается в {'цикле' if len(named) == 1 else 'циклах'} {', '.join(named)}."


def _day(moment: date) -> str:
    return day(moment).ru.replace(" ", NO_BREAK)


def _html(line: Line) -> str:
    return _template("credit.html").substitute(
        title=escape(line.title), when=escape(line.when), worth=escape(line.worth), counts=escape(line.counts)
    )


@cache
def _template(name: str) -> Template:
    return Template(files("sync_service.notices").joinpath("templates").joinpath(name).read_text(encoding="utf-8"))
