"""The learning plan (План обучения): one row per credited activity, and where it is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_service.aggregates.replicating import telling_of
from sync_service.aggregates.specialist import Specialist
from sync_service.aggregates.values import Portal
from sync_service.projections.view import Table, columns

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync_service.aggregates.aggregate import Aggregate
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
    """Fills the plan: what the specialist has, whatever it counts for."""

    name = "learning_plan"
    tables = (ENTRIES, CYCLES)
    stream_kind = "specialist"
    catalogue_table = ENTRIES.name

    def rows(self, aggregate: Aggregate, catalogue: Catalogue) -> Iterator[tuple[str, Row]]:
        """The entries and cycles of one specialist; one who was absorbed has none of their own."""
        if not isinstance(aggregate, Specialist) or aggregate.absorbed_into:
            return
        for entry in aggregate.entries.values():
            yield ENTRIES.name, _entry_row(aggregate, entry, catalogue)
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


def _entry_row(person: Specialist, entry: Entry, catalogue: Catalogue) -> Row:
    telling = telling_of(person, entry, catalogue(entry.activity_id))
    reversal = person.reversals.get(entry.key)
    return (
        person.id,
        entry.key,
        entry.source.value,
        telling.kind,
        entry.activity_id,
        telling.title,
        telling.completed_on,
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
    )
