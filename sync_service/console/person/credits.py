"""The rows of a person's activities: what each is, whether it counts and why, where it is shown, what it waits for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from sync_service.aggregates.judging import Counts
from sync_service.aggregates.specialist_state import EntrySource
from sync_service.aggregates.values import Portal, code_stream, entry_id, masked_code
from sync_service.console.languages import said
from sync_service.console.person.captions import shown_caption
from sync_service.console.person.facts import facts_compared
from sync_service.console.person.hiding import hidden_codes
from sync_service.questions.plans import PlanEntry
from sync_service.sentences.counting import COUNTS, Verdict, why
from sync_service.sentences.words import KINDS, Sentence, word

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date
    from uuid import UUID

    from sync_service.aggregates.specialist_state import Entry
    from sync_service.console.formats import Formats
    from sync_service.console.person.captions import Asking
    from sync_service.questions.moments import Moment

WAITING = frozenset({Counts.CATALOGUE_PENDING.value, Counts.REGISTRATION_PENDING.value})
_NOT_YET = Sentence("Мероприятия ещё нет в каталоге", "Not in the catalogue yet")
_IN_BOTH = Sentence("введено в обоих кабинетах", "entered in both accounts")


class Bridge(NamedTuple):
    """What the picture of a row shows: where the entry came from, and whether the other portal shows it."""

    origin: str
    state: str


class Looks(NamedTuple):
    """What every row of one page is described by."""

    moment: Moment
    formats: Formats
    asking: Asking
    cycle_names: Mapping[str, str]


@dataclass(frozen=True, eq=False)
class CreditRow:
    """One activity as the page shows it, in the visit's language.

    It is put into words when it is looked at, for of thousands a page shows some fifty. `differs` are the ways in which
    it is otherwise today, in time travel; `known_on` is set for a row of today that the service did not know then.
    """

    looks: Looks
    shown: PlanEntry
    differs: tuple[str, ...] = ()
    known_on: str = ""

    @cached_property
    def id(self) -> UUID:
        """What names the entry in addresses."""
        return entry_id(self.shown.activity_key)

    @property
    def completed_on(self) -> date:
        """The day that counts."""
        return self.shown.completed_on

    @property
    def title(self) -> str | None:
        """The catalogue's own text."""
        return self.shown.title

    @property
    def untitled(self) -> str:
        """Our words where the catalogue has none."""
        return self._said(_NOT_YET) if self.shown.kind == "event" else self.kind

    @property
    def kind(self) -> str:
        """Which kind of activity it is."""
        return self._said(word(KINDS, self.shown.kind))

    @property
    def code(self) -> str | None:
        """The code that it came from, masked."""
        return masked_code(self._code) if self._code else None

    @property
    def code_page(self) -> UUID | None:
        """What names the code in addresses."""
        return code_stream(self._code) if self._code else None

    @property
    def value(self) -> float | None:
        """What it counts for, None as long as nobody knows."""
        return None if self.counts in WAITING else self.shown.credits

    @property
    def in_hours(self) -> bool:
        """Whether the value is academic hours rather than credits."""
        return self.shown.kind == "programme"

    @property
    def counts(self) -> str:
        """Whether it counts, or why not: a value of `Counts`."""
        return self.shown.counts

    @property
    def chip(self) -> str:
        """The look of the verdict's mark."""
        return "ok" if self.counts == Counts.COUNTED else "wait" if self.counts in WAITING else "off"

    @property
    def verdict(self) -> str:
        """Whether it counts, in a word or two."""
        return self._said(COUNTS[Counts(self.counts)])

    @property
    def reason(self) -> str:
        """Why, as a sentence without codes."""
        return hidden_codes(self._said(why(_verdict(self.looks.moment, self.shown, self._entry))))

    @property
    def cycles(self) -> tuple[str, ...]:
        """The specialties of the cycles in which it counts, for who has several."""
        names = self.looks.cycle_names
        return tuple(names[name] for name in self.shown.counts_in) if len(names) > 1 else ()

    @property
    def facts(self) -> Sequence[tuple[str, str]]:
        """What the verdict goes by."""
        return facts_compared(self.looks.moment, self.shown, self._entry, self.looks.formats)

    @property
    def bridge(self) -> Bridge:
        """The picture of where it came from and where it is shown."""
        others = _others(self.shown)
        return Bridge(self.shown.origin, self.shown.shown_in[others[0].value]) if others else Bridge("both", "both")

    @cached_property
    def caption(self) -> str:
        """The words of the picture."""
        moment, f, asking, _ = self.looks
        told = [shown_caption(moment.person, self._entry, portal, f, asking) for portal in _others(self.shown)]
        return " ".join(told) or self._said(_IN_BOTH)

    @cached_property
    def unseen_at(self) -> tuple[str, ...]:
        """The portals that were asked to show it and do not."""
        shown_in = self.shown.shown_in
        return tuple(portal for portal in ("sovetnmo", "edu") if shown_in[portal] in {"requested", "refused"})

    @property
    def wrong_portal(self) -> bool:
        """Whether its code was entered at a portal that took no codes on that day."""
        return "wrong_portal" in self.shown.notes

    @property
    def group(self) -> str:
        """Which of the filters it belongs to: `counted`, `waits`, `not_counted`."""
        if self.counts == Counts.COUNTED:
            return "counted"
        return "waits" if self.counts in WAITING else "not_counted"

    @property
    def _entry(self) -> Entry:
        return self.looks.moment.person.entries[self.shown.activity_key]

    @cached_property
    def _code(self) -> str | None:
        return self.looks.moment.person.own_code(self._entry)

    def _said(self, words: Sentence) -> str:
        return said(words, self.looks.formats.language)


def credit_rows(moment: Moment, f: Formats, asking: Asking) -> list[CreditRow]:
    """All activities of the person, as the plan orders them."""
    looks = Looks(moment, f, asking, {cycle.cycle_id: cycle.specialty for cycle in moment.plan.cycles})
    return [CreditRow(looks, shown) for shown in moment.plan.entries]


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


def _others(shown: PlanEntry) -> list[Portal]:
    return [portal for portal in Portal if shown.shown_in[portal.value] != "origin"]


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
