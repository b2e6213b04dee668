"""Fills empty generations of views by whole streams: each is read once, folded once and made into rows once.

In the log's order an active person's rows are made anew with every batch that touches them, and each is looked for
before it is written. A view's rows depend on the events alone, so an empty generation may take them in any order: here
part by part of all streams, each as it is at the log's head. What comes after that head the Projector applies.
"""

from __future__ import annotations

import gc
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from operator import attrgetter
from typing import TYPE_CHECKING, Final, Protocol, cast

import msgspec

from sync_service.aggregates.specialist import Specialist
from sync_service.aggregates.specialist_facts import SeparatedFrom, SpecialistAbsorbed
from sync_service.event_store import EventStore
from sync_service.projections.catalogue import KnownActivities
from sync_service.projections.projecting import Projector, folded, kind_of
from sync_service.projections.view import Changes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from concurrent.futures import Future
    from uuid import UUID

    from sync_service.aggregates.aggregate import Aggregate, Event, Fact
    from sync_service.projections.rebuilding import RebuildableViews
    from sync_service.projections.view import AggregateView, CountingView, View
    from sync_service.projections.view_store import Generation

    Streams = dict[UUID, list[Event]]
    Target = tuple[View, Generation]

PART_EVENTS: Final = 15_000
"""About so many events are read, folded and held in memory at a time, and as many more are read ahead."""

FILLED_EVENTS_MIN: Final = 20_000
"""A shorter log is applied in its order: that is done in a few seconds, and needs no parts."""


_JOINED: Final[Mapping[type[Fact], Callable[[Fact], UUID]]] = {
    SpecialistAbsorbed: attrgetter("absorbed"),
    SeparatedFrom: attrgetter("specialist"),
}
"""Of a fact, whose events it takes to fold its stream."""


class Filling(msgspec.Struct, frozen=True):
    """How far the filling of a generation has come: `done` of equal `parts` of all streams, as of a position."""

    head: int
    parts: int
    done: int = 0


class StreamLog(EventStore, Protocol):
    """A log that can be read by whole streams too."""

    def part(self, number: int, parts: int, until: int) -> dict[UUID, list[Event]]:
        """The whole streams of one of so many equal parts, counted from 0, each up to the position `until`."""


class Filler:
    """Moves empty generations on together, as a Projector does; they stand at 0 until the last part is done."""

    def __init__(self, log: StreamLog, views: RebuildableViews, targets: Sequence[Target], filling: Filling) -> None:
        self._log = log
        self._views = views
        self.targets = list(targets)
        self._filling = filling
        self._catalogue = KnownActivities(log, filling.head)
        self._reading = ThreadPoolExecutor(1, "read-ahead")
        self._ahead: Future[Streams] | None = None
        self._following: Projector | None = None

    @property
    def position(self) -> int:
        """The position that the generations stand at."""
        return self._following.position if self._following else 0

    def advance(self, until: int | None = None) -> int:
        """Fill with the next part, or follow the log once all are filled; how many events there were."""
        if self._following is not None:
            done = self._following.advance(until)
            self.targets = self._following.targets
            return done
        with uncollected():
            streams = self._next()
            generations = self._views.fill(self._changes(streams), self._filling)
        self.targets = [(view, generation) for (view, _), generation in zip(self.targets, generations, strict=True)]
        self._filling = msgspec.structs.replace(self._filling, done=self._filling.done + 1)
        if self._filling.done == self._filling.parts:
            self._reading.shutdown(wait=False)
            self._following = Projector(self._log, self._views, self.targets)
        return sum(map(len, streams.values()))

    def _next(self) -> Streams:
        """The streams of the next part; the one after it is read while this one is worked on."""
        number, parts = self._filling.done, self._filling.parts
        ahead = self._ahead or self._read(number)
        self._ahead = None
        streams = ahead.result()
        if number + 1 < parts:
            self._ahead = self._read(number + 1)
        return streams

    def _read(self, number: int) -> Future[Streams]:
        return self._reading.submit(self._log.part, number, self._filling.parts, self._filling.head)

    def _changes(self, streams: Streams) -> dict[Generation, Changes]:
        """All rows that these streams give, by generation."""
        aggregates = self._folded(streams)
        changes = {}
        for view, generation in self.targets:
            if hasattr(view, "counted"):
                counting = cast("CountingView", view)
                every = (event for events in streams.values() for event in events)
                changes[generation] = Changes(adds={view.tables[0].name: counting.counted(every)})
            else:
                translating = cast("AggregateView", view)
                changes[generation] = self._rendered(translating, aggregates[translating.stream_kind])
        return changes

    def _rendered(self, view: AggregateView, aggregates: Iterable[Aggregate]) -> Changes:
        rows: dict[str, list[tuple[object, ...]]] = {table.name: [] for table in view.tables}
        for aggregate in aggregates:
            for table, row in view.rows(aggregate, self._catalogue):
                rows[table].append(row)
        return Changes(upserts={name: found for name, found in rows.items() if found})

    def _folded(self, streams: Streams) -> dict[str, list[Aggregate]]:
        """The aggregates of these streams that views are made from, by kind; their activities are at hand then."""
        known = self._with_joined(streams)
        found: defaultdict[str, list[Aggregate]] = defaultdict(list)
        for stream, events in streams.items():
            kind = kind_of(events[0])
            if kind in {"specialist", "code"}:
                found[kind].append(folded(stream, known))
        people = (one for one in found["specialist"] if isinstance(one, Specialist))
        self._catalogue.fetch({entry.activity_id for person in people for entry in person.entries.values()})
        return found

    def _with_joined(self, streams: Streams) -> Streams:
        """These streams, and those that are folded into them."""
        known, wanted = dict(streams), joined_to(streams)
        while missing := wanted - known.keys():
            found = self._log.load(missing, until=self._filling.head)
            known |= found
            wanted = joined_to(found)
        return known


def joined_to(streams: Streams) -> set[UUID]:
    """Whose events it takes to fold these: whom they absorbed, and with whom they were one before an undone link."""
    found = ((_JOINED.get(type(event.fact)), event.fact) for events in streams.values() for event in events)
    return {of(fact) for of, fact in found if of}


@contextmanager
def uncollected() -> Iterator[None]:
    """Keep the garbage collector off what is made meanwhile: much of it, without cycles, and all of it soon let go."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def moving(log: StreamLog, views: RebuildableViews, targets: Sequence[Target]) -> Projector | Filler:
    """What moves these generations on, which stand together: by whole streams as long as they are empty."""
    first = targets[0][1]
    filling = views.filling(first)
    if filling is None and first.position == 0 and (head := log.head()) >= FILLED_EVENTS_MIN:
        filling = Filling(head, -(-head // PART_EVENTS))
    return Filler(log, views, targets, filling) if filling else Projector(log, views, targets)
