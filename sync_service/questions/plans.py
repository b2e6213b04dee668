"""The learning plan, as `plan --json` shows it: from the live views, or folded in memory as of a position."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

import msgspec

from sync_service.aggregates.judging import Counts
from sync_service.aggregates.policy import Targets
from sync_service.aggregates.specialist_state import EntrySource
from sync_service.policies.targets import SumsShown, Totals, policy_for, rule_book, sums_of
from sync_service.projections.learning_plan import LearningPlan
from sync_service.questions.people import catalogue_of, known_streams, listed_owner

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from sync_service.aggregates.policy import RuleBook
    from sync_service.aggregates.specialist import Specialist
    from sync_service.aggregates.values import Account
    from sync_service.event_store import EventStore
    from sync_service.projections.view import Catalogue
    from sync_service.projections.view_store import ViewStore

ACTIVITY_DISAGREES = "activity_disagrees"
"""The note on an entry whose portal named another activity than the code's issue record."""

WRONG_PORTAL = "wrong_portal"
"""The note on an activation at a portal that took no codes on that day; it counts all the same (DOMAIN.md)."""

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
    """A five-year cycle, with what its policy asks for and what remains; `policy` is what the portal named."""

    cycle_id: str
    specialty: str
    education_level: str
    starts_on: date
    ends_on: date
    policy: str | None
    totals: Totals
    targets: Targets
    remaining: Totals


class PolicyApplied(msgspec.Struct, frozen=True):
    """The policy that a cycle goes by, named or not; `altogether` are its sums, if it has any."""

    cycle_id: str
    policy: str
    title_ru: str
    title_en: str
    altogether: SumsShown | None


class Rules(NamedTuple):
    """What was adopted, and the entries that were activated where codes were not taken."""

    book: RuleBook
    wrong_portals: Collection[str]


class Plan(msgspec.Struct, frozen=True):
    """The plan of one specialist; either account of a linked person gives the same."""

    specialist_id: UUID
    entries: tuple[PlanEntry, ...]
    totals: Totals
    cycles: tuple[PlanCycle, ...]
    policies: tuple[PolicyApplied, ...]


def plan(views: ViewStore, store: EventStore, account: Account, on: date | None = None) -> Plan:
    """The plan as the live views have it, with what was done by the day `on`; raises AccountUnknown.

    An account that the views do not know yet is answered from the events.
    """
    listed = views.at_once(lambda: _listed(views, account))
    if listed is None:
        return plan_as_of(store, account, None, on)
    owner, entries, cycles = listed
    book = rule_book(store)
    wrong = wrong_portals(book, known_streams(store, account, None).fold()) if book.code_portals else ()
    return _plan_of(owner, _done_by(on, entries), cycles, Rules(book, wrong))


def _listed(views: ViewStore, account: Account) -> tuple[UUID, list[dict[str, Any]], list[dict[str, Any]]] | None:
    """The owner of the account and the owner's rows, if the views know the account.

    The owner is looked up again after the rows: a link may have joined the account to another person between.
    """
    owner = listed_owner(views, account)
    while owner is not None:
        entries = views.find(_VIEW.name, "entries", owner=owner)
        cycles = views.find(_VIEW.name, "cycles", owner=owner)
        before, owner = owner, listed_owner(views, account)
        if owner == before:
            return before, entries, cycles
    return None


def plan_as_of(store: EventStore, account: Account, until: int | None, on: date | None = None) -> Plan:
    """The plan after the event at a position, or at the log's head, by the view's own rules; raises AccountUnknown.

    `on` leaves out what was done after that day; what is left is judged as it is with the rest.
    """
    until = store.head() if until is None else until
    person = known_streams(store, account, until).fold()
    catalogue = catalogue_of(store, {entry.activity_id for entry in person.entries.values()}, until)
    return plan_of(person, catalogue, rule_book(store, until), on)


def plan_of(person: Specialist, catalogue: Catalogue, book: RuleBook, on: date | None = None) -> Plan:
    """The plan of a folded person, by the view's own rules."""
    rows: dict[str, list[dict[str, Any]]] = {table.name: [] for table in _VIEW.tables}
    names = {table.name: table.names for table in _VIEW.tables}
    for table, row in _VIEW.rows(person, catalogue):
        rows[table].append(dict(zip(names[table], row, strict=True)))
    return _plan_of(person.id, _done_by(on, rows["entries"]), rows["cycles"], Rules(book, wrong_portals(book, person)))


def wrong_portals(book: RuleBook, person: Specialist) -> set[str]:
    """The entries that were activated at a portal which took no codes on that day, by the date as written."""
    return {
        entry.key
        for entry in person.entries.values()
        if entry.source is EntrySource.CODE
        and entry.activated_at is not None
        and not book.takes_codes(entry.origin.portal, entry.activated_at.date())
    }


def add_up(credited: Iterable[tuple[EntryRow, float]]) -> Totals:
    """What entries sum up to, each with its credits."""
    sums = dict.fromkeys(Totals.__struct_fields__, 0.0)
    for row, credits_ in credited:
        sums[_SUMMED_AS[row.kind]] += credits_
        sums["distance_hours"] += row.distance_hours
    return Totals(**sums)


def _done_by(on: date | None, entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return entries if on is None else [row for row in entries if row["completed_on"] <= on]


def _plan_of(owner: UUID, entry_rows: list[dict[str, Any]], cycle_rows: list[dict[str, Any]], rules: Rules) -> Plan:
    rows = msgspec.convert(entry_rows, list[EntryRow])
    cycles = msgspec.convert(cycle_rows, list[CycleRow])
    rows.sort(key=lambda row: (row.completed_on, row.activity_key))
    cycles.sort(key=lambda cycle: (cycle.starts_on, cycle.cycle_id))
    totals = add_up((row, row.credits) for row in rows if row.counts == Counts.COUNTED)
    shown = tuple(_cycle(cycle, rows, rules.book) for cycle in cycles)
    return Plan(
        owner,
        tuple(_entry(row, rules, [cycle.cycle_id for cycle in shown]) for row in rows),
        totals,
        shown,
        tuple(_applied(cycle, rules.book) for cycle in shown),
    )


def _entry(row: EntryRow, rules: Rules, cycles: Sequence[str]) -> PlanEntry:
    notes = {ACTIVITY_DISAGREES: bool(row.vouched_for), WRONG_PORTAL: row.activity_key in rules.wrong_portals}
    return PlanEntry(
        activity_key=row.activity_key,
        kind=row.kind,
        activity_id=row.activity_id,
        title=row.title,
        completed_on=row.completed_on,
        credits=row.credits,
        counts=row.counts,
        counts_in=tuple(cycle for cycle in cycles if cycle in row.counts_in),
        notes=tuple(note for note, stands in notes.items() if stands),
        origin=row.origin,
        shown_in={"sovetnmo": row.shown_in_sovetnmo, "edu": row.shown_in_edu},
        reversed_for=row.reversed_for,
        duplicate_of=row.duplicate_of,
    )


def _cycle(row: CycleRow, entries: Iterable[EntryRow], book: RuleBook) -> PlanCycle:
    totals = add_up(
        (entry, entry.credits_in[entry.counts_in.index(row.cycle_id)])
        for entry in entries
        if row.cycle_id in entry.counts_in
    )
    policy = policy_for(book, row.policy, row.starts_on)
    return PlanCycle(
        cycle_id=row.cycle_id,
        specialty=row.specialty,
        education_level=row.education_level,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        policy=row.policy,
        totals=totals,
        targets=policy.targets,
        remaining=totals.missing_to(policy.targets),
    )


def _applied(cycle: PlanCycle, book: RuleBook) -> PolicyApplied:
    policy = policy_for(book, cycle.policy, cycle.starts_on)
    return PolicyApplied(cycle.cycle_id, policy.policy, policy.title_ru, policy.title_en, sums_of(policy, cycle.totals))
