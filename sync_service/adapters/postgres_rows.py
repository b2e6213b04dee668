"""What a transaction writes beside the events: messages, parked bytes, places; and the check of what it relied on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from sync_service.adapters.binary_copy import copy_in, message_row
from sync_service.adapters.hidden_ids import Ids
from sync_service.aggregates.dead_letter import Discarded, Retried, RetriedEdited, Superseded
from sync_service.event_store import Conflict, Flow, Move
from sync_service.sealing import KeyDestroyed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from uuid import UUID

    import psycopg

    from sync_service.adapters.ciphers import Identifiers
    from sync_service.event_store import Work
    from sync_service.sealing import Sealer

ParkedContent = tuple[bytes, bytes | None, tuple[tuple[str, bytes], ...]]
"""What is sealed of a parked message: its value, key and headers."""

_PARKED, _EDITED = b"parked", b"edited"
_DECISIONS = frozenset((Retried, RetriedEdited, Discarded, Superseded))
_COUNT_FLOWS = (
    b"INSERT INTO sync_flows AS old SELECT spans.minutes, CASE WHEN spans.minutes = 0 THEN 'epoch'::timestamptz"
    b" ELSE date_bin(make_interval(mins => spans.minutes), %(at)s::timestamptz, 'epoch') END, flow.*"
    b" FROM unnest(%(source)s::text[], %(received)s::bigint[], %(stored)s::bigint[], %(repeats)s::bigint[],"
    b" %(refused)s::bigint[], %(parked)s::bigint[]) AS flow, (VALUES (0), (1), (15), (1440)) AS spans (minutes)"
    b" ON CONFLICT (span, since, source) DO UPDATE SET received = old.received + excluded.received,"
    b" stored = old.stored + excluded.stored, repeats = old.repeats + excluded.repeats,"
    b" refused = old.refused + excluded.refused, parked = old.parked + excluded.parked"
)
_MOVE_PLACES = (
    b"UPDATE sync_places AS old SET next_offset = move.next_offset, received = old.received + move.received,"
    b" repeats = old.repeats + move.repeats, moved_at = clock_timestamp()"
    b" FROM unnest(%(place)s::text[], %(expected)s::bigint[], %(next_offset)s::bigint[], %(received)s::bigint[],"
    b" %(repeats)s::bigint[]) AS move (place, expected, next_offset, received, repeats)"
    b" WHERE old.place = move.place AND old.next_offset = move.expected"
)


def insert_messages(
    cursor: psycopg.Cursor[Any], work: Work, identifiers: Identifiers, meanwhile: Callable[[], object]
) -> None:
    """Store that messages are stored; a message that somebody else stored meanwhile is a conflict."""
    if not work.messages:
        return
    keys = identifiers.all_hidden(message.key.bytes for message in work.messages)
    contents = identifiers.all_hidden(message.content.bytes for message in work.messages)
    rows = map(message_row, keys, contents, [message.refused for message in work.messages])
    in_order = sorted(rows)  # so that writers lock in one order
    copy_in(cursor, b"COPY sync_messages FROM STDIN (FORMAT BINARY)", in_order, meanwhile)


def letters_of(work: Work) -> list[UUID]:
    """The parked messages whose bytes a transaction stores: each has a key of its own."""
    return [parked.letter for parked in work.parked] + [edited.letter for edited in work.edited]


def insert_parked(cursor: psycopg.Cursor[Any], work: Work, sealer: Sealer) -> None:
    """Store the bytes of parked messages, which of them were decided on, and how they were edited."""
    for parked in sorted(work.parked, key=lambda parked: parked.letter):
        record = parked.record
        brought = msgspec.msgpack.encode((record.value, record.key, record.headers))
        cursor.execute(
            b'INSERT INTO sync_parked (letter, message, parked_at, topic, place, "offset", next_offset, sealed)'
            b" VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
            [
                parked.letter,
                parked.message,
                parked.parked_at,
                record.topic,
                record.place,
                record.offset,
                record.next_offset,
                sealer.seal(parked.letter, brought, _PARKED),
            ],
        )
    decisions = [event for event in work.events if type(event.fact) in _DECISIONS]
    retried = [event.stream for event in decisions if isinstance(event.fact, Retried | RetriedEdited)]
    if retried:
        cursor.execute(b"UPDATE sync_parked SET retried = true WHERE letter = ANY(%s)", [Ids(retried)])
    if decisions:
        decided = Ids(event.stream for event in decisions)
        cursor.execute(b"UPDATE sync_parked SET decided = true WHERE letter = ANY(%s)", [decided])
    for edited in work.edited:
        cursor.execute(
            b"INSERT INTO sync_edited (letter, edited_at, sealed) VALUES (%s, %s, %s)",
            [edited.letter, edited.edited_at, sealer.seal(edited.letter, edited.value, _EDITED)],
        )


def opened_record(sealer: Sealer, letter: UUID, sealed: bytes) -> ParkedContent:
    """The value, key and headers of a parked message; empty ones if they were erased, its key with them."""
    if not sealed:  # a key ring that knew the key before the erasure may know it still
        return b"", None, ()
    try:
        opened = sealer.open(letter, sealed, _PARKED)
    except KeyDestroyed:
        return b"", None, ()
    content: ParkedContent = msgspec.msgpack.decode(opened, type=ParkedContent)
    return content


def opened_edit(sealer: Sealer, letter: UUID, sealed: bytes) -> bytes:
    """The edited bytes of a parked message; none if its key was destroyed."""
    try:
        return sealer.open(letter, sealed, _EDITED)
    except KeyDestroyed:
        return b""


def count_flows(cursor: psycopg.Cursor[Any], work: Work) -> None:
    """Count what was received: ever, by quarter-hour and by minute of recording, so that nobody has to count rows.

    The counters stand or fall with the rows that they count.
    """
    if not work.flows:
        return
    columns: dict[str, object] = {name: [getattr(flow, name) for flow in work.flows] for name in Flow.__struct_fields__}
    cursor.execute(_COUNT_FLOWS, columns | {"at": work.recorded_at})


def verify_versions(cursor: psycopg.Cursor[Any], relied_on: Mapping[UUID, int]) -> None:
    """Raise Conflict if a stream that was only read has moved on; under the lock nobody can move it any more."""
    if not relied_on:
        return
    cursor.execute(
        b"SELECT EXISTS (SELECT FROM unnest(%s::uuid[], %s::bigint[]) AS read (stream, version)"
        b" JOIN sync_events ON originator_id = stream AND originator_version = version + 1)",
        [Ids(relied_on), list(relied_on.values())],
    )
    row = cursor.fetchone()
    if row is None or row[0]:
        raise Conflict


def move_places(cursor: psycopg.Cursor[Any], work: Work) -> None:
    """Move the places on from where they are expected to stand; whoever stood elsewhere is not the owner any more."""
    known = [move for move in work.moves if move.expected is not None]
    if known:
        cursor.execute(_MOVE_PLACES, {name: [getattr(move, name) for move in known] for name in Move.__struct_fields__})
        if cursor.rowcount != len(known):
            raise Conflict
    for move in work.moves:
        if move.expected is None:
            cursor.execute(
                b"INSERT INTO sync_places VALUES (%s, %s, %s, %s, clock_timestamp())",
                [move.place, move.next_offset, move.received, move.repeats],
            )
