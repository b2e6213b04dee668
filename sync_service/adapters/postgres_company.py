"""What a PostgreSQL store tells of all its writers."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from sync_service.company import MISSED_EVENTS_MAX

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from uuid import UUID

    from sync_service.adapters.postgres_database import Database

TURN_LOCK: Final = 727_274
"""The advisory lock that is held in one's turn; it is freed with its transaction, whatever ends that."""


class PostgresCompany:
    """Fits Others."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def written_after(self, position: int) -> tuple[Mapping[UUID, int], int]:
        """The newest versions of the streams that were written after a position, and the log's head."""
        with self._db.cursor() as cursor:
            head = (cursor.execute(b"SELECT coalesce(max(notification_id), 0) FROM sync_events").fetchone() or (0,))[0]
            if not 0 < head - position <= MISSED_EVENTS_MAX:
                return {}, head
            cursor.execute(
                b"SELECT originator_id, max(originator_version) FROM sync_events"
                b" WHERE notification_id > %s AND notification_id <= %s GROUP BY originator_id",
                [position, head],
            )
            return dict(cursor.fetchall()), head

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Hold the lock; what is stored meanwhile goes by connections of its own."""
        with self._db.transaction() as cursor:
            cursor.execute(b"SELECT pg_advisory_xact_lock(%s)", [TURN_LOCK])
            yield
