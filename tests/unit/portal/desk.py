"""The portal door over a store in memory, and a way to ask it without a socket."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import msgspec

from sync_service.access import Role
from sync_service.adapters.memory_credentials import MemoryCredentials
from sync_service.adapters.memory_store import MemoryStore
from sync_service.application import Application
from sync_service.credentials import Credential, Doorkeeper, Kind, new_secret
from sync_service.messages.contracts import SOURCES
from sync_service.portal_door.door import Behind, DoorLimits, Lane, PortalDoor, Way, status_of
from sync_service.portal_door.faults import Refused, problem_of
from sync_service.portal_door.reading import read
from sync_service.portal_door.sinks import StoreSink
from sync_service.topic_names import TopicNames

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from sync_service.portal_door.sinks import Sink

NOW = datetime(2026, 3, 12, 10, 0, tzinfo=UTC)
NAMES = TopicNames()
STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
LINES = "application/x-ndjson"


class Desk:
    """A door with a credential for each source, and one of a service account; `tokens` has what each came with."""

    def __init__(
        self,
        limits: DoorLimits | None = None,
        sink: Sink | None = None,
        waiting: Mapping[Lane, int] | None = None,
        **behind: Any,  # noqa: ANN401 - any field of what is behind the door
    ) -> None:
        self.now = NOW
        self.store = MemoryStore()
        self.book = MemoryCredentials()
        self.tokens: dict[str, str] = {}
        for source in SOURCES:
            self.let_in(source.rpartition("/")[2], source=source)
        self.let_in("reporter", roles=frozenset({Role.VIEWER}))
        self.application = Application(self.store, lambda: self.now, NAMES.source_of)
        self.door = PortalDoor(
            Doorkeeper(self.book, lambda: self.now),
            Behind(
                ways={lane: self._way(lane, sink or StoreSink(self.application), waiting) for lane in Lane},
                seen=self.store.seen,
                now=lambda: self.now,
                **behind,
            ),
            limits,
        )

    def _way(self, lane: Lane, sink: Sink, waiting: Mapping[Lane, int] | None) -> Way:
        topic_of = partial(NAMES.topic_of, backfill=lane is Lane.BACKFILL)
        return Way(sink, topic_of, lambda _: (waiting or {}).get(lane))

    def let_in(
        self,
        name: str,
        *,
        source: str | None = None,
        roles: frozenset[Role] = frozenset(),
        expires_at: datetime | None = None,
        certificate: str | None = None,
    ) -> str:
        """Make a credential; its token."""
        token, secret = new_secret(name, self.now, expires_at, certificate)
        kind = Kind.PORTAL if source else Kind.SERVICE
        made = Credential(
            name=name, kind=kind, source=source, roles=roles, secrets=(secret,), made_at=self.now, made_by="os:root"
        )
        self.book.add(made)
        self.tokens[name] = token
        return token

    def headers(self, name: str = "sovetnmo", content_type: str = STRUCTURED, **more: str) -> dict[str, str]:
        """The headers of a request with this credential."""
        return {"authorization": f"Bearer {self.tokens[name]}", "content-type": content_type} | more

    def ask(self, body: bytes, name: str = "sovetnmo", content_type: str = STRUCTURED, **more: str) -> tuple[int, Any]:
        """Send a body; the status and the JSON that come back."""
        status, answered = answer(body, self.headers(name, content_type, **more), self.door)
        return status, msgspec.json.decode(answered)

    def ask_by(self, lane: Lane, body: bytes, name: str) -> tuple[int, Any]:
        """Send a body by one of the lanes; the status and the JSON that come back."""
        status, answered = answer(body, self.headers(name), self.door, lane=lane)
        return status, msgspec.json.decode(answered)


def door() -> PortalDoor:
    """A door over a store in memory, for whoever throws bytes at it."""
    return Desk().door


def answer(
    body: bytes,
    headers: Mapping[str, str],
    at: PortalDoor,
    certificate: str | None = None,
    lane: Lane = Lane.LIVE,
) -> tuple[int, bytes]:
    """What the door answers to these bytes with these headers (names in lower case): as `web.py` puts it together."""
    try:
        with at.rooms[lane].hold() as held:
            credential = at.admit(headers, certificate, lane)
            content = asyncio.run(read(_chunks(body), at, held, headers.get("content-encoding", "")))
            found = at.receive(credential, content, headers, lane)
    except Refused as refused:
        return refused.status, problem_of(refused)
    return HTTPStatus(status_of(found)), msgspec.json.encode(found)


async def _chunks(body: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(body), 65_536):
        yield body[start : start + 65_536]
