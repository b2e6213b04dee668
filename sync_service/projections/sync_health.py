"""Sync health: how much of what happened, by minute, quarter-hour and day, for dashboards and alerts."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache, partial
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

from sync_service.aggregates.dead_letter import Parked
from sync_service.aggregates.values import Reason
from sync_service.messages.reason_kinds import class_of
from sync_service.projections.view import Table, columns

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sync_service.aggregates.aggregate import Event, Fact
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

    def counted(self, events: Iterable[Event]) -> dict[Key, int]:
        """Every event counts once in each span."""
        at_moments = Counter(
            [
                (event.fact.TYPE, event.recorded_at, _source(event.cause), _outcome_of(type(event.fact))(event.fact))
                for event in events
            ]
        )
        counts: dict[Key, int] = {}
        for (kind, recorded_at, source, outcome), count in at_moments.items():
            for span in SPANS:
                key = span, kind, _since(recorded_at, span), source, outcome
                counts[key] = counts.get(key, 0) + count
        return counts


@lru_cache(maxsize=2**13)  # what one transaction recorded was recorded at one moment
def _since(moment: datetime, span: int) -> datetime:
    return moment - (moment - _EPOCH) % timedelta(minutes=span)


def _source(cause: str | None) -> str:
    return cause.partition("#")[0] if cause else "/sync"


@cache
def _outcome_of(kind: type[Fact]) -> Callable[[Any], str]:
    """What reads the outcome of a fact: its wire value, the class of the reasons of a parked message, or nothing."""
    if kind is Parked:
        return lambda fact: class_of(fact.reasons[0]) if fact.reasons else ""
    name = next((name for name in ("reason", "outcome") if name in kind.__struct_fields__), None)
    return partial(_value_of, attrgetter(name)) if name else lambda _: ""


def _value_of(said: Callable[[Any], object], fact: Fact) -> str:
    found = said(fact)
    return found.value if isinstance(found, Reason) else ""  # free text is no outcome
