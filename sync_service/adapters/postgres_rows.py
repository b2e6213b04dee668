"""What a transaction writes beside the events: messages, parked bytes, places; and the check of what it relied on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from sync_service.aggregates.dead_letter import Retried
from sync_service.event_store import Conflict

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    import psycopg

    from sync_service.event_store import Work


def insert_messages(cursor: psycopg.Cursor[Any], work: Work) -> None:
    """Store that messages are stored; a message that somebody else stored meanwhile is a conflict."""
    if not work.messages:
        return
    with cursor.copy(b"COPY sync_messages FROM STDIN (FORMAT BINARY)") as copy:
        copy.set_types(("uuid", "uuid", "bool"))
        for message in sorted(work.messages, key=lambda message: message.key):  # sorted: writers lock in one order
            copy.write_row((message.key, message.content, message.refused))


def insert_parked(cursor: psycopg.Cursor[Any], work: Work) -> None:
    """Store the bytes of parked messages, and which of them were retried with success."""
    for parked in sorted(work.parked, key=lambda parked: parked.letter):
        record = parked.record
        cursor.execute(
            b'INSERT INTO sync_parked (letter, message, parked_at, topic, place, "offset", next_offset, key, headers,'
            b" value) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [
                parked.letter,
                parked.message,
                parked.parked_at,
                record.topic,
                record.place,
                record.offset,
                record.next_offset,
                record.key,
                msgspec.msgpack.encode(record.headers),
                record.value,
            ],
        )
    retried = [event.stream for event in work.events if isinstance(event.fact, Retried)]
    if retried:
        cursor.execute(b"UPDATE sync_parked SET retried = true WHERE letter = ANY(%s)", [retried])


def verify_versions(cursor: psycopg.Cursor[Any], relied_on: Mapping[UUID, int]) -> None:
    """Raise Conflict if a stream that was only read has moved on; under the lock nobody can move it any more."""
    if not relied_on:
        return
    cursor.execute(
        b"SELECT EXISTS (SELECT FROM unnest(%s::uuid[], %s::bigint[]) AS read (stream, version)"
        b" JOIN sync_events ON originator_id = stream AND originator_version = version + 1)",
        [list(relied_on), list(relied_on.values())],
    )
    row = cursor.fetchone()
    if row is None or row[0]:
        raise Conflict


def move_places(cursor: psycopg.Cursor[Any], work: Work) -> None:
    """Move the places on from where they are expected to stand; whoever stood elsewhere is not the owner any more."""
    for move in work.moves:
        if move.expected is None:
            cursor.execute(
                b"INSERT INTO sync_places VALUES (%s, %s, %s, %s, clock_timestamp())",
                [move.place, move.next_offset, move.received, move.repeats],
            )
            continue
        cursor.execute(
            b"UPDATE sync_places SET next_offset = %s, received = received + %s, repeats = repeats + %s,"
            b" moved_at = clock_timestamp() WHERE place = %s AND next_offset = %s",
            [move.next_offset, move.received, move.repeats, move.place, move.expected],
        )
        if cursor.rowcount != 1:
            raise Conflict
