"""The learning plan, as `plan --json` shows it: from the live views, or folded in memory as of a position."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec

from sync_service.aggregates.judging import Counts
from sync_service.policies.targets import Totals, policy_for
from sync_service.projections.learning_plan import LearningPlan
from sync_service.questions.people import catalogue_of, known_streams, listed_owner

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sync_service.aggregates.values import Account
    from sync_service.event_store import EventStore
    from sync_service.projections.view_store import ViewStore

ACTIVITY_DISAGREES = "activity_disagrees"
"""The note on an entry whose portal named another activity than the code's issue record."""

_VIEW = LearningPlan()
_SUMMED_AS = {"event": "events", "module": "modules", "programme": "programme_hours"}


class EntryRow(msgspec.Struct, frozen=True):
    """What the plan needs of a row of the view's entries."""

    activity_key: str
    kind: str
    activity_id: str
    title: str | None
    completed_on: date
    origin: str
    shown_in_sovetnmo: str
    shown_in_edu: str
    vouched_for: str | None
    reversed_for: str | None
    counts: str
    credits: float
    counts_in: tuple[str, ...]
    credits_in: tuple[float, ...]
    duplicate_of: str | None
    distance_hours: float


class CycleRow(msgspec.Struct, frozen=True):
    """A row of the view's cycles."""

    cycle_id: str
    specialty: str
    education_level: str
    starts_on: date
    ends_on: date
    policy: str | None


class PlanEntry(msgspec.Struct, frozen=True):
    """One credited activity.

    `reversed_for` is the portal's reason for taking it back, `duplicate_of` the entry that has the credit already.
    """

    activity_key: str
    kind: str
    activity_id: str
    title: str | None
    completed_on: date
    credits: float
    counts: str
    counts_in: tuple[str, ...]
    notes: tuple[str, ...]
    origin: str
    shown_in: dict[str, str]
    reversed_for: str | None
    duplicate_of: str | None


class PlanCycle(msgspec.Struct, frozen=True):
    """A five-year cycle, with what its policy asks for and what remains."""

    cycle_id: str
    specialty: str
    education_level: str
    starts_on: date
    ends_on: date
    policy: str | None
    totals: Totals
    targets: Totals
    remaining: Totals


class Plan(msgspec.Struct, frozen=True):
    """The plan of one specialist; either account of a linked person gives the same."""

    specialist_id: UUID
    entries: tuple[PlanEntry, ...]
    totals: Totals
    cycles: tuple[PlanCycle, ...]


def plan(views: ViewStore, store: EventStore, account: Account) -> Plan:
    """The plan as the live views have it; raises AccountUnknown.

    An account that the views do not know yet is answered from the events. The owner is looked up again after the rows:
    a link may have joined the account to another person between.
    """
    owner = listed_owner(views, account)
    while owner is not None:
        entries = views.find(_VIEW.name, "entries", owner=owner)
        cycles = views.find(_VIEW.name, "cycles", owner=owner)
        before, owner = owner, listed_owner(views, account)
        if owner == before:
            return _plan_of(before, entries, cycles)
    return plan_as_of(store, account, None)


def plan_as_of(store: EventStore, account: Account, until: int | None) -> Plan:
    """The plan after the event at a position, or at the log's head, by the view's own rules; raises AccountUnknown."""
    until = store.head() if until is None else until
    person = known_streams(store, account, until).fold()
    catalogue = catalogue_of(store, {entry.activity_id for entry in person.entries.values()}, until)
    rows: dict[str, list[dict[str, Any]]] = {table.name: [] for table in _VIEW.tables}
    names = {table.name: table.names for table in _VIEW.tables}
    for table, row in _VIEW.rows(person, catalogue):
        rows[table].append(dict(zip(names[table], row, strict=True)))
    return _plan_of(person.id, rows["entries"], rows["cycles"])


def add_up(credited: Iterable[tuple[EntryRow, float]]) -> Totals:
    """What entries sum up to, each with its credits."""
    sums = dict.fromkeys(Totals.__struct_fields__, 0.0)
    for row, credits_ in credited:
        sums[_SUMMED_AS[row.kind]] += credits_
        sums["distance_hours"] += row.distance_hours
    return Totals(**sums)


def _plan_of(owner: UUID, entry_rows: list[dict[str, Any]], cycle_rows: list[dict[str, Any]]) -> Plan:
    rows = msgspec.convert(entry_rows, list[EntryRow])
    cycles = msgspec.convert(cycle_rows, list[CycleRow])
    rows.sort(key=lambda row: (row.completed_on, row.activity_key))
    cycles.sort(key=lambda cycle: (cycle.starts_on, cycle.cycle_id))
    totals = add_up((row, row.credits) for row in rows if row.counts == Counts.COUNTED)
    return Plan(owner, tuple(map(_entry, rows)), totals, tuple(_cycle(cycle, rows) for cycle in cycles))


def _entry(row: EntryRow) -> PlanEntry:
    return PlanEntry(
        activity_key=row.activity_key,
        kind=row.kind,
        activity_id=row.activity_id,
        title=row.title,
        completed_on=row.completed_on,
        credits=row.credits,
        counts=row.counts,
        counts_in=row.counts_in,
        notes=(ACTIVITY_DISAGREES,) if row.vouched_for else (),
        origin=row.origin,
        shown_in={"sovetnmo": row.shown_in_sovetnmo, "edu": row.shown_in_edu},
        reversed_for=row.reversed_for,
        duplicate_of=row.duplicate_of,
    )


def _cycle(row: CycleRow, entries: Iterable[EntryRow]) -> PlanCycle:
    totals = add_up(
        (entry, entry.credits_in[entry.counts_in.index(row.cycle_id)])
        for entry in entries
        if row.cycle_id in entry.counts_in
    )
    targets = policy_for(row.policy).targets
    return PlanCycle(
        cycle_id=row.cycle_id,
        specialty=row.specialty,
        education_level=row.education_level,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        policy=row.policy,
        totals=totals,
        targets=targets,
        remaining=targets.remaining(totals),
    )
