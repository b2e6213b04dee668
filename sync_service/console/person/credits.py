"""The rows of a person's activities: what each is, whether it counts and why, where it is shown, what it waits for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from sync_service.aggregates.judging import Counts
from sync_service.aggregates.specialist_state import EntrySource
from sync_service.aggregates.values import Portal, code_stream, entry_id, masked_code
from sync_service.console.languages import said
from sync_service.console.person.captions import shown_caption
from sync_service.console.person.facts import facts_compared
from sync_service.console.person.hiding import hidden_codes
from sync_service.sentences.counting import COUNTS, Verdict, why
from sync_service.sentences.words import KINDS, Sentence, word

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sync_service.aggregates.specialist_state import Entry
    from sync_service.console.formats import Formats
    from sync_service.console.person.captions import Asking
    from sync_service.questions.moments import Moment
    from sync_service.questions.plans import PlanEntry

WAITING = frozenset({Counts.CATALOGUE_PENDING.value, Counts.REGISTRATION_PENDING.value})
_NOT_YET = Sentence("Мероприятия ещё нет в каталоге", "Not in the catalogue yet")


class Bridge(NamedTuple):
    """What the picture of a row shows: where the entry came from, and whether the other portal shows it."""

    origin: str
    state: str


@dataclass(frozen=True)
class CreditRow:
    """One activity as the page shows it, in the visit's language.

    `title` is the catalogue's own text, `untitled` our words where it has none. `value` is what it counts for, None as
    long as nobody knows. `differs` are the ways in which it is otherwise today, in time travel; `known_on` is set for a
    row of today that the service did not know then.
    """

    id: UUID
    completed_on: date
    title: str | None
    untitled: str
    kind: str
    code: str | None
    code_page: UUID | None
    value: float | None
    in_hours: bool
    counts: str
    chip: str
    verdict: str
    reason: str
    cycles: tuple[str, ...]
    facts: Sequence[tuple[str, str]]
    bridge: Bridge
    caption: str
    unseen_at: tuple[str, ...]
    wrong_portal: bool
    differs: tuple[str, ...] = ()
    known_on: str = ""

    @property
    def group(self) -> str:
        """Which of the filters it belongs to: `counted`, `waits`, `not_counted`."""
        if self.counts == Counts.COUNTED:
            return "counted"
        return "waits" if self.counts in WAITING else "not_counted"


def credit_rows(moment: Moment, f: Formats, asking: Asking) -> list[CreditRow]:
    """All activities of the person, as the plan orders them."""
    cycle_names = {cycle.cycle_id: cycle.specialty for cycle in moment.plan.cycles}
    return [_row(moment, shown, cycle_names, f, asking) for shown in moment.plan.entries]


def with_differences(then: Sequence[CreditRow], now: Sequence[CreditRow], f: Formats) -> list[CreditRow]:
    """The rows of an earlier moment, each with what is otherwise today; then the rows that were not known yet."""
    today = {row.id: row for row in now}
    known = {row.id for row in then}
    compared = [replace(row, differs=_otherwise(row, today.get(row.id), f)) for row in then]
    unknown = Sentence("Тогда служба этого ещё не знала.", "The service did not know of it then.")
    ghosts = [
        replace(row, known_on=said(unknown, f.language), differs=(_today(_worth(row, f), f),))
        for row in now
        if row.id not in known
    ]
    return sorted([*compared, *ghosts], key=lambda row: (row.completed_on, str(row.id)))


def _row(moment: Moment, shown: PlanEntry, cycle_names: Mapping[str, str], f: Formats, asking: Asking) -> CreditRow:
    entry = moment.person.entries[shown.activity_key]
    is_pending = shown.counts in WAITING
    kind = word(KINDS, shown.kind)
    captions = [shown_caption(moment.person, entry, portal, f, asking) for portal in _others(shown)]
    code = moment.person.own_code(entry)
    return CreditRow(
        id=entry_id(entry.key),
        completed_on=shown.completed_on,
        title=shown.title,
        untitled=said(_NOT_YET if shown.kind == "event" else kind, f.language),
        kind=said(kind, f.language),
        code=masked_code(code) if code else None,
        code_page=code_stream(code) if code else None,
        value=None if is_pending else shown.credits,
        in_hours=shown.kind == "programme",
        counts=shown.counts,
        chip="ok" if shown.counts == Counts.COUNTED else "wait" if is_pending else "off",
        verdict=said(COUNTS[Counts(shown.counts)], f.language),
        reason=hidden_codes(said(why(_verdict(moment, shown, entry)), f.language)),
        cycles=tuple(cycle_names[name] for name in shown.counts_in) if len(cycle_names) > 1 else (),
        facts=facts_compared(moment, shown, entry, f),
        bridge=_bridge(shown),
        caption=" ".join(captions)
        or said(Sentence("введено в обоих кабинетах", "entered in both accounts"), f.language),
        unseen_at=tuple(portal for portal in ("sovetnmo", "edu") if shown.shown_in[portal] in {"requested", "refused"}),
        wrong_portal="wrong_portal" in shown.notes,
    )


def _others(shown: PlanEntry) -> list[Portal]:
    return [portal for portal in Portal if shown.shown_in[portal.value] != "origin"]


def _bridge(shown: PlanEntry) -> Bridge:
    others = _others(shown)
    return Bridge(shown.origin, shown.shown_in[others[0].value]) if others else Bridge("both", "both")


def _verdict(moment: Moment, shown: PlanEntry, entry: Entry) -> Verdict:
    """What `why` needs to know."""
    activity = moment.catalogue(entry.activity_id)
    reversal = moment.person.reversals.get(entry.key)
    training = moment.person.qualification()
    cycles = moment.plan.cycles
    return Verdict(
        counts=shown.counts,
        origin=shown.origin,
        completed_on=shown.completed_on,
        by_code=entry.source is EntrySource.CODE,
        specialties=tuple(cycle.specialty for cycle in cycles) or training.specialties or (),
        audience=training.audience,
        period=(cycles[0].starts_on, cycles[0].ends_on) if len(cycles) == 1 else None,
        duplicate_of=shown.duplicate_of,
        code_revoked_on=entry.code_revoked_at.date() if entry.code_revoked_at else None,
        withdrawn_on=activity.withdrawn_at.date() if activity.withdrawn_at else None,
        reversed_by=reversal.account.portal.value if reversal and reversal.account else None,
        reversed_on=reversal.at.date() if reversal else None,
        reversed_for=reversal.reason if reversal else None,
    )


def _otherwise(then: CreditRow, now: CreditRow | None, f: Formats) -> tuple[str, ...]:
    if now is None:
        return (_today(said(Sentence("записи нет", "no such entry"), f.language), f),)
    found = []
    if (then.counts, then.value) != (now.counts, now.value):
        found.append(_today(_worth(now, f), f))
    if then.title != now.title and now.title:
        found.append(_today(f"«{now.title}»", f))
    if then.completed_on != now.completed_on:
        found.append(_today(f.short_date(now.completed_on), f))
    if then.caption != now.caption:
        found.append(_today(now.caption, f))
    return tuple(found)


def _worth(row: CreditRow, f: Formats) -> str:
    if row.counts != Counts.COUNTED or row.value is None:
        return row.verdict
    return f"{row.verdict}, {amount(row, f)}"


def amount(row: CreditRow, f: Formats) -> str:
    """What a row counts for, with its unit."""
    value = row.value or 0
    if row.in_hours:
        return f.hours(value)
    return f.credits(value)


def _today(words: str, f: Formats) -> str:
    return said(Sentence(f"сегодня: {words}", f"today: {words}"), f.language)
