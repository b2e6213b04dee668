"""What PostgreSQL holds of parked messages: their bytes, and the streams in which their reasons and decisions stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_service.adapters.hidden_ids import Ids
from sync_service.adapters.postgres_rows import opened_edit, opened_record
from sync_service.event_store import EditedBytes, ParkedBytes
from sync_service.messages.records import Record

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from uuid import UUID

    from sync_service.adapters.key_ring import KeyRing
    from sync_service.adapters.postgres_database import Database
    from sync_service.aggregates.aggregate import Event


class StoredLetters:
    """The part of the event store that speaks of parked messages."""

    _db: Database
    _keys: KeyRing

    def letters(self, messages: Collection[UUID]) -> dict[UUID, list[UUID]]:
        """The parked letters that carry these messages' keys."""
        found: dict[UUID, list[UUID]] = {}
        with self._db.cursor() as cursor:
            cursor.execute(
                b"SELECT message, letter FROM sync_parked WHERE message = ANY(%s) ORDER BY letter", [Ids(messages)]
            )
            for message, letter in cursor:
                found.setdefault(message, []).append(letter)
        return found

    def parked_bytes(self, letter: UUID) -> ParkedBytes | None:
        """The bytes of a parked message."""
        with self._db.cursor() as cursor:
            cursor.execute(
                b'SELECT message, parked_at, place, "offset", next_offset, topic, sealed'
                b" FROM sync_parked WHERE letter = %s",
                [letter],
            )
            row = cursor.fetchone()
        if row is None:
            return None
        message, parked_at, place, offset, next_offset, topic, sealed = row
        value, key, headers = opened_record(self._keys, letter, sealed)
        return ParkedBytes(letter, message, Record(value, place, offset, next_offset, key, headers, topic), parked_at)

    def edited_bytes(self, letter: UUID) -> EditedBytes | None:
        """What a parked message was applied as, if somebody had edited it."""
        with self._db.cursor() as cursor:
            cursor.execute(b"SELECT sealed, edited_at FROM sync_edited WHERE letter = %s", [letter])
            row = cursor.fetchone()
        return EditedBytes(letter, opened_edit(self._keys, letter, row[0]), row[1]) if row else None

    def letter_streams(self, *, waiting: bool = False, limit: int | None = None) -> list[list[Event]]:
        """The events of every parked message, or of those that wait for a decision, in order of arrival."""
        chosen = b" WHERE NOT decided" if waiting else b""
        found = self._letters(b"SELECT letter FROM sync_parked" + chosen + b" ORDER BY parked_at LIMIT %s", [limit])
        return sorted(found, key=_arrival)

    def latest_letters(self, skip: int, limit: int) -> list[list[Event]]:
        """The events of the parked messages that came last, the last one first."""
        query = b"SELECT letter FROM sync_parked ORDER BY parked_at DESC OFFSET %s LIMIT %s"
        return sorted(self._letters(query, [skip, limit]), key=_arrival, reverse=True)

    def letter_counts(self) -> tuple[int, int]:
        """How many parked messages wait for a decision, and how many there ever were."""
        with self._db.cursor() as cursor:
            cursor.execute(
                b"SELECT (SELECT count(*) FROM sync_parked WHERE NOT decided), (SELECT count(*) FROM sync_parked)"
            )
            waiting, every = cursor.fetchone() or (0, 0)
            return waiting, every

    def _letters(self, query: bytes, params: list[object]) -> Iterable[list[Event]]:
        with self._db.cursor() as cursor:
            cursor.execute(query, params)
            letters = [row[0] for row in cursor.fetchall()]
        return self.load(letters).values()

    def load(self, streams: Collection[UUID], until: int | None = None) -> dict[UUID, list[Event]]:
        """The events of these streams."""
        raise NotImplementedError


def _arrival(events: list[Event]) -> int:
    return events[0].position
