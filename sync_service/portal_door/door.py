"""The door for portals without a Kafka client: who comes in, what they may bring, and the receipts that they get."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from http import HTTPStatus
from typing import TYPE_CHECKING
from uuid import UUID

import msgspec
import structlog

from sync_service.credentials import Kind
from sync_service.event_store import Conflict
from sync_service.messages.transport_errors import TransportError
from sync_service.portal_door.contents import events_of, media_type_of
from sync_service.portal_door.faults import Refused, unauthorized, unavailable
from sync_service.portal_door.pacing import Backlog, Pace, Room
from sync_service.portal_door.receipts import Judge, Receipts
from sync_service.portal_door.sinks import Sink

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync_service.credentials import Credential, Doorkeeper

log = structlog.get_logger(__name__)

CLOSED_S = 2.0
"""So long everything is refused at once after something was found away (seconds): requests do not queue up for it."""


@dataclass(frozen=True)
class DoorLimits:
    """The bounds of the door: of one request, of all that are under way, and of each credential over time."""

    body_bytes_max: int = 16 * 1024 * 1024
    events_max: int = 10_000
    events_per_s: float = 2_000
    under_way_bytes_max: int = 64 * 1024 * 1024
    under_way_requests_max: int = 64
    unread_max: int = 100_000
    body_timeout_s: float = 30


class Figures(msgspec.Struct, frozen=True):
    """What the service has received from a source, ever and by every way, and what became of it.

    received = stored + repeats + parked; refused is a part of stored. `waiting` is what Kafka holds unread, null if
    that is not known just now.
    """

    source: str
    received: int = 0
    stored: int = 0
    repeats: int = 0
    refused: int = 0
    parked: int = 0
    waiting: int | None = None


class Lane(StrEnum):
    """One of the two ways that lead through the door."""

    LIVE = "live"
    """What happens now."""
    BACKFILL = "backfill"
    """History: the same messages, which keep nothing waiting that is live."""


@dataclass(frozen=True)
class Way:
    """Where a lane leads to: `topic_of` gives the topic of a source, and `waiting` counts what waits there.

    What waits are messages that are not read, or events that portals are not told of; None if nobody knows just now.
    """

    sink: Sink
    topic_of: Callable[[str], str | None]
    waiting: Callable[[str], float | None]


@dataclass(frozen=True)
class Behind:
    """What stands behind the door.

    `seen` gives the contents of stored messages by key; `figures` what was received from a source; `unavailable` are
    the errors that mean that the database is away.
    """

    ways: Mapping[Lane, Way]
    seen: Callable[[Collection[UUID]], Mapping[UUID, UUID]]
    now: Callable[[], datetime]
    figures: Callable[[str], Figures] = Figures
    unavailable: tuple[type[Exception], ...] = ()


class PortalDoor:
    """Lets portals in. Threads share it."""

    def __init__(self, doorkeeper: Doorkeeper, behind: Behind, limits: DoorLimits | None = None) -> None:
        self._doorkeeper, self._behind = doorkeeper, behind
        self.limits = limits or DoorLimits()
        most = self.limits.under_way_bytes_max, self.limits.under_way_requests_max
        self.rooms = {Lane.LIVE: Room(*most), Lane.BACKFILL: Room(most[0] // 2, -(-most[1] // 2))}
        self._paces = {lane: Pace(self.limits.events_per_s, self.limits.events_max) for lane in Lane}
        self._backlogs = {lane: Backlog(way.waiting, self.limits.unread_max) for lane, way in behind.ways.items()}
        self._away: tuple[type[Exception], ...] = (*behind.unavailable, TransportError, Conflict)
        self._closed_until = 0.0

    def admit(self, headers: Mapping[str, str], certificate: str | None = None, lane: Lane = Lane.LIVE) -> Credential:
        """Who knocks, if what they bring may come in as far as its headers tell. Raises Refused.

        Names in `headers` are in lower case; `certificate` is the fingerprint of the client's verified certificate.
        """
        with self._answering():
            credential = self._known(headers, certificate, lane)
            self._check_headers(headers)
            self._backlogs[lane].check(credential.source or "")
            return credential

    def tell(self, headers: Mapping[str, str], certificate: str | None = None) -> Figures:
        """What was received from the portal that asks. Raises Refused."""
        with self._answering():
            return self._behind.figures(self._known(headers, certificate, Lane.LIVE).source or "")

    def _known(self, headers: Mapping[str, str], certificate: str | None, lane: Lane) -> Credential:
        credential = self._doorkeeper.admit(headers.get("authorization"), Kind.PORTAL, certificate)
        if credential is None:
            raise unauthorized()
        self._paces[lane].take(credential.name, 1)
        return credential

    @contextmanager
    def _answering(self) -> Iterator[None]:
        """Refuse with 503 what cannot be answered while something is away; for a moment without trying again."""
        if time.monotonic() < self._closed_until:
            raise unavailable()
        try:
            yield
        except self._away as error:
            log.warning("portal.unavailable", error=type(error).__name__)
            self._closed_until = time.monotonic() + CLOSED_S
            raise unavailable() from error

    def receive(
        self, credential: Credential, body: bytes, headers: Mapping[str, str], lane: Lane = Lane.LIVE
    ) -> Receipts:
        """Take the events of a body, and give a receipt for each once they are safe.

        Raises:
            Refused: nothing of the body is acknowledged.
        """
        began = time.perf_counter()
        events = events_of(body, headers, self.limits.events_max)
        self._paces[lane].take(credential.name, max(0, len(events) - 1))  # the first one was counted with the request
        source, way = credential.source or "", self._behind.ways[lane]
        judge = Judge(source, way.topic_of(source), way.sink, self._behind.seen, self._behind.now())
        with self._answering():
            found = judge.receipts(events)
        log.info(
            "portal.received",
            credential=credential.name,
            lane=lane,
            received=found.received,
            accepted=found.accepted,
            repeats=found.repeats,
            invalid=found.invalid,
            size_bytes=len(body),
            duration_ms=round((time.perf_counter() - began) * 1000, 1),
        )
        return found

    def _check_headers(self, headers: Mapping[str, str]) -> None:
        """What can be refused before the body is read."""
        media_type_of(headers)
        if headers.get("content-encoding", "identity").strip().lower() not in {"identity", "gzip"}:
            raise Refused(
                HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "content-encoding", "сжатие только gzip / gzip is the only encoding"
            )
        length = headers.get("content-length", "")
        if length.isascii() and length.isdecimal() and int(length) > self.limits.body_bytes_max:
            raise self.too_large()

    def too_large(self) -> Refused:
        """A body over the limit."""
        limit = self.limits.body_bytes_max
        return Refused(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            "too-large",
            f"тело больше {limit} байт / the body is over {limit} bytes",
        )


def status_of(found: Receipts) -> HTTPStatus:
    """202 if anything was taken or there was nothing to take, 422 if every event is invalid."""
    is_refused = found.invalid and not (found.accepted or found.repeats)
    return HTTPStatus.UNPROCESSABLE_ENTITY if is_refused else HTTPStatus.ACCEPTED
