"""The shipped service with a meter at its joints: receives, projects and publishes the same messages batch by batch."""

from __future__ import annotations

import gc
from collections import defaultdict
from typing import TYPE_CHECKING, Any, cast

from benchmarks.scaling import costs
from benchmarks.scaling.meter import Meter, Reading, WatchedStore
from benchmarks.scaling.sizes import Disk
from sync_service.adapters.postgres_store import PostgresStore
from sync_service.adapters.postgres_views import PostgresViews
from sync_service.application import Application, Limits
from sync_service.bootstrap import now
from sync_service.messages.decoding import decode
from sync_service.projections.projecting import Projector
from sync_service.projections.registry import VIEWS
from sync_service.publishing import Publisher
from sync_service.topic_names import TopicNames

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sync_service.adapters.postgres_database import Database
    from sync_service.messages.records import Outgoing, Record

    Readings = defaultdict[str, defaultdict[int, list[tuple[float, Reading]]]]

READ, PROJECT, PUBLISH, RELOAD = "read", "project", "publish", "reload"


class Nowhere:
    """Takes messages and forgets them; fits Topics."""

    def __init__(self) -> None:
        self.sent = 0

    def send(self, messages: Sequence[Outgoing]) -> None:
        """Count them."""
        self.sent += len(messages)

    def close(self) -> None:
        """Nothing is held."""


class Rig:
    """The shipped service on a database of its own, with a meter at its joints."""

    def __init__(self, database: Database) -> None:
        self.meter = Meter(database)
        store = PostgresStore(database)
        store.migrate()
        views = PostgresViews(database, VIEWS.values())
        views.migrate()
        watched = WatchedStore(store, self.meter, asking=costs.LOOK_UP, storing=costs.SEAL, locked=costs.LOCKED)
        self.store, self.disk = store, Disk(database)
        source_of = TopicNames().source_of
        self.application = Application(cast("Any", watched), now, source_of, Limits(records_max=10_000))
        forgetful = Limits(records_max=10_000, cache_bytes_max=0)
        self.forgetful = Application(cast("Any", watched), now, source_of, forgetful)
        self.projector = Projector(store, views, [(view, views.live(view.name)) for view in VIEWS.values()])
        self.topics = Nowhere()
        self.publisher = Publisher(store, self.topics, TopicNames(), sealer=database.keys)
        self.readings = _nothing()
        self._follower = 0

    def begin(self) -> None:
        """Everything is warm: now it counts, without the search for garbage, which meets any step by chance."""
        self.meter.find_sessions()
        self.readings = _nothing()
        gc.disable()

    def receive(self, records: list[Record]) -> None:
        """Receive a batch; what decoding takes is measured apart, and taken off the rest, which is deciding."""
        self.meter.begin(costs.DECODE)
        for record in records:
            decode(record, now(), TopicNames().source_of(record.topic))
        self.meter.begin(costs.DECIDE)
        self.application.receive(records)
        steps = self.meter.end()
        decoding, deciding = steps[costs.DECODE], steps[costs.DECIDE]
        steps[costs.DECIDE] = Reading(max(0.0, deciding.client - decoding.client), deciding.server)
        for name in costs.STEPS:
            self.readings[name][len(records)].append((len(records), steps.get(name, Reading())))

    def turn(self, records: list[Record]) -> int:
        """Receive a batch, and let everybody follow; how many events there were."""
        self.receive(records)
        return self.follow(len(records))

    def receive_uncached(self, records: list[Record]) -> None:
        """Receive a batch of which nothing is at hand; what looking up and deciding take then is one figure."""
        self.meter.begin(costs.DECODE)
        for record in records:
            decode(record, now(), TopicNames().source_of(record.topic))
        self.meter.begin(costs.DECIDE)
        self.forgetful.receive(records)
        steps = self.meter.end()
        both, decoding = steps[costs.DECIDE], steps[costs.DECODE]
        both.add(steps[costs.LOOK_UP])
        both.client = max(0.0, both.client - decoding.client)
        self.readings[RELOAD][len(records)].append((len(records), both))

    def follow(self, batch: int) -> int:
        """Let the views and the publisher follow a batch of so many messages; how many events there were."""
        self.meter.begin(READ)
        events = self.store.read(self._follower, 100_000)
        self.meter.begin(PROJECT)
        projected = self.projector.advance()
        self.meter.begin(PUBLISH)
        published = self.publisher.publish_next()
        steps = self.meter.end()
        self._follower = events[-1].position if events else self._follower
        for name, count in ((READ, len(events)), (PROJECT, projected), (PUBLISH, published)):
            self.readings[name][batch].append((count, steps[name]))
        self.catch_up()
        return len(events)

    def catch_up(self) -> None:
        """Bring everybody who follows the log to its head, unmeasured."""
        while self.projector.advance() or self.publisher.publish_next():
            pass
        self._follower = self.store.head()


def _nothing() -> Readings:
    return defaultdict(lambda: defaultdict(list))
