"""One entry as the report has it: what was done, where, by which code, and whether it counts in the cycle."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import msgspec

from sync_service.aggregates.judging import Counts, judge_all
from sync_service.sentences.counting import COUNTED_ELSEWHERE

if TYPE_CHECKING:
    from sync_service.aggregates.activity import Activity
    from sync_service.aggregates.judging import Catalogue, Judgement
    from sync_service.aggregates.specialist import Specialist
    from sync_service.questions.plans import Plan, PlanEntry


class ReportedEntry(msgspec.Struct, frozen=True):
    """One entry. `credits` are this cycle's; `code` is canonical; the rest says why it does not count, if so."""

    activity_key: str
    kind: str
    activity_id: str
    title: str | None
    held_by: str | None
    place: str | None
    completed_on: date
    code: str | None
    origin: str
    counts: str
    credits: float
    distance_hours: float
    counts_in: tuple[str, ...]
    duplicate_of: str | None
    code_revoked_on: date | None
    withdrawn_on: date | None
    reversed_by: str | None
    reversed_on: date | None
    reversed_for: str | None

    @property
    def is_counted(self) -> bool:
        """Whether it counts in this cycle."""
        return self.counts == Counts.COUNTED

    @property
    def is_elsewhere(self) -> bool:
        """Whether it counts in other cycles only."""
        return self.counts == COUNTED_ELSEWHERE


def reported_entries(person: Specialist, catalogue: Catalogue, plan: Plan, cycle_id: str) -> list[ReportedEntry]:
    """All entries of the plan, in its order, as a report on this cycle sees them."""
    verdicts = judge_all(person, catalogue)
    return [
        _reported(person, shown, catalogue(shown.activity_id), verdicts[shown.activity_key], cycle_id)
        for shown in plan.entries
    ]


def _reported(
    person: Specialist, shown: PlanEntry, activity: Activity, verdict: Judgement, cycle_id: str
) -> ReportedEntry:
    entry = person.entries[shown.activity_key]
    published, reversal = activity.published, person.reversals.get(entry.key)
    return ReportedEntry(
        activity_key=entry.key,
        kind=shown.kind,
        activity_id=entry.activity_id,
        title=activity.title,
        held_by=entry.organisation or (published.provider if published else None),
        place=published.place if published else None,
        completed_on=shown.completed_on,
        code=person.own_code(entry),
        origin=shown.origin,
        counts=_counts_in(shown, cycle_id),
        credits=verdict.credits_in.get(cycle_id, 0),
        distance_hours=entry.distance_hours,
        counts_in=shown.counts_in,
        duplicate_of=shown.duplicate_of,
        code_revoked_on=entry.code_revoked_at.date() if entry.code_revoked_at else None,
        withdrawn_on=activity.withdrawn_at.date() if activity.withdrawn_at else None,
        reversed_by=reversal.account.portal.value if reversal and reversal.account else None,
        reversed_on=reversal.at.date() if reversal else None,
        reversed_for=reversal.reason if reversal else None,
    )


def _counts_in(shown: PlanEntry, cycle_id: str) -> str:
    is_elsewhere = shown.counts == Counts.COUNTED and cycle_id not in shown.counts_in
    return COUNTED_ELSEWHERE if is_elsewhere else shown.counts
