"""Turns events into stored rows and back: typed JSON, `[recorded_at, cause, fact]`, sealed where it is personal.

What happened to a specialist is sealed with the stream's own key, which an erasure destroys; what else may name people
or codes with the store's key; what the catalogue and the rule book say is public.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from sync_service.adapters.binary_copy import event_row
from sync_service.aggregates import activity, confirmation_code, dead_letter, deciding, policy, specialist_facts
from sync_service.aggregates.aggregate import FACTS, Event
from sync_service.sealing import KeyDestroyed, SealBroken

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from uuid import UUID

    from sync_service.adapters.ciphers import Identifiers
    from sync_service.sealing import Sealer

    StoredRow = tuple[UUID, int, str, bytes, int]

KNOWN_MODULES = (activity, confirmation_code, dead_letter, deciding, policy, specialist_facts)
"""The modules whose import makes their facts known."""

_encode = msgspec.json.Encoder().encode
_decoders = {
    name: msgspec.json.Decoder(tuple[datetime, str | None, fact]).decode  # type: ignore[valid-type]
    for name, fact in FACTS.items()
}


_STORED_NAMES = {name: name.encode() for name in FACTS}
_OWN_KEY = frozenset(name for name in FACTS if name.startswith("specialist."))
_PUBLIC = frozenset(name for name in FACTS if name.startswith(("activity.", "policy.")))


class UnknownFact(LookupError):
    """The log holds a kind of event that this version does not know: it is newer than this version."""

    def __init__(self, name: str) -> None:
        super().__init__(f"the log holds an event of type {name}, which this version does not know: upgrade it")


def owner_of(event: Event) -> UUID | None:
    """Whose key seals the event, None if it is nobody's own."""
    return event.stream if event.fact.TYPE in _OWN_KEY else None


def state_of(event: Event, sealer: Sealer) -> bytes:
    """The stored state of an event."""
    plain = _encode((event.recorded_at, event.cause, event.fact))
    name = event.fact.TYPE
    if name in _PUBLIC:
        return plain
    return sealer.seal(owner_of(event), plain, *_place(event.stream, event.version, name))


def event_rows(events: Sequence[Event], sealer: Sealer, identifiers: Identifiers) -> list[bytes]:
    """The events as rows of a binary COPY."""
    streams = identifiers.all_hidden(event.stream for event in events)
    return [
        event_row(stream, event.version, _STORED_NAMES[event.fact.TYPE], state_of(event, sealer))
        for stream, event in zip(streams, events, strict=True)
    ]


def event_of(row: StoredRow, sealer: Sealer) -> Event:
    """The event of a stored row (stream, version, type, state, position).

    Raises UnknownFact, KeyDestroyed, SealBroken.
    """
    stream, version, name, state, position = row
    decode = _decoders.get(name)
    if decode is None:
        raise UnknownFact(name)
    if name not in _PUBLIC:
        state = _opened(row, sealer)
    recorded_at, cause, fact = decode(state)
    return Event(stream, version, fact, recorded_at, cause, position)


def _opened(row: StoredRow, sealer: Sealer) -> bytes:
    stream, version, name, state, position = row
    try:
        return sealer.open(stream if name in _OWN_KEY else None, state, *_place(stream, version, name))
    except (SealBroken, KeyDestroyed) as error:
        raise type(error)(f"the event at position {position} was altered or moved, or its key is gone") from None


def owners_in(rows: Iterable[StoredRow]) -> set[UUID]:
    """Whose keys are needed to open these rows."""
    return {row[0] for row in rows if row[2] in _OWN_KEY}


def _place(stream: UUID, version: int, name: str) -> tuple[bytes, bytes]:
    """Where a state stands: sealed, it cannot be moved to another event."""
    return _STORED_NAMES[name], b"%d %s" % (version, stream.bytes)
