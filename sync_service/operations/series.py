"""How it went: the latest day, week or quarter in equal steps, for charts."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import msgspec

from sync_service.operations.judging_readers import MAIN_SOURCES, source_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sync_service.operations.readings import CountRow

MINUTE_S: Final = 60
_PORTALS = ("sovetnmo", "edu")
_SHAPES: Final = {"day": (15, 15 * 60, 96), "week": (15, 2 * 3600, 84), "quarter": (1440, 86_400, 92)}


class Period(StrEnum):
    """How far back, and in which steps: a day by quarter-hours, a week by two hours, a quarter by days of UTC."""

    DAY = "day"
    WEEK = "week"
    QUARTER = "quarter"

    @property
    def span(self) -> int:
        """The counters that are read: those of so many minutes."""
        return _SHAPES[self][0]

    @property
    def step_s(self) -> int:
        """The length of a step (seconds)."""
        return _SHAPES[self][1]

    @property
    def steps(self) -> int:
        """How many steps there are, the present incomplete one among them."""
        return _SHAPES[self][2]


class Series(msgspec.Struct, frozen=True, kw_only=True):
    """Counts by step, oldest first; every sequence is as long as `starts`, and the last step is not over yet."""

    period: Period
    step_s: int
    starts: tuple[datetime, ...]
    inflow: dict[str, tuple[int, ...]]
    refusals: dict[str, tuple[int, ...]]
    parked: tuple[int, ...]
    replicas_applied: dict[str, tuple[int, ...]]


def series_of(period: Period, now: datetime, rows: Sequence[CountRow]) -> Series:
    """Make the series of what was counted."""
    step = timedelta(seconds=period.step_s)
    last = now - (now - datetime.fromtimestamp(0, now.tzinfo)) % step
    starts = tuple(last - step * back for back in range(period.steps - 1, -1, -1))
    place = {start: number for number, start in enumerate(starts)}
    counts: dict[tuple[str, str], list[int]] = {}
    for row in rows:
        if row.since in place:
            name = source_name(row.name) if row.kind == "inflow" else row.name
            counts.setdefault((row.kind, name), [0] * len(starts))[place[row.since]] += row.count

    def named(kind: str, always: Sequence[str] = ()) -> dict[str, tuple[int, ...]]:
        names = [*always, *sorted({name for found, name in counts if found == kind} - set(always))]
        return {name: tuple(counts.get((kind, name), [0] * len(starts))) for name in names}

    parked = list(named("parked").values())
    return Series(
        period=period,
        step_s=period.step_s,
        starts=starts,
        inflow=named("inflow", MAIN_SOURCES),
        refusals=named("refusals"),
        parked=tuple(map(sum, zip(*parked, strict=True))) if parked else (0,) * len(starts),
        replicas_applied=named("applied", _PORTALS),
    )
