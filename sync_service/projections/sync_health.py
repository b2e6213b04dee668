"""Sync health: how much of what happened, by minute, quarter-hour and day, for dashboards and alerts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from sync_service.aggregates.dead_letter import Parked
from sync_service.messages.reason_kinds import class_of
from sync_service.projections.view import Table, columns

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync_service.aggregates.aggregate import Event
    from sync_service.projections.view import Key

MINUTE: Final = 1
QUARTER_HOUR: Final = 15
DAY: Final = 1440
SPANS: Final = (MINUTE, QUARTER_HOUR, DAY)
"""How long the spans are that events are counted by (minutes); days are those of UTC."""

COUNTS = Table(
    "counts",
    columns(span="bigint", type="text", since="timestamptz", source="text", outcome="text", events="bigint"),
    key=("span", "type", "since", "source", "outcome"),
)
"""One row a span, type, source and outcome. In this order a type's counts since some moment lie side by side."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class SyncHealth:
    """Counts events by span of recording, by type, by who caused them and by outcome."""

    name = "sync_health"
    tables = (COUNTS,)

    def counted(self, event: Event) -> Iterator[Key]:
        """Every event counts once in each span."""
        source = event.cause.partition("#")[0] if event.cause else "/sync"
        for span in SPANS:
            yield span, event.fact.TYPE, _since(event.recorded_at, span), source, _outcome(event)


def _since(moment: datetime, span: int) -> datetime:
    return moment - (moment - _EPOCH) % timedelta(minutes=span)


def _outcome(event: Event) -> str:
    """The outcome's wire value, the class of the reasons of a parked message, or nothing."""
    if isinstance(event.fact, Parked):
        return class_of(event.fact.reasons[0]) if event.fact.reasons else ""
    outcome = getattr(event.fact, "reason", None) or getattr(event.fact, "outcome", None)
    is_named = outcome is not None and hasattr(outcome, "is_refusal")  # free text is no outcome
    return str(outcome.value) if is_named and outcome else ""
