"""Fills views from the log: reads a batch of events, folds what they touch, writes the rows that changed.

The rows of an aggregate are made anew from its state at the batch's last position, and only the differences are
written: so the rows depend on the events alone, and not on how they were cut into batches.
"""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from typing import TYPE_CHECKING, Any, cast

import msgspec

from sync_service.aggregates.aggregate import FACTS, Aggregate, Event
from sync_service.aggregates.confirmation_code import ConfirmationCode
from sync_service.aggregates.erased_facts import REWRITES
from sync_service.aggregates.folding import evolve_specialist, fold_specialist, leads_to
from sync_service.aggregates.specialist import Specialist
from sync_service.projections.catalogue import KnownActivities
from sync_service.projections.view import Changes, Rows, arranged, differences
from sync_service.projections.view_store import About

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from uuid import UUID

    from sync_service.event_store import EventStore
    from sync_service.projections.view import AggregateView, CataloguedView, CountingView, View
    from sync_service.projections.view_store import Generation, ViewStore

    Streams = dict[UUID, list[Event]]

BATCH_EVENTS_MAX = 5_000
CHUNK_OWNERS_MAX = 2_000
CACHE_BYTES_MAX = 256 * 2**20
ROW_BYTES = 800
"""About how much memory a cached row takes."""

_KIND_OF = {fact: name.partition(".")[0] for name, fact in FACTS.items()}


class Projected(msgspec.Struct):
    """A cached aggregate at the projector's position, its rows in each view, and about how many bytes both take."""

    aggregate: Aggregate
    rows: dict[str, Rows]
    weight: int = 0


class Projector:
    """Moves some views on together; all of them stand at the same position."""

    def __init__(self, log: EventStore, views: ViewStore, targets: Sequence[tuple[View, Generation]]) -> None:
        self._log = log
        self._views = views
        self.targets = list(targets)
        self.position = targets[0][1].position
        self._cache: OrderedDict[UUID, Projected] = OrderedDict()
        self._weight = 0
        self._catalogue = KnownActivities(log)

    def advance(self, until: int | None = None) -> int:
        """Apply the next batch of events, none after the position `until`; how many there were."""
        events = self._log.read(self.position, BATCH_EVENTS_MAX)
        if until is not None:
            events = [event for event in events if event.position <= until]
        if not events:
            return 0
        head = events[-1].position
        self._views.write([generation for _, generation in self.targets], self._changes(events, head), head)
        self.position = head
        self.targets = [(view, msgspec.structs.replace(generation, position=head)) for view, generation in self.targets]
        self._trim()
        return len(events)

    def _changes(self, events: list[Event], head: int) -> Iterator[dict[Generation, Changes]]:
        """What these events change: first all that they touch themselves, then whom the catalogue's news concerns."""
        touched: defaultdict[str, Streams] = defaultdict(dict)
        for event in events:
            touched[kind_of(event)].setdefault(event.stream, []).append(event)
        self._catalogue.head = head
        described = self._catalogue.follow(event for stream in touched["activity"].values() for event in stream)
        changes = {generation: Changes() for _, generation in self.targets}
        for kind in ("specialist", "code"):
            views = [(view, generation) for view, generation in self._aggregate_views() if view.stream_kind == kind]
            if views:
                self._render(touched[kind], head, views, changes)
        for view, generation in self.targets:
            if hasattr(view, "counted"):
                counting = cast("CountingView", view)
                changes[generation].adds[view.tables[0].name] = counting.counted(events)
        yield changes
        if described:
            yield from self._rejudged(described, touched["specialist"].keys())

    def _aggregate_views(self) -> Iterator[tuple[AggregateView, Generation]]:
        for view, generation in self.targets:
            if hasattr(view, "rows"):
                yield cast("AggregateView", view), generation

    def _render(
        self,
        touched: Streams,
        head: int,
        views: Sequence[tuple[AggregateView, Generation]],
        changes: dict[Generation, Changes],
    ) -> None:
        """Bring touched aggregates up to date and note what changes in their rows."""
        for chunk in _chunks(list(touched), CHUNK_OWNERS_MAX):
            new = {stream for stream in chunk if touched[stream] and touched[stream][0].version == 1}
            new |= self._begin_anew({stream: touched[stream] for stream in chunk}, views, changes)
            self._bring_up_to_date({stream: touched[stream] for stream in chunk}, head)
            self._look_up_rows([stream for stream in chunk if stream not in new], views)
            for stream in chunk:
                projected = self._cache[stream]
                for view, generation in views:
                    after = arranged(view, view.rows(projected.aggregate, self._catalogue))
                    differences(stream, projected.rows.get(view.name, {}), after, changes[generation])
                    projected.rows[view.name] = after
                self._weigh(projected)

    def _weigh(self, projected: Projected) -> None:
        rows = sum(len(table) for named in projected.rows.values() for table in named.values())
        weight = projected.aggregate.weight + ROW_BYTES * rows
        self._weight += weight - projected.weight
        projected.weight = weight

    def _begin_anew(
        self,
        touched: Streams,
        views: Sequence[tuple[AggregateView, Generation]],
        changes: dict[Generation, Changes],
    ) -> set[UUID]:
        """Forget what an erasure rewrote: these streams are folded from their first event, and their rows made anew."""
        rewritten = {
            stream for stream, events in touched.items() if any(isinstance(event.fact, REWRITES) for event in events)
        }
        for stream in rewritten & self._cache.keys():
            self._weight -= self._cache.pop(stream).weight
        for _, generation in views:
            changes[generation].cleared |= rewritten
        return rewritten

    def _rejudged(self, described: set[str], touched: Collection[UUID]) -> Iterator[dict[Generation, Changes]]:
        """What changes in rows that speak of activities which the catalogue describes differently now.

        They are made anew from themselves, some people at a time: an activity that 100,000 people have costs no fold.
        """
        for view, generation in self.targets:
            if not hasattr(view, "rejudged"):
                continue
            catalogued = cast("CataloguedView", view)
            about = About(catalogued.catalogue_table, tuple(sorted(described)))
            owners = self._views.owners_by_activity(generation, about.table, described)
            for chunk in _chunks(list(owners.difference(touched)), CHUNK_OWNERS_MAX):
                changes = Changes()
                for owner, before in self._views.existing(generation, chunk, about).items():
                    after = arranged(catalogued, catalogued.rejudged(before, self._catalogue))
                    differences(owner, {about.table: before[about.table]}, {about.table: after[about.table]}, changes)
                    if owner in self._cache:
                        self._cache[owner].rows.pop(view.name, None)
                yield {generation: changes}

    def _bring_up_to_date(self, touched: Streams, head: int) -> None:
        streams = self._load_missing(touched, head)
        for stream, events in touched.items():
            projected = self._cache.get(stream)
            if projected is None:
                self._cache[stream] = Projected(folded(stream, streams), {})
                continue
            self._cache.move_to_end(stream)
            for event in events:
                if isinstance(projected.aggregate, Specialist):
                    evolve_specialist(projected.aggregate, event, streams)
                else:
                    projected.aggregate.evolve(event)

    def _load_missing(self, touched: Streams, head: int) -> Streams:
        """The events, up to the head, of what is not cached and of what a joining takes over."""
        joined = {other for events in touched.values() for other in leads_to(events)}
        wanted = {stream for stream in touched if stream not in self._cache} | joined
        streams: Streams = {}
        while wanted:
            found = self._log.load(wanted, until=head)
            streams |= found
            wanted = {other for events in found.values() for other in leads_to(events)} - streams.keys()
        return streams

    def _look_up_rows(self, owners: Sequence[UUID], views: Sequence[tuple[AggregateView, Generation]]) -> None:
        """Fetch the rows, as they stand, of aggregates whose rows are not cached."""
        for view, generation in views:
            unknown = [owner for owner in owners if view.name not in self._cache[owner].rows]
            if unknown:
                for owner, rows in self._views.existing(generation, unknown).items():
                    self._cache[owner].rows[view.name] = rows

    def _trim(self) -> None:
        while self._weight > CACHE_BYTES_MAX and self._cache:
            _, projected = self._cache.popitem(last=False)
            self._weight -= projected.weight


def kind_of(event: Event) -> str:
    """The kind of aggregate that an event is of: the first word of its type."""
    return _KIND_OF[type(event.fact)]


def folded(stream: UUID, streams: Streams) -> Aggregate:
    """The specialist or code of a stream; `streams` has its events, and those that it takes to fold them."""
    events = streams[stream]
    if kind_of(events[0]) == "code":
        first = cast("Any", events[0].fact)
        return ConfirmationCode(first.code, stream=stream).fold(events)
    return fold_specialist(stream, streams)


def _chunks(streams: list[UUID], size: int) -> Iterator[list[UUID]]:
    for start in range(0, len(streams), size):
        yield streams[start : start + size]
