"""Measures a rebuild of every view from the log, beside raw reading and writing, and the library's own runner.

Ours is the shipped path: orders in the book, carried out by the rebuilder, from the order to the moment at which every
new generation is filled; encryption, positions and all indexes included. The live views stand at the head meanwhile.
"""

from __future__ import annotations

import time
from itertools import islice
from typing import TYPE_CHECKING, Final

from benchmarks.comparing import compared, take_turns
from benchmarks.peers.projection_runner import Translated
from benchmarks.peers.raw_rebuild import RawRebuild
from benchmarks.service import OurService
from simulation.bulk import bulk
from sync_service.bootstrap import now
from sync_service.collecting import collect_rarely
from sync_service.projections.rebuild_orders import Act, OrderState, ask_of
from sync_service.projections.registry import VIEWS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.comparing import Comparison
    from benchmarks.stage import Scale, Stage
    from sync_service.bootstrap import Service

PEOPLE_PER_MESSAGE: Final = 1 / 12
LINKED_SHARE: Final = 0.4
EVENTS: Final = 1_000_000
EVENTS_QUICK: Final = 60_000
EVENTS_OF_RUNNER: Final = 300
"""The library's runner takes so many events a turn: it does a few hundred a second."""

LINES_EACH: Final = 5_000


def run(stage: Stage, scale: Scale) -> Iterator[Comparison]:
    """Rebuild all views, in turns with the floor and the library's runner."""
    events = EVENTS_QUICK if scale.is_quick else EVENTS
    ours = OurService(stage, stage.new_conninfo())
    service = ours.service
    _store(ours, scale.seed, events)
    ours.make_live()
    raw = RawRebuild(ours.conninfo, VIEWS.values(), [service.views.live(view) for view in VIEWS])
    runner = Translated(service, ours.conninfo, EVENTS_OF_RUNNER)
    collect_rarely()  # as the process of the projections does
    figures = take_turns(
        {"ours": lambda: rebuilt(service), "raw": lambda: _raw(raw), "runner": runner.rate}, scale.runs
    )
    raw.close()
    service.database.close()
    work = f"rebuild of all views from {events:,} events"
    yield compared(
        figures,
        "ours",
        "raw",
        work=work,
        against="raw cursor and COPY of the finished rows",
        reach=">= 0.30",
        unit="events/s",
    )
    yield compared(
        figures,
        "ours",
        "runner",
        work=work,
        against="eventsourcing's ProjectionRunner",
        reach=">= 30",
        unit="events/s",
    )


def rebuilt(service: Service) -> float:
    """Order a rebuild of every view and carry it out until all are filled; events a second. Then drop what was made."""
    book, rebuilder, head = service.rebuilds, service.rebuilder(), service.store.head()
    began = time.perf_counter()
    book.ask(tuple(VIEWS), "benchmark", "to measure it")
    while any(order.state in {OrderState.ASKED, OrderState.FILLING} for order in book.open()):
        rebuilder.turn()
    rate = head / (time.perf_counter() - began)
    for order in book.open():
        ask_of(book, order, Act.CANCEL, "benchmark", "it was measured")
    rebuilder.turn()
    rebuilder.close()
    return rate


def _store(ours: OurService, seed: int, events: int) -> None:
    """Receive messages until there are so many events."""
    messages = events  # more than enough: a message becomes two or three events
    lines = (line for _, _, line in bulk(seed, messages, round(events / 2.5 * PEOPLE_PER_MESSAGE), LINKED_SHARE))
    while ours.service.store.head() < events and (some := list(islice(lines, LINES_EACH))):
        ours.load(some)


def _raw(raw: RawRebuild) -> float:
    raw.prepare(now())
    began = time.perf_counter()
    events = raw.run(now())
    return events / (time.perf_counter() - began)
