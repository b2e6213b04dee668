"""Measures growth: rates of receiving and rebuilding on a store of 10 million events, beside one of 100,000.

Both begin as the same small world, which the service received; the large one then gets a hundred copies of it
(`benchmarks.filling`). What comes in is the same for both, but in the large store it concerns people all over it: each
slice is received by a process that has just begun, so that everybody is loaded from the store. A rebuild of the large
store goes on from turn to turn until it is done or its time is up; the small store is rebuilt whole in every turn.
"""

from __future__ import annotations

import re
import sys
import time
from itertools import islice
from typing import TYPE_CHECKING, Final

from benchmarks.comparing import compared, take_turns
from benchmarks.copied_worlds import line_in
from benchmarks.filling import fill
from benchmarks.service import OurService
from simulation.bulk import bulk
from sync_service.projections.filling import moving
from sync_service.projections.registry import VIEWS
from sync_service.projections.view_store import GenerationState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from benchmarks.comparing import Comparison
    from benchmarks.stage import Scale, Stage
    from sync_service.bootstrap import Service

EVENTS: Final = 10_000_000
EVENTS_QUICK: Final = 1_000_000
PEOPLE: Final = 2_800
LINKED_SHARE: Final = 0.4
MESSAGES_BEFORE: Final = 45_000
"""What gives a world of about 100,000 events, 40 an account."""

MESSAGES_EACH: Final = 5_000
REBUILDING_S_MAX: Final = 60.0
"""How long a turn of the large store's rebuild lasts."""

SMALL, LARGE = "small", "large"
_ID = re.compile(rb'"id":"([^"]+)"')
_ACCOUNT_NUMBER = re.compile(rb'"account_id":"[SE]-(\d{7})"')


def run(stage: Stage, scale: Scale) -> Iterator[Comparison]:
    """Rebuild and receive on both stores, in turns."""
    messages = MESSAGES_BEFORE + MESSAGES_EACH * scale.runs
    lines = (line for _, _, line in bulk(scale.seed, messages, PEOPLE, LINKED_SHARE))
    before = list(islice(lines, MESSAGES_BEFORE))
    coming = [list(islice(lines, MESSAGES_EACH)) for _ in range(scale.runs)]
    small = OurService(stage, stage.new_conninfo())
    small.load(before)
    small.release()
    large = stage.copy_of(small.conninfo)
    events = small.service.store.head()
    copies = (EVENTS_QUICK if scale.is_quick else EVENTS) // events
    began = time.monotonic()
    sizes = events, fill(large, stage.directory / "master.key", copies)
    _tell(f"filled with {sizes[1]:,} events in {time.monotonic() - began:.0f} s")
    conninfos = {SMALL: small.conninfo, LARGE: large}
    yield _rebuilt({name: OurService(stage, place).service for name, place in conninfos.items()}, sizes, scale.runs)
    slices = {SMALL: iter(coming), LARGE: map(Spread(before, copies).placed, coming)}
    yield _received(stage, conninfos, slices, sizes, scale.runs)


def _rebuilt(services: dict[str, Service], sizes: tuple[int, int], runs: int) -> Comparison:
    large = LongRebuild(services[LARGE], REBUILDING_S_MAX)
    figures = take_turns({SMALL: lambda: LongRebuild(services[SMALL]).rate(), LARGE: large.rate}, runs)
    _tell(f"rebuilt from {large.events:,} of {sizes[1]:,} events")
    for service in services.values():
        service.database.close()
    return _comparison("rebuild of all views", figures, sizes, "events/s")


def _received(
    stage: Stage,
    conninfos: dict[str, str],
    slices: dict[str, Iterator[list[bytes]]],
    sizes: tuple[int, int],
    runs: int,
) -> Comparison:
    def contestant(name: str) -> Callable[[], float]:
        return lambda: _cold_rate(OurService(stage, conninfos[name]), next(slices[name]))

    figures = take_turns({name: contestant(name) for name in conninfos}, runs)
    return _comparison("receive, from a process that has just begun", figures, sizes, "messages/s")


def _comparison(work: str, figures: dict[str, list[float]], sizes: tuple[int, int], unit: str) -> Comparison:
    small, large = (f"{round(size, -5):,}" for size in sizes)
    return compared(
        figures,
        LARGE,
        SMALL,
        work=f"{work}, {large} stored events",
        against=f"{small} stored events",
        reach=">= 0.85",
        unit=unit,
    )


def _cold_rate(ours: OurService, lines: Sequence[bytes]) -> float:
    began = time.perf_counter()
    ours.receive(lines)
    rate = len(lines) / (time.perf_counter() - began)
    ours.release()
    return rate


class LongRebuild:
    """A rebuild of all views at once, by the service's own means, that can be measured piece by piece."""

    def __init__(self, service: Service, seconds_max: float = float("inf")) -> None:
        self._service = service
        self._seconds_max = seconds_max
        self.events = 0
        self._moving = moving(
            service.store,
            service.views,
            [(view, service.views.begin(view.name, GenerationState.BUILDING)) for view in VIEWS.values()],
        )

    def rate(self) -> float:
        """Go on until nothing is left or the time is up; events a second."""
        head, began, before = self._service.store.head(), time.perf_counter(), self.events
        while self._moving.position < head and time.perf_counter() - began < self._seconds_max:
            self.events += self._moving.advance(until=head)
        return (self.events - before) / (time.perf_counter() - began)


class Spread:
    """Lets messages come from accounts in all copies: an account's number says in which."""

    def __init__(self, before: Sequence[bytes], copies: int) -> None:
        self._known = {_id_of(line) for line in before}
        self._copies = copies

    def placed(self, lines: Sequence[bytes]) -> list[bytes]:
        """The messages as they come to the large store."""
        return list(map(self._placed, lines))

    def _placed(self, line: bytes) -> bytes:
        """One message; a repeat of what the small world sent is a repeat there too."""
        number = _ACCOUNT_NUMBER.search(line)
        if number is None or _id_of(line) in self._known:
            return line
        return line_in(line, int(number[1]) % self._copies + 1)


def _id_of(line: bytes) -> bytes:
    found = _ID.search(line)
    return found[1] if found else b""


def _tell(text: str) -> None:
    sys.stderr.write(f"growth: {text}\n")
