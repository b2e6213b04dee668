"""The answer in one sentence: how much counts, what waits, what is not shown, and what is left to the cycle's end."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sync_service.aggregates.judging import Counts
from sync_service.console.languages import said
from sync_service.console.person.credits import WAITING
from sync_service.sentences.words import Sentence

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sync_service.console.formats import Formats
    from sync_service.console.person.credits import CreditRow
    from sync_service.questions.moments import Moment
    from sync_service.questions.plans import PlanCycle


class Summary(NamedTuple):
    """The verdict on a person: `kind` is "ok", "wait" or "bad"; three sentences, the later ones may be empty."""

    kind: str
    sentence: str
    exceptions: str
    left: str


def summary(moment: Moment, rows: Sequence[CreditRow], today: date, f: Formats) -> Summary:
    """What the largest text of the page says."""
    if not rows:
        empty = Sentence(
            "Записей нет: порталы об активностях этого человека не сообщали.",
            "No entries: no portal has reported any.",
        )
        return Summary("wait", said(empty, f.language), "", "")
    counted = [row for row in rows if row.counts == Counts.COUNTED]
    is_refused = any(entry.shown_in[portal] == "refused" for entry in moment.plan.entries for portal in entry.shown_in)
    waits = any(row.group == "waits" or row.unseen_at for row in rows)
    kind = "bad" if is_refused else "wait" if waits else "ok"
    return Summary(kind, _reached(rows, counted, f), _exceptions(rows, f), _left(current_cycle(moment, today), f))


def current_cycle(moment: Moment, today: date) -> PlanCycle | None:
    """The cycle that is open on a day; of several the one that began last; of none the latest."""
    cycles = list(moment.plan.cycles)
    running = [cycle for cycle in cycles if cycle.starts_on <= today <= cycle.ends_on]
    return (running or cycles)[-1] if cycles else None


def _reached(rows: Sequence[CreditRow], counted: Sequence[CreditRow], f: Formats) -> str:
    credits_ = sum(row.value or 0 for row in counted if not row.in_hours)
    hours = sum(row.value or 0 for row in counted if row.in_hours)
    verb = f.form(credits_ or hours, "Засчитан", "Засчитано", "Засчитано", "counts", "count")
    parts = []
    if credits_ or not hours:
        parts.append(f.credits(credits_))
    if hours:
        parts.append(f.hours(hours))
    among = said(Sentence(" и ", " and "), f.language).join(parts)
    whole = f.count(len(rows), "активности", "активностей", "активностей", "entry")
    of = said(Sentence("из", "of"), f.language)
    if f.language == "en":
        whole = whole.replace("entrys", "entries")
    reached = f"{verb} {among}" if f.language == "ru" else f"{among} {verb}"
    return f"{reached}: {f.number(len(counted))} {of} {whole}."


def _exceptions(rows: Sequence[CreditRow], f: Formats) -> str:
    found = []
    waiting = sum(row.counts in WAITING for row in rows)
    without = sum(row.group == "not_counted" for row in rows)
    if waiting:
        catalogue = sum(row.counts == Counts.CATALOGUE_PENDING for row in rows)
        what = Sentence("каталога", "the catalogue") if catalogue == waiting else Sentence("данных", "data")
        verb = f.form(waiting, "ждёт", "ждут", "ждут", "waits for", "wait for")
        found.append(f"{f.number(waiting)} {verb} {said(what, f.language)}.")
    if without:
        verb = f.form(without, "не засчитана", "не засчитаны", "не засчитано", "does not count", "do not count")
        found.append(f"{f.number(without)} {verb}.")
    for portal in ("sovetnmo", "edu"):
        unseen = sum(portal in row.unseen_at for row in rows)
        if unseen:
            place = {"sovetnmo": "На sovetnmo", "edu": "В edu"}[portal]
            verb = f.form(unseen, "не видна", "не видны", "не видно", "is", "are")
            told = Sentence(f"{place} {verb} {f.number(unseen)}.", f"{f.number(unseen)} {verb} not shown at {portal}.")
            found.append(said(told, f.language))
    return " ".join(found)


def _left(cycle: PlanCycle | None, f: Formats) -> str:
    if cycle is None:
        return ""
    rest = cycle.remaining
    parts = []
    if rest.events:
        count = f.credits(rest.events)
        parts.append(said(Sentence(f"{count} за мероприятия", f"{count} for events"), f.language))
    if rest.modules:
        count = f.credits(rest.modules)
        parts.append(said(Sentence(f"{count} за модули", f"{count} for modules"), f.language))
    if rest.programme_hours:
        count = f.hours(rest.programme_hours)
        parts.append(said(Sentence(f"{count} программы", f"{count} of programmes"), f.language))
    ends = f.date(cycle.ends_on)
    if not parts:
        done = Sentence(f"Цикл (до {ends}) выполнен.", f"The cycle (until {ends}) is fulfilled.")
        return said(done, f.language)
    left = ", ".join(parts)
    return said(Sentence(f"До конца цикла ({ends}) осталось: {left}.", f"Left until {ends}: {left}."), f.language)
