"""What lets programs in: credentials, and the door of portals that send over HTTP."""

from __future__ import annotations

from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from sync_service.adapters.postgres_credentials import PostgresCredentials
from sync_service.adapters.postgres_readings import PostgresReadings
from sync_service.bootstrap.moving import Moving
from sync_service.bootstrap.surroundings import UNAVAILABLE, now
from sync_service.credentials import Doorkeeper
from sync_service.operations.limits import SIGHT_S

if TYPE_CHECKING:
    from starlette.routing import BaseRoute

    from sync_service.operations.readings import Readings
    from sync_service.portal_door.door import DoorLimits, Figures, PortalDoor
    from sync_service.portal_door.sinks import Sink

CACHED_EVENTS_MAX = 50_000
"""The portal door keeps little at hand (some 35 MB): without Kafka consumers run beside it, with their own."""


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
        from sync_service.portal_door.door import Behind, PortalDoor  # noqa: PLC0415

        _ = self.views, self.parts
        behind = Behind(
            sink=self.portal_sink,
            seen=self.store.seen,
            topic_of=self.names.topic_of,
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
            return StoreSink(self.application(CACHED_EVENTS_MAX))
        return TopicSink(self.topics())

    def _door_limits(self) -> DoorLimits:
        from sync_service.portal_door.door import DoorLimits  # noqa: PLC0415

        settings = self.settings
        return DoorLimits(
            body_bytes_max=settings.portal_body_bytes_max,
            events_max=settings.portal_events_max,
            events_per_s=settings.portal_events_per_s,
            under_way_bytes_max=settings.portal_under_way_bytes_max,
            unread_max=settings.portal_unread_max,
            body_timeout_s=settings.portal_body_timeout_s,
        )

    def _figures(self, source: str) -> Figures:
        """What was received from a source, and how much of it Kafka still holds."""
        from sync_service.portal_door.door import Figures  # noqa: PLC0415

        readings = PostgresReadings(self.database).readings()
        ever = next((row for row in readings.flows if row.span == 0 and row.source == source), None)
        waiting = None if self.settings.kafka_bootstrap is None else self._waiting(readings, source)
        if ever is None:
            return Figures(source, waiting=waiting)
        counts = (ever.received, ever.stored, ever.repeats, ever.refused, ever.parked)
        return Figures(source, *counts, waiting)

    def _waiting(self, readings: Readings, source: str) -> int | None:
        """The unread messages of a source, None if nobody looked lately."""
        seen = [
            row.unread or 0
            for row in readings.unread
            if self.names.source_of(row.topic) == source and readings.now - row.looked_at < timedelta(seconds=SIGHT_S)
        ]
        return sum(seen) if seen else None
