"""The learning plan, as `plan --json` shows it: from the live views, or folded in memory as of a position."""

from __future__ import annotations

from datetime import date
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias
from uuid import UUID

import msgspec

from sync_service.aggregates.judging import Counts
from sync_service.aggregates.policy import Targets
from sync_service.aggregates.specialist_state import EntrySource
from sync_service.policies.targets import SumsShown, Totals, policy_for, rule_book, sums_of
from sync_service.projections.learning_plan import LearningPlan
from sync_service.questions.people import catalogue_of, known_streams, listed_owner

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

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

Row: TypeAlias = "Mapping[str, Any]"
Rows: TypeAlias = "list[dict[str, Any]]"
"""Rows of the view, their values by column; they are read as they are, for a plan may have a thousand."""

_VIEW = LearningPlan()
_SUMMED_AS = {"event": "events", "module": "modules", "programme": "programme_hours"}


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


def _listed(views: ViewStore, account: Account) -> tuple[UUID, Rows, Rows] | None:
    """The owner of the account and the owner's entries and cycles, if the views know the account.

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
    return plan_then(store, known_streams(store, account, until).fold(), until, on)


def plan_then(store: EventStore, person: Specialist, until: int, on: date | None = None) -> Plan:
    """The plan of a person who is folded already from their events up to a position."""
    catalogue = catalogue_of(store, {entry.activity_id for entry in person.entries.values()}, until)
    return plan_of(person, catalogue, rule_book(store, until), on)


def plan_of(person: Specialist, catalogue: Catalogue, book: RuleBook, on: date | None = None) -> Plan:
    """The plan of a folded person, by the view's own rules."""
    rows: dict[str, Rows] = {table.name: [] for table in _VIEW.tables}
    names = {table.name: table.names for table in _VIEW.tables}
    for table, row in _VIEW.rows(person, catalogue):
        rows[table].append(dict(zip(names[table], row, strict=True)))
    return _plan_of(person.id, _done_by(on, rows["entries"]), rows["cycles"], Rules(book, wrong_portals(book, person)))


def wrong_portals(book: RuleBook, person: Specialist) -> Collection[str]:
    """The entries that were activated at a portal which took no codes on that day, by the date as written."""
    if book.code_portals is None:
        return ()
    return {
        entry.key
        for entry in person.entries.values()
        if entry.source is EntrySource.CODE
        and entry.activated_at is not None
        and not book.takes_codes(entry.origin.portal, entry.activated_at.date())
    }


def add_up(credited: Iterable[tuple[Row, float]]) -> Totals:
    """What entries sum up to, each with its credits."""
    sums = dict.fromkeys(Totals.__struct_fields__, 0.0)
    for row, credits_ in credited:
        sums[_SUMMED_AS[row["kind"]]] += credits_
        sums["distance_hours"] += row["distance_hours"]
    return Totals(**sums)


def _done_by(on: date | None, entries: Rows) -> Rows:
    return entries if on is None else [row for row in entries if row["completed_on"] <= on]


def _plan_of(owner: UUID, entries: Rows, cycles: Rows, rules: Rules) -> Plan:
    entries = sorted(entries, key=itemgetter("completed_on", "activity_key"))
    cycles = sorted(cycles, key=itemgetter("starts_on", "cycle_id"))
    totals = add_up((row, row["credits"]) for row in entries if row["counts"] == Counts.COUNTED)
    shown = tuple(_cycle(cycle, entries, rules.book) for cycle in cycles)
    names = [cycle.cycle_id for cycle in shown]
    return Plan(
        owner,
        tuple(_entry(row, rules, names) for row in entries),
        totals,
        shown,
        tuple(_applied(cycle, rules.book) for cycle in shown),
    )


def _entry(row: Row, rules: Rules, cycles: Sequence[str]) -> PlanEntry:
    counts_in = row["counts_in"]
    return PlanEntry(
        activity_key=row["activity_key"],
        kind=row["kind"],
        activity_id=row["activity_id"],
        title=row["title"],
        completed_on=row["completed_on"],
        credits=row["credits"],
        counts=row["counts"],
        counts_in=tuple([cycle for cycle in cycles if cycle in counts_in]) if counts_in else (),
        notes=_notes(row, rules),
        origin=row["origin"],
        shown_in={"sovetnmo": row["shown_in_sovetnmo"], "edu": row["shown_in_edu"]},
        reversed_for=row["reversed_for"],
        duplicate_of=row["duplicate_of"],
    )


def _notes(row: Row, rules: Rules) -> tuple[str, ...]:
    notes = (ACTIVITY_DISAGREES,) if row["vouched_for"] else ()
    return (*notes, WRONG_PORTAL) if row["activity_key"] in rules.wrong_portals else notes


def _cycle(row: Row, entries: Rows, book: RuleBook) -> PlanCycle:
    name = row["cycle_id"]
    totals = add_up(
        (entry, entry["credits_in"][entry["counts_in"].index(name)]) for entry in entries if name in entry["counts_in"]
    )
    policy = policy_for(book, row["policy"], row["starts_on"])
    return PlanCycle(
        cycle_id=name,
        specialty=row["specialty"],
        education_level=row["education_level"],
        starts_on=row["starts_on"],
        ends_on=row["ends_on"],
        policy=row["policy"],
        totals=totals,
        targets=policy.targets,
        remaining=totals.missing_to(policy.targets),
    )


def _applied(cycle: PlanCycle, book: RuleBook) -> PolicyApplied:
    policy = policy_for(book, cycle.policy, cycle.starts_on)
    return PolicyApplied(cycle.cycle_id, policy.policy, policy.title_ru, policy.title_en, sums_of(policy, cycle.totals))
