"""What processes tell each other through PostgreSQL: that there is news in the log, and who leads."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any
from zlib import crc32

import psycopg
import structlog

from sync_service import working
from sync_service.adapters.postgres_database import has_word
from sync_service.adapters.postgres_store import EVENTS_TABLE

if TYPE_CHECKING:
    from sync_service.adapters.postgres_database import Database

log = structlog.get_logger(__name__)

LOCK_SPACE = 727_270
RETRY_S = 1.0
ASK_S = 1.0
"""How long a leader goes on without asking the server, while the connection that holds its lock stays silent."""


class News:
    """Waits until the log has grown, or for a while: a lost notification costs no more than the timeout."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._connection: psycopg.Connection[Any] | None = None

    def wait(self, timeout_s: float) -> None:
        """Return when events were stored, or after so many seconds."""
        try:
            if self._connection is None:
                self._connection = self._db.connect()
                self._connection.execute(f"LISTEN {EVENTS_TABLE}".encode())
                return  # what came before we listened is found by looking
            for _ in self._connection.notifies(timeout=timeout_s, stop_after=1):
                return
        except psycopg.Error:
            self.close()
            time.sleep(min(timeout_s, RETRY_S))

    def close(self) -> None:
        """Stop listening."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class Leadership:
    """One process at a time leads in a role; the lock is freed with the connection, whatever ends it."""

    def __init__(self, database: Database, role: str) -> None:
        self._db = database
        self._role = role
        self._connection: psycopg.Connection[Any] | None = None
        self._asked_at = 0.0
        self._guard = threading.Lock()

    def is_held(self) -> bool:
        """Whether this process leads now; tries to become the leader if nobody is."""
        is_leader = self._lead()
        working.leads(is_leader=is_leader)
        return is_leader

    def _lead(self) -> bool:
        with self._guard:
            try:
                if self._connection is not None:
                    self._verify(self._connection)
                    return True
                connection = self._db.connect()
                row = connection.execute(
                    b"SELECT pg_try_advisory_lock(%s, %s)", [LOCK_SPACE, lock_number(self._role)]
                ).fetchone()
            except psycopg.Error:
                self._connection = None
                return False
            if row and next(iter(row.values())):
                self._connection, self._asked_at = connection, time.monotonic()
                log.info("leadership.taken", role=self._role)
                return True
            connection.close()
            return False

    def _verify(self, connection: psycopg.Connection[Any]) -> None:
        """See that the lock's connection lives: by a look before every batch, by a question when the last is old."""
        now = time.monotonic()
        if now - self._asked_at >= ASK_S or has_word(connection):
            connection.execute(b"SELECT 1")
            self._asked_at = now

    def close(self) -> None:
        """Let another process lead."""
        with self._guard:
            if self._connection is not None:
                self._connection.close()
                self._connection = None


def lock_number(role: str) -> int:
    """The advisory lock, in our space, of those who lead in a role."""
    return crc32(role.encode()) >> 1
