"""Whether an entry counts, for how much, and why not (CONTRACT.md section 5, «The plan»).

Pure rules: the same credits and catalogue always give the same verdicts, so that plans, rebuilds and questions «as of»
agree. What is not the law of the contract but a policy (targets, years) is in `policies`.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple, Protocol

import msgspec

from sync_service.aggregates.activity import Activity
from sync_service.aggregates.coverage import highest_credits, rows_for, specialty_name
from sync_service.aggregates.specialist_state import EntrySource

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Sequence
    from datetime import date

    from sync_service.aggregates.activity import AccreditationRow
    from sync_service.aggregates.coverage import Qualification
    from sync_service.aggregates.specialist import Specialist
    from sync_service.aggregates.specialist_state import Entry

Catalogue = Callable[[str], Activity]


class Counts(StrEnum):
    """Whether an entry counts, or the first reason why not, in order of precedence: the wire values of DOMAIN.md."""

    REVERSED = "reversed"
    CODE_REVOKED = "code_revoked"
    ACTIVITY_WITHDRAWN = "activity_withdrawn"
    CATALOGUE_PENDING = "catalogue_pending"
    FOREIGN = "foreign"
    REGISTRATION_PENDING = "registration_pending"
    AUDIENCE_NOT_COVERED = "audience_not_covered"
    SPECIALTY_NOT_COVERED = "specialty_not_covered"
    OUTSIDE_CYCLE = "outside_cycle"
    DUPLICATE_OF = "duplicate_of"
    COUNTED = "counted"


class Judgement(msgspec.Struct, frozen=True):
    """The verdict on one entry: `credits_in` has the credits by cycle, for a person with cycles."""

    counts: Counts
    credits: float = 0
    credits_in: dict[str, float] = {}
    duplicate_of: str | None = None


class CycleTerms(Protocol):
    """What a cycle asks of an entry: its pair and its dates, both included."""

    @property
    def cycle_id(self) -> str:
        """The portal's name of it."""

    @property
    def specialty(self) -> str:
        """The specialty, as written."""

    @property
    def education_level(self) -> str:
        """The level that the specialty is meant at."""

    @property
    def starts_on(self) -> date:
        """The first day."""

    @property
    def ends_on(self) -> date:
        """The last day."""


class Credited(NamedTuple):
    """Entries, and all that their verdicts go by beside the catalogue.

    Entries of different activities never touch each other's verdicts: those of one activity may be judged alone.
    """

    entries: Iterable[Entry]
    reversed: Container[str]
    training: Qualification
    cycles: Sequence[CycleTerms]


def judge_all(person: Specialist, catalogue: Catalogue) -> dict[str, Judgement]:
    """The verdicts on all of a person's entries, by key."""
    cycles = [cycle.said for cycle in person.cycles.values()]
    return judge(Credited(person.entries.values(), person.reversals, person.qualification(), cycles), catalogue)


def judge(credited: Credited, catalogue: Catalogue) -> dict[str, Judgement]:
    """The verdicts on entries, by key."""
    credited = credited._replace(cycles=sorted(credited.cycles, key=attrgetter("cycle_id")))
    recorded = sorted(credited.entries, key=attrgetter("recorded_at", "position"))
    verdicts = {entry.key: _judge(credited, entry, catalogue(entry.activity_id)) for entry in recorded}
    counted = [entry for entry in recorded if verdicts[entry.key].counts is Counts.COUNTED]
    for entry, first in _duplicates(counted, catalogue):
        verdicts[entry.key] = Judgement(Counts.DUPLICATE_OF, duplicate_of=first.key)
    return verdicts


def done_on(entry: Entry, activity: Activity) -> date:
    """The day of an entry: an activation's is its event's day once the catalogue has it."""
    if entry.source is EntrySource.CODE and activity.held_on is not None:
        return activity.held_on
    return entry.completed_on


def kind_of(entry: Entry, activity: Activity) -> str:
    """The kind of an entry; an activation is of an event until the catalogue says otherwise."""
    if entry.source is not EntrySource.CODE:
        return entry.source.value
    return activity.published.kind if activity.published else "event"


def _judge(credited: Credited, entry: Entry, activity: Activity) -> Judgement:
    barred = _barred(credited, entry, activity)
    if barred is not None or activity.published is None:
        return Judgement(barred or Counts.CATALOGUE_PENDING)
    training = credited.training
    if activity.published.foreign:
        return Judgement(Counts.FOREIGN)
    if training.audience is None or not (credited.cycles or training.is_complete):
        return Judgement(Counts.REGISTRATION_PENDING)
    rows = rows_for(activity.published.accreditation, training.audience)
    if not rows or entry.audience not in {None, training.audience}:
        return Judgement(Counts.AUDIENCE_NOT_COVERED)
    return _judge_coverage(credited, entry, done_on(entry, activity), rows)


def _judge_coverage(credited: Credited, entry: Entry, day: date, rows: list[AccreditationRow]) -> Judgement:
    if credited.cycles:
        return _judge_by_cycles(entry, day, rows, credited.cycles)
    credits_ = highest_credits(rows, credited.training.pairs)
    if credits_ is None:
        return Judgement(Counts.SPECIALTY_NOT_COVERED)
    return Judgement(Counts.COUNTED, _credits(entry, credits_))


def _barred(credited: Credited, entry: Entry, activity: Activity) -> Counts | None:
    """What took the entry back, or came before it and so bars it."""
    if entry.key in credited.reversed:
        return Counts.REVERSED
    instant, revoked_at, withdrawn_at = entry.activated_at, entry.code_revoked_at, activity.withdrawn_at
    if instant is not None and revoked_at is not None and instant > revoked_at:
        return Counts.CODE_REVOKED
    if withdrawn_at is None:
        return None
    is_after = instant > withdrawn_at if instant is not None else entry.completed_on > withdrawn_at.date()
    return Counts.ACTIVITY_WITHDRAWN if is_after else None


def _judge_by_cycles(entry: Entry, day: date, rows: list[AccreditationRow], cycles: Iterable[CycleTerms]) -> Judgement:
    """Each cycle stands for its own pair; the entry counts in every cycle that covers it and whose dates hold it."""
    is_covered = False
    credits_in: dict[str, float] = {}
    for cycle in cycles:
        credits_ = highest_credits(rows, frozenset(((cycle.education_level, specialty_name(cycle.specialty)),)))
        if credits_ is not None:
            is_covered = True
            if cycle.starts_on <= day <= cycle.ends_on:
                credits_in[cycle.cycle_id] = _credits(entry, credits_)
    if not is_covered:
        return Judgement(Counts.SPECIALTY_NOT_COVERED)
    if not credits_in:
        return Judgement(Counts.OUTSIDE_CYCLE)
    return Judgement(Counts.COUNTED, max(credits_in.values()), credits_in)


def _credits(entry: Entry, credits_: float) -> float:
    """A programme's credits are its hours, whatever the rows say."""
    return entry.hours if entry.source is EntrySource.PROGRAMME else credits_


def _duplicates(counted: list[Entry], catalogue: Catalogue) -> Iterable[tuple[Entry, Entry]]:
    """Entries that would count, in order of recording, with the entry that has their credit already.

    An activation of a module duplicates any automatic completion of it, whatever the dates; otherwise the later of two
    entries of one activity on one day duplicates the earlier.
    """
    completions = {entry.activity_id: entry for entry in reversed(counted) if entry.source is EntrySource.MODULE}
    first: dict[tuple[str, date], Entry] = {}
    for entry in counted:
        activity = catalogue(entry.activity_id)
        place = entry.activity_id, done_on(entry, activity)
        is_module_by_code = entry.source is EntrySource.CODE and kind_of(entry, activity) == "module"
        if is_module_by_code and entry.activity_id in completions:
            yield entry, completions[entry.activity_id]
        elif place in first:
            yield entry, first[place]
        else:
            first[place] = entry
