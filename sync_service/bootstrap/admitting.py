"""What lets programs in: credentials, and the door of portals that send over HTTP."""

from __future__ import annotations

from datetime import timedelta
from functools import cached_property, partial
from typing import TYPE_CHECKING

from sync_service.adapters.postgres_credentials import PostgresCredentials
from sync_service.adapters.postgres_readings import PostgresReadings
from sync_service.bootstrap.moving import Moving
from sync_service.bootstrap.surroundings import UNAVAILABLE, now
from sync_service.credentials import Doorkeeper
from sync_service.operations.limits import SIGHT_S
from sync_service.publishing import FOLLOWER

if TYPE_CHECKING:
    from starlette.routing import BaseRoute

    from sync_service.portal_door.door import DoorLimits, Figures, PortalDoor
    from sync_service.portal_door.sinks import Sink

CACHE_MIB_MAX = 48
"""The portal door keeps little at hand (MiB): without Kafka consumers run beside it, with their own."""

UNCOUNTED = 1_000_000_000
"""Stands for so many unread lines of a file that nobody counts them."""


class Admitting(Moving):
    """What portals and service accounts come in by."""

    @cached_property
    def credentials(self) -> PostgresCredentials:
        """The credentials of portals and service accounts."""
        _ = self.store
        credentials = PostgresCredentials(self.database)
        credentials.migrate()
        return credentials

    @cached_property
    def doorkeeper(self) -> Doorkeeper:
        """Tells whom a bearer token speaks for."""
        return Doorkeeper(self.credentials, now)

    def portal_routes(self) -> list[BaseRoute]:
        """The addresses of the portal door, to be mounted in the console's server."""
        from sync_service.portal_door.web import mounted  # noqa: PLC0415 - only who serves needs a web framework

        return [mounted(self.portal_door())]

    def portal_door(self) -> PortalDoor:
        """Lets portals in that send over HTTP."""
        from sync_service.portal_door.door import Behind, Lane, PortalDoor, Way  # noqa: PLC0415

        _ = self.views, self.parts
        history_of = partial(self.names.topic_of, backfill=True)
        behind = Behind(
            ways={
                Lane.LIVE: Way(self.portal_sink, self.names.topic_of, self._live_waiting),
                Lane.BACKFILL: Way(self.backfill_sink, history_of, lambda source: self._unread(history_of(source))),
            },
            seen=self.store.seen,
            now=now,
            figures=self._figures,
            unavailable=UNAVAILABLE,
        )
        return PortalDoor(self.doorkeeper, behind, self._door_limits())

    @cached_property
    def portal_sink(self) -> Sink:
        """Kafka where there is one; else the store itself, so that what was acknowledged can be asked for at once."""
        from sync_service.portal_door.sinks import StoreSink, TopicSink  # noqa: PLC0415

        if self.settings.kafka_bootstrap is None:
            return StoreSink(self.application(CACHE_MIB_MAX))
        return TopicSink(self.topics())

    @cached_property
    def backfill_sink(self) -> Sink:
        """The topics of history, Kafka's or the embedded default's files; who reads them gives way to others."""
        from sync_service.portal_door.sinks import TopicSink  # noqa: PLC0415

        return TopicSink(self.topics()) if self.settings.kafka_bootstrap is None else self.portal_sink

    def _door_limits(self) -> DoorLimits:
        from sync_service.portal_door.door import DoorLimits  # noqa: PLC0415

        settings = self.settings
        return DoorLimits(
            body_bytes_max=settings.portal_body_bytes_max,
            events_max=settings.portal_events_max,
            events_per_s=settings.portal_events_per_s,
            under_way_bytes_max=settings.portal_under_way_bytes_max,
            under_way_requests_max=settings.portal_under_way_requests_max,
            unread_max=settings.portal_unread_max,
            body_timeout_s=settings.portal_body_timeout_s,
        )

    def _figures(self, source: str) -> Figures:
        """What was received from a source, and how much of it Kafka still holds."""
        from sync_service.portal_door.door import Figures  # noqa: PLC0415

        ever = next((row for row in self._readings.readings().flows if row.span == 0 and row.source == source), None)
        waiting = None if self.settings.kafka_bootstrap is None else self._unread(self.names.topic_of(source))
        if ever is None:
            return Figures(source, waiting=waiting)
        counts = (ever.received, ever.stored, ever.repeats, ever.refused, ever.parked)
        return Figures(source, *counts, waiting)

    def _live_waiting(self, source: str) -> int:
        """What is before a message that comes now: unread ones in Kafka, and events that portals are not told of."""
        unread = 0 if self.settings.kafka_bootstrap is None else self._unread(self.names.topic_of(source)) or 0
        publisher = self.store.followers().get(FOLLOWER)
        return max(unread, self.store.head() - publisher[0]) if publisher else unread

    def _unread(self, topic: str | None) -> int | None:
        """The unread messages of a topic, None if nobody looked lately."""
        readings = self._readings.readings()
        seen = [
            UNCOUNTED if row.unread is None else row.unread
            for row in readings.unread
            if row.topic == topic and readings.now - row.looked_at < timedelta(seconds=SIGHT_S)
        ]
        return sum(seen) if seen else None

    @cached_property
    def _readings(self) -> PostgresReadings:
        return PostgresReadings(self.database)
