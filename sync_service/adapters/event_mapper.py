"""Turns events into stored rows and back: typed JSON, `[recorded_at, cause, fact]`, decoded without a detour."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from sync_service.aggregates import activity, confirmation_code, dead_letter, deciding, policy, specialist_facts
from sync_service.aggregates.aggregate import FACTS, Event, Fact

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    StoredRow = tuple[UUID, int, str, bytes, int]

KNOWN_MODULES = (activity, confirmation_code, dead_letter, deciding, policy, specialist_facts)
"""The modules whose import makes their facts known."""

_encode = msgspec.json.Encoder().encode
_decoders = {
    name: msgspec.json.Decoder(tuple[datetime, str | None, fact]).decode  # type: ignore[valid-type]
    for name, fact in FACTS.items()
}


class UnknownFact(LookupError):
    """The log holds a kind of event that this version does not know: it is newer than this version."""

    def __init__(self, name: str) -> None:
        super().__init__(f"the log holds an event of type {name}, which this version does not know: upgrade it")


def state_of(event: Event) -> bytes:
    """The stored state of an event."""
    return _encode((event.recorded_at, event.cause, event.fact))


def event_of(row: StoredRow) -> Event:
    """The event of a stored row (stream, version, type, state, position); raises UnknownFact."""
    stream, version, name, state, position = row
    decode = _decoders.get(name)
    if decode is None:
        raise UnknownFact(name)
    recorded_at, cause, fact = decode(state)
    return Event(stream, version, fact, recorded_at, cause, position)


def events_of(rows: Iterable[StoredRow]) -> list[Event]:
    """The events of stored rows, in their order."""
    return [event_of(row) for row in rows]


def type_of(fact: Fact) -> str:
    """The stored name of a fact's kind."""
    return fact.TYPE
