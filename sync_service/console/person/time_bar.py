"""The time bar: one step is one event of the person, in three lanes, from the first one to now."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sync_service.console.person.lanes import LANES, lane_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sync_service.aggregates.aggregate import Event
    from sync_service.console.formats import Formats

TICKS_MAX = 200
WIDTH = 1_000
YEARS_SHOWN = 4


class TimeBar(NamedTuple):
    """`step` of `steps` is shown; `ticks` are the paths of the three lanes, `years` words under the strip."""

    step: int
    steps: int
    ticks: Sequence[str]
    years: Sequence[str]


def time_bar(events: Sequence[Event], known: int, f: Formats) -> TimeBar:
    """The bar over all of a person's events, of which so many are known at the moment that is shown."""
    return TimeBar(known, len(events), _ticks(events), _years(events, f))


def _ticks(events: Sequence[Event]) -> list[str]:
    """A mark for each event in its lane; where they are many, those of one place are one."""
    bins = min(len(events), TICKS_MAX) or 1
    seen: list[set[int]] = [set() for _ in LANES]
    for number, event in enumerate(events):
        seen[lane_of(event) - 1].add(number * bins // len(events))
    return [
        "".join(f"M{(place + 0.5) * WIDTH / bins:.0f} {2 + 11 * lane}v8" for place in sorted(places))
        for lane, places in enumerate(seen)
    ]


def _years(events: Sequence[Event], f: Formats) -> list[str]:
    if not events:
        return []
    places = [number * len(events) // YEARS_SHOWN for number in range(YEARS_SHOWN)]
    years = [str(f.local(events[place].recorded_at).year) for place in places]
    return [year if place == 0 or year != years[place - 1] else "" for place, year in enumerate(years)]
