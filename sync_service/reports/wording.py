"""The Russian words of a report, the same in every format: details, totals, entries, and why one does not count."""

from __future__ import annotations

from datetime import timedelta, timezone
from typing import TYPE_CHECKING
from unicodedata import category

import msgspec

from sync_service.aggregates.values import code_key, printed_code
from sync_service.policies.targets import Sums, Totals
from sync_service.sentences.counting import COUNTS, Verdict, why
from sync_service.sentences.totals import TOTALS
from sync_service.sentences.words import EDUCATION, KINDS, PERSON, day, number, word

if TYPE_CHECKING:
    from datetime import date, datetime

    from sync_service.reports.report import Report
    from sync_service.reports.reported import ReportedEntry

TITLE = "Отчёт об образовательной активности"
NO_NAME = "порталы не сообщали"
NO_CODE = NOT_ASKED = "–"
TEXT_MAX = 1000
"""No message's text is longer (CONTRACT.md, section 1); what is, is cut."""

_MOSCOW = timezone(timedelta(hours=3))
_PORTALS = {"sovetnmo": "sovetnmo (портал Совета)", "edu": "edu (портал Минздрава)"}


class TotalRow(msgspec.Struct, frozen=True):
    """One kind of credits: what was done, what the policy asks for (None: nothing), and what remains."""

    name: str
    done: float
    target: float | None
    remaining: float

    @property
    def figures(self) -> tuple[str, str, str]:
        """The three numbers as they are written; what nobody asks for neither has a target nor remains."""
        if self.target is None:
            return amount(self.done), NOT_ASKED, NOT_ASKED
        return amount(self.done), amount(self.target), amount(self.remaining)


def readable(text: str, length_max: int = TEXT_MAX) -> str:
    """A text of a message without what steers a terminal or turns writing around, on one line."""
    visible = "".join(one for one in text if one.isspace() or category(one)[0] != "C")
    shown = " ".join(visible.split())
    return shown if len(shown) <= length_max else shown[: length_max - 1] + "…"


def details(report: Report) -> list[tuple[str, str]]:
    """Who, which cycle, and as of when."""
    cycle = report.cycle
    return [
        ("Специалист", readable(report.full_name) if report.full_name else NO_NAME),
        *([("Кто", word(PERSON, report.audience).ru)] if report.audience else []),
        *((f"Кабинет {_PORTALS.get(one.portal, one.portal)}", readable(one.account_id)) for one in report.accounts),
        ("Цикл", readable(cycle.cycle_id)),
        ("Специальность", f"{readable(cycle.specialty)}, {word(EDUCATION, cycle.education_level).ru}"),
        ("Срок цикла", f"с {day(cycle.starts_on).ru} по {day(cycle.ends_on).ru}"),
        ("Политика", f"{readable(cycle.policy_title)} ({readable(cycle.policy)})"),
        ("По состоянию на", moscow(report.standing.at)),
    ]


def total_rows(report: Report) -> list[TotalRow]:
    """The totals against the policy: a row for each kind of credits, and for each sum that the policy asks for."""
    cycle = report.cycle
    rows = [_total(name, cycle.totals, cycle.targets, cycle.remaining) for name in Totals.__struct_fields__]
    sums = cycle.altogether
    if sums is not None:
        rows += [_total(name, sums.totals, sums.targets, sums.remaining) for name in Sums.__struct_fields__]
    return rows


def _total(name: str, done: object, targets: object, remaining: object) -> TotalRow:
    return TotalRow(TOTALS[name].ru, getattr(done, name), getattr(targets, name), getattr(remaining, name))


def kind_of(entry: ReportedEntry) -> str:
    """«мероприятие», «модуль» or «программа»."""
    return word(KINDS, entry.kind).ru


def title_of(entry: ReportedEntry) -> str:
    """Its title, or its number as long as the catalogue has not described it."""
    return readable(entry.title) if entry.title else f"{readable(entry.activity_id)} (в каталоге ещё нет)"


def code_of(entry: ReportedEntry) -> str:
    """The code as its certificate prints it."""
    return printed_code(entry.code) if entry.code else NO_CODE


def verdict_of(entry: ReportedEntry) -> str:
    """Whether it counts, in two or three words."""
    return word(COUNTS, entry.counts).ru


def explanation(report: Report, entry: ReportedEntry) -> str:
    """Why it does not count in the cycle, as a sentence."""
    return readable(why(_verdict(report, entry)).ru)


def amount(value: float) -> str:
    """A number as Russians write it."""
    return number(value).ru


def short_day(on: date) -> str:
    """A date as forms have it: 14.05.2025."""
    return f"{on.day:02}.{on.month:02}.{on.year}"


def moscow(at: datetime) -> str:
    """An instant by Moscow's clock."""
    local = at.astimezone(_MOSCOW)
    return f"{local.day} {day(local).ru.split(' ', 1)[1]}, {local:%H:%M:%S} МСК"


def _verdict(report: Report, entry: ReportedEntry) -> Verdict:
    cycle = report.cycle
    return Verdict(
        counts=entry.counts,
        origin=entry.origin,
        completed_on=entry.completed_on,
        specialties=(cycle.specialty,),
        audience=report.audience,
        period=(cycle.starts_on, cycle.ends_on),
        cycles=entry.counts_in,
        duplicate_of=entry.duplicate_of,
        code_revoked_on=entry.code_revoked_on,
        withdrawn_on=entry.withdrawn_on,
        reversed_by=entry.reversed_by,
        reversed_on=entry.reversed_on,
        reversed_for=entry.reversed_for,
        by_code=entry.activity_key.startswith(code_key("")),
    )
