"""Where the events of the portal door go before they are acknowledged: to their source's topic, or to the store."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Protocol
from uuid import uuid4

import msgspec

from sync_service.messages.content_modes import STRUCTURED
from sync_service.messages.records import Outgoing, Record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sync_service.application import Application
    from sync_service.publishing import Topics

HEADERS = (("content-type", STRUCTURED.encode()),)


class Valid(msgspec.Struct, frozen=True):
    """An event that the contract takes, and the key that keeps it in order with others of its account or activity."""

    value: bytes
    key: bytes | None


class Sink(Protocol):
    """Takes valid events of one source, in order."""

    def keep(self, topic: str, events: Sequence[Valid]) -> None:
        """Return when they are safe; raises an error of the transport or the database, after which some may be."""

    def close(self) -> None:
        """Let go of what is held open."""


class TopicSink:
    """Kafka: what all replicas have that it counts on is safe. Threads may share it."""

    def __init__(self, topics: Topics) -> None:
        self._topics = topics

    def keep(self, topic: str, events: Sequence[Valid]) -> None:
        """Send the events, and return when Kafka has them; raises TransportError."""
        self._topics.send([Outgoing(topic, event.value, event.key, HEADERS) for event in events])

    def close(self) -> None:
        """Close the connection; the next event opens it again."""
        self._topics.close()


class StoreSink:
    """The store itself, where there is no Kafka. Threads take turns.

    Each process counts in a place of its own, so that two never expect the same of one. When nobody knows whether a
    commit happened, the application asks the place where it stands, and drops what is in already.
    """

    def __init__(self, application: Application) -> None:
        self._application = application
        self._process = uuid4().hex[:12]
        self._guard = threading.Lock()
        self._offsets: dict[str, int] = {}

    def keep(self, topic: str, events: Sequence[Valid]) -> None:
        """Receive the events, and return when they are stored; raises the database's errors, or Conflict."""
        place = f"http:{topic}:{self._process}"
        with self._guard:
            first = self._offsets.get(place, 0)
            self._offsets[place] = first + len(events)
            self._application.receive(
                [
                    Record(event.value, place, offset, offset + 1, event.key, HEADERS, topic)
                    for offset, event in enumerate(events, start=first)
                ]
            )

    def close(self) -> None:
        """The store is not ours to close."""
