"""The report for the educational organisation: what a person has done in one cycle, as the log stood at a position.

It holds facts and no sentences, so that its digest does not change with the wording.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING
from uuid import UUID

import msgspec

from sync_service.aggregates.errors import DomainError
from sync_service.aggregates.policy import Targets
from sync_service.policies.targets import SumsShown, Totals
from sync_service.questions.people import AccountName, catalogue_of, known_streams
from sync_service.questions.plans import plan_as_of
from sync_service.reports.reported import ReportedEntry, reported_entries

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sync_service.aggregates.specialist import Specialist
    from sync_service.aggregates.values import Account
    from sync_service.event_store import EventStore
    from sync_service.questions.plans import Plan, PlanCycle


class CycleUnknown(DomainError):
    """The person has no such cycle at that time; `known` names those that they have."""

    def __init__(self, known: Iterable[str]) -> None:
        names = ", ".join(known) or "–"
        super().__init__(f"такого цикла у человека нет, есть: {names} / there is no such cycle, there are: {names}")


class Standing(msgspec.Struct, frozen=True):
    """The moment of the report and the log's position at it: everything recorded later is left out."""

    position: int
    at: datetime


class ReportedCycle(msgspec.Struct, frozen=True):
    """The cycle that is reported on, the policy that it goes by, and what was done, is asked for and remains.

    `altogether` are the policy's sums over all kinds, if it has any.
    """

    cycle_id: str
    specialty: str
    education_level: str
    starts_on: date
    ends_on: date
    policy: str
    policy_title: str
    totals: Totals
    targets: Targets
    remaining: Totals
    altogether: SumsShown | None


class Report(msgspec.Struct, frozen=True):
    """Everything that the report says.

    `counted` are the entries that count in the cycle, `uncounted` those that count nowhere, or were done within the
    cycle's dates and count in another; so many more count in other cycles (`counted_elsewhere`).
    """

    standing: Standing
    specialist_id: UUID
    full_name: str | None
    audience: str | None
    accounts: tuple[AccountName, ...]
    cycle: ReportedCycle
    counted: tuple[ReportedEntry, ...]
    uncounted: tuple[ReportedEntry, ...]
    counted_elsewhere: int


def standing_at(store: EventStore, now: datetime, as_of: datetime | None = None) -> Standing:
    """Where the log stands now, or stood at an earlier moment; a moment to come is now. Whole seconds, UTC."""
    if as_of is None or as_of >= now:
        return Standing(store.head(), now.astimezone(UTC).replace(microsecond=0))
    return Standing(store.position_at(as_of), as_of.astimezone(UTC).replace(microsecond=0))


def report(store: EventStore, account: Account, cycle_id: str, standing: Standing) -> Report:
    """Report on one cycle; raises AccountUnknown and CycleUnknown. Either account of a linked person gives the same."""
    plan = plan_as_of(store, account, standing.position)
    cycle = next((cycle for cycle in plan.cycles if cycle.cycle_id == cycle_id), None)
    if cycle is None:
        raise CycleUnknown(cycle.cycle_id for cycle in plan.cycles)
    person = known_streams(store, account, standing.position).fold()
    return _report(store, person, plan, cycle, standing)


def _report(store: EventStore, person: Specialist, plan: Plan, cycle: PlanCycle, standing: Standing) -> Report:
    catalogue = catalogue_of(store, {entry.activity_id for entry in person.entries.values()}, standing.position)
    entries = reported_entries(person, catalogue, plan, cycle.cycle_id)
    elsewhere = {entry.activity_key for entry in entries if entry.is_elsewhere and not _is_within(cycle, entry)}
    return Report(
        standing=standing,
        specialist_id=person.id,
        full_name=full_name_of(person),
        audience=person.qualification().audience,
        accounts=tuple(AccountName(*person.by_portal[portal].account) for portal in sorted(person.by_portal)),
        cycle=_cycle(plan, cycle),
        counted=tuple(entry for entry in entries if entry.is_counted),
        uncounted=tuple(entry for entry in entries if not entry.is_counted and entry.activity_key not in elsewhere),
        counted_elsewhere=len(elsewhere),
    )


def _cycle(plan: Plan, cycle: PlanCycle) -> ReportedCycle:
    applied = next(policy for policy in plan.policies if policy.cycle_id == cycle.cycle_id)
    return ReportedCycle(
        cycle_id=cycle.cycle_id,
        specialty=cycle.specialty,
        education_level=cycle.education_level,
        starts_on=cycle.starts_on,
        ends_on=cycle.ends_on,
        policy=applied.policy,
        policy_title=applied.title_ru,
        totals=cycle.totals,
        targets=cycle.targets,
        remaining=cycle.remaining,
        altogether=applied.altogether,
    )


def _is_within(cycle: PlanCycle, entry: ReportedEntry) -> bool:
    return cycle.starts_on <= entry.completed_on <= cycle.ends_on


def full_name_of(person: Specialist) -> str | None:
    """The name by the latest word of any of the person's accounts."""
    said = [state.said["full_name"] for state in person.by_portal.values() if "full_name" in state.said]
    return str(max(said, key=lambda one: one[:2])[2]) if said else None
