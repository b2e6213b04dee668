"""Makes one part of an empty view: reads the part's whole streams, folds each once, renders and writes their rows."""

from __future__ import annotations

import gc
from collections import defaultdict
from contextlib import contextmanager
from operator import attrgetter
from typing import TYPE_CHECKING, Final, Protocol, cast

import msgspec

from sync_service.aggregates.specialist import Specialist
from sync_service.aggregates.specialist_facts import SeparatedFrom, SpecialistAbsorbed
from sync_service.event_store import EventStore
from sync_service.projections.catalogue import KnownActivities
from sync_service.projections.projecting import folded, kind_of
from sync_service.projections.view import Changes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from uuid import UUID

    from sync_service.aggregates.aggregate import Aggregate, Event, Fact
    from sync_service.projections.rebuilding import RebuildableViews
    from sync_service.projections.view import AggregateView, CountingView, View
    from sync_service.projections.view_store import Generation

    Streams = dict[UUID, list[Event]]
    Target = tuple[View, Generation]

_JOINED: Final[Mapping[type[Fact], Callable[[Fact], UUID]]] = {
    SpecialistAbsorbed: attrgetter("absorbed"),
    SeparatedFrom: attrgetter("specialist"),
}
"""Of a fact, whose events it takes to fold its stream."""


class Filling(msgspec.Struct, frozen=True):
    """How far the filling of a generation has come: which of equal `parts` of all streams are `done`, as of `head`."""

    head: int
    parts: int
    done: tuple[int, ...] = ()

    @property
    def left(self) -> list[int]:
        """The numbers of the parts that are not done, counted from 0."""
        return sorted(set(range(self.parts)).difference(self.done))


class StreamLog(EventStore, Protocol):
    """A log that can be read by whole streams too."""

    def part(self, number: int, parts: int, until: int) -> dict[UUID, list[Event]]:
        """The whole streams of one of so many equal parts, counted from 0, each up to the position `until`."""


class Parts:
    """Fills empty generations with whichever part it is told."""

    def __init__(self, log: StreamLog, views: RebuildableViews, targets: Sequence[Target], filling: Filling) -> None:
        self._log = log
        self._views = views
        self._targets = targets
        self._filling = filling
        self._catalogue = KnownActivities(log, filling.head)

    def read(self, number: int) -> Streams:
        """The streams of a part."""
        return self._log.part(number, self._filling.parts, self._filling.head)

    def fill(self, number: int, streams: Streams) -> int:
        """Write the rows of a part that was read; how many events it has. Raises ViewMoved if it is done already."""
        with uncollected():
            self._views.fill(self._changes(streams), self._filling, number)
        return sum(map(len, streams.values()))

    def _changes(self, streams: Streams) -> dict[Generation, Changes]:
        """All rows that these streams give, by generation."""
        aggregates = self._folded(streams)
        changes = {}
        for view, generation in self._targets:
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
