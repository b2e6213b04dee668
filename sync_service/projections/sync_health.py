"""Sync health: how much of what happened, minute by minute, for dashboards and alerts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_service.projections.view import Table, columns

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync_service.aggregates.aggregate import Event
    from sync_service.projections.view import Key

COUNTS = Table(
    "counts",
    columns(minute="timestamptz", source="text", type="text", outcome="text", events="bigint"),
    key=("minute", "source", "type", "outcome"),
)


class SyncHealth:
    """Counts events by minute of recording, by who caused them, by type and by outcome."""

    name = "sync_health"
    tables = (COUNTS,)

    def counted(self, event: Event) -> Iterator[Key]:
        """Every event counts once."""
        outcome = getattr(event.fact, "reason", None) or getattr(event.fact, "outcome", None)
        is_named = outcome is not None and hasattr(outcome, "is_refusal")  # free text is no outcome
        source = event.cause.partition("#")[0] if event.cause else "/sync"
        minute = event.recorded_at.replace(second=0, microsecond=0)
        yield minute, source, event.fact.TYPE, outcome.value if is_named and outcome else ""
