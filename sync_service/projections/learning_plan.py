"""The learning plan (План обучения): one row per activity, what it counts for, and where it is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_service.aggregates.judging import done_on, judge, kind_of
from sync_service.aggregates.specialist import Specialist
from sync_service.aggregates.values import Portal
from sync_service.projections.view import Table, columns

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync_service.aggregates.activity import Activity
    from sync_service.aggregates.aggregate import Aggregate
    from sync_service.aggregates.judging import Judgement
    from sync_service.aggregates.specialist_state import Entry
    from sync_service.projections.view import Catalogue, Row

ENTRIES = Table(
    "entries",
    columns(
        owner="uuid",
        activity_key="text",
        source="text",
        kind="text",
        activity_id="text",
        title="text",
        completed_on="date",
        origin="text",
        origin_account="text",
        recorded_at="timestamptz",
        position="bigint",
        shown_in_sovetnmo="text",
        shown_in_edu="text",
        vouched_for="text",
        hours="double precision",
        distance_hours="double precision",
        organisation="text",
        reversed_for="text",
        counts="text",
        credits="double precision",
        counts_in="text[]",
        credits_in="double precision[]",
        duplicate_of="text",
    ),
    key=("owner", "activity_key"),
    indexes=(("activity_id",),),
)
CYCLES = Table(
    "cycles",
    columns(
        owner="uuid",
        cycle_id="text",
        specialty="text",
        education_level="text",
        starts_on="date",
        ends_on="date",
        policy="text",
    ),
    key=("owner", "cycle_id"),
)


class LearningPlan:
    """Fills the plan: what the specialist has, what it counts for, or why not."""

    name = "learning_plan"
    tables = (ENTRIES, CYCLES)
    stream_kind = "specialist"
    catalogue_table = ENTRIES.name

    def rows(self, aggregate: Aggregate, catalogue: Catalogue) -> Iterator[tuple[str, Row]]:
        """The entries and cycles of one specialist; one who was absorbed has none of their own."""
        if not isinstance(aggregate, Specialist) or aggregate.absorbed_into:
            return
        verdicts = judge(aggregate, catalogue)
        for entry in aggregate.entries.values():
            yield ENTRIES.name, _entry_row(aggregate, entry, catalogue(entry.activity_id), verdicts[entry.key])
        for cycle in aggregate.cycles.values():
            yield (
                CYCLES.name,
                (
                    aggregate.id,
                    cycle.said.cycle_id,
                    cycle.said.specialty,
                    cycle.said.education_level,
                    cycle.said.starts_on,
                    cycle.said.ends_on,
                    cycle.said.policy,
                ),
            )


def _entry_row(person: Specialist, entry: Entry, activity: Activity, verdict: Judgement) -> Row:
    reversal = person.reversals.get(entry.key)
    return (
        person.id,
        entry.key,
        entry.source.value,
        kind_of(entry, activity),
        entry.activity_id,
        activity.title,
        done_on(entry, activity),
        entry.origin.portal.value,
        entry.origin.account_id,
        entry.recorded_at,
        entry.position,
        person.shown_in(entry.key, Portal.SOVETNMO),
        person.shown_in(entry.key, Portal.EDU),
        entry.vouched_for,
        float(entry.hours),
        float(entry.distance_hours),
        entry.organisation,
        reversal.reason if reversal else None,
        verdict.counts.value,
        float(verdict.credits),
        list(verdict.credits_in),
        [float(credits_) for credits_ in verdict.credits_in.values()],
        verdict.duplicate_of,
    )
