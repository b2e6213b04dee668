"""Turns events into stored rows and back: typed JSON, `[recorded_at, cause, fact]`, sealed where it is personal.

What happened to a specialist is sealed with the stream's own key, which an erasure destroys; what else may name people
or codes with the store's key; what the catalogue and the rule book say is public.
"""

from __future__ import annotations

from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from sync_service.adapters.binary_copy import event_row
from sync_service.adapters.key_ring import NOBODY
from sync_service.aggregates import activity, confirmation_code, dead_letter, deciding, policy, specialist_facts
from sync_service.aggregates.aggregate import FACTS, Event
from sync_service.sealing import KeyDestroyed, SealBroken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from uuid import UUID

    from sync_service.adapters.ciphers import Identifiers, Seal
    from sync_service.adapters.key_ring import KeyRing, NewKeys
    from sync_service.aggregates.aggregate import Fact

    Seals = KeyRing | NewKeys
    StoredRow = tuple[UUID, int, str, bytes, int]

KNOWN_MODULES = (activity, confirmation_code, dead_letter, deciding, policy, specialist_facts)
"""The modules whose import makes their facts known."""

_encode = msgspec.json.Encoder().encode
_STREAM = itemgetter(0)


class Kind(NamedTuple):
    """How the events of one type are stored."""

    name: bytes
    decode: Callable[[bytes], tuple[datetime, str | None, Fact]]
    is_sealed: bool
    has_own_key: bool
    """Whether it is sealed with the key of its stream, rather than with the store's."""


def _kind(name: str, fact: type[Fact]) -> Kind:
    decoder = msgspec.json.Decoder(tuple[datetime, str | None, fact])  # type: ignore[valid-type]
    is_public = name.startswith(("activity.", "policy."))
    return Kind(name.encode(), decoder.decode, not is_public, name.startswith("specialist."))


_KINDS = {name: _kind(name, fact) for name, fact in FACTS.items()}


class UnknownFact(LookupError):
    """The log holds a kind of event that this version does not know: it is newer than this version."""

    def __init__(self, name: str) -> None:
        super().__init__(f"the log holds an event of type {name}, which this version does not know: upgrade it")


def owner_of(event: Event) -> UUID | None:
    """Whose key seals the event, None if it is nobody's own."""
    return event.stream if _KINDS[event.fact.TYPE].has_own_key else None


def state_of(event: Event, seals: Seals) -> bytes:
    """The stored state of an event."""
    return _state(event, event.stream.bytes, _KINDS[event.fact.TYPE], seals)


def event_rows(events: Sequence[Event], seals: Seals, identifiers: Identifiers) -> list[bytes]:
    """The events as rows of a binary COPY."""
    streams = [event.stream.bytes for event in events]
    kinds = [_KINDS[event.fact.TYPE] for event in events]
    return [
        event_row(hidden, event.version, kind.name, _state(event, stream, kind, seals))
        for event, stream, kind, hidden in zip(events, streams, kinds, identifiers.all_hidden(streams), strict=True)
    ]


def _state(event: Event, stream: bytes, kind: Kind, seals: Seals) -> bytes:
    plain = _encode((event.recorded_at, event.cause, event.fact))
    if not kind.is_sealed:
        return plain
    place = b"%d %s" % (event.version, stream)  # sealed with where it stands, it cannot be moved to another event
    if kind.has_own_key:
        return seals.seal_of(event.stream).seal(plain, kind.name, place, stream)
    return seals.seal_of(None).seal(plain, kind.name, place, NOBODY)


def opened_runs(select: Callable[[], Sequence[StoredRow]], keys: KeyRing) -> list[tuple[UUID, list[Event]]]:
    """The events of the rows that are selected, each run of one stream's together.

    A person may be erased between the look at the rows and the one at the keys; then the rows are selected once more,
    as they are now. Raises UnknownFact, KeyDestroyed, SealBroken.
    """
    try:
        return list(runs_of(select(), keys))
    except KeyDestroyed:
        return list(runs_of(select(), keys))


def runs_of(rows: Sequence[StoredRow], keys: KeyRing) -> Iterator[tuple[UUID, list[Event]]]:
    """The events of stored rows (stream, version, type, state, position), each run of one stream's together.

    Raises UnknownFact, KeyDestroyed, SealBroken.
    """
    keys.fetch(_owners_in(rows))
    for stream, run in groupby(rows, _STREAM):
        yield stream, _opened(stream, run, keys)


def _opened(stream: UUID, rows: Iterable[StoredRow], keys: KeyRing) -> list[Event]:
    plain = stream.bytes
    seal: Seal | None = None
    events = []
    for _, version, name, stored, position in rows:
        kind = _KINDS.get(name)
        if kind is None:
            raise UnknownFact(name)
        state = stored
        if kind.is_sealed:
            owner, owner_bytes = (stream, plain) if kind.has_own_key else (None, NOBODY)
            place = b"%d %s" % (version, plain)
            try:
                seal = seal or keys.seal_of(owner)  # all events of a stream are sealed with one key
                state = seal.open(stored, kind.name, place, owner_bytes)
            except (SealBroken, KeyDestroyed):
                state = _opened_again(keys, owner, stored, position, kind.name, place)
        recorded_at, cause, fact = kind.decode(state)
        events.append(Event(stream, version, fact, recorded_at, cause, position))
    return events


def _opened_again(keys: KeyRing, owner: UUID | None, state: bytes, position: int, *place: bytes) -> bytes:
    """What another look gives: the key at hand may have been replaced elsewhere."""
    try:
        return keys.open(owner, state, *place)
    except (SealBroken, KeyDestroyed) as error:
        raise type(error)(f"the event at position {position} was altered or moved, or its key is gone") from None


def _owners_in(rows: Iterable[StoredRow]) -> Iterator[UUID]:
    """Whose keys are needed to open these rows."""
    return (stream for stream, run in groupby(rows, _STREAM) if any(_has_own_key(row[2]) for row in run))


def _has_own_key(name: str) -> bool:
    return name in _KINDS and _KINDS[name].has_own_key
