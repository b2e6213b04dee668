"""Sessions and one-time links on PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sync_service.access import Role, Visitor
from sync_service.adapters.postgres_database import MIGRATION_LOCK, Database, statements
from sync_service.signing_in import Kept, Link

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

_BEGIN: Final = b"INSERT INTO sync_sessions VALUES (%s, %s, %s, %s, %s, %s, %s, %s)"
_FIND: Final = (
    b"SELECT subject, name, roles, made_at, seen_at, expires_at, case_number FROM sync_sessions WHERE key = %s"
)
_OFFER: Final = b"INSERT INTO sync_sign_in_links VALUES (%s, %s, %s, %s, %s)"
_TAKE: Final = b"DELETE FROM sync_sign_in_links WHERE key = %s RETURNING subject, name, roles, expires_at"


class PostgresSessions:
    """Keeps sessions and links; fits SessionBook."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def migrate(self) -> None:
        """Make the tables that are not there; safe to run again and by several processes at once."""
        with self._db.cursor() as cursor:
            cursor.execute(b"SELECT to_regclass('sync_sign_in_links') IS NOT NULL")
            if (cursor.fetchone() or (False,))[0]:
                return
        with self._db.transaction() as cursor:
            cursor.execute(b"SELECT pg_advisory_xact_lock(%d)" % MIGRATION_LOCK)
            with cursor.connection.cursor() as plain:
                plain.execute(statements("sessions.sql"))

    def begin(self, key: bytes, session: Kept) -> None:
        """Keep a new session."""
        row = (key, *_columns(session.visitor), session.made_at, session.seen_at, session.expires_at, session.case)
        with self._db.cursor() as cursor:
            cursor.execute(_BEGIN, row)

    def find(self, key: bytes) -> Kept | None:
        """The session, None if there is none."""
        with self._db.cursor() as cursor:
            row = cursor.execute(_FIND, (key,)).fetchone()
        return None if row is None else Kept(_visitor(*row[:3]), *row[3:])

    def touch(self, key: bytes, at: datetime) -> None:
        """Note that it was used."""
        with self._db.cursor() as cursor:
            cursor.execute(b"UPDATE sync_sessions SET seen_at = %s WHERE key = %s AND seen_at < %s", (at, key, at))

    def keep_case(self, key: bytes, case: str | None) -> None:
        """Note which case it is for."""
        with self._db.cursor() as cursor:
            cursor.execute(b"UPDATE sync_sessions SET case_number = %s WHERE key = %s", (case, key))

    def end(self, key: bytes) -> None:
        """Forget it."""
        with self._db.cursor() as cursor:
            cursor.execute(b"DELETE FROM sync_sessions WHERE key = %s", (key,))

    def forget(self, now: datetime, unseen_since: datetime) -> None:
        """Drop what is over."""
        with self._db.cursor() as cursor:
            cursor.execute(b"DELETE FROM sync_sessions WHERE expires_at <= %s OR seen_at <= %s", (now, unseen_since))
            cursor.execute(b"DELETE FROM sync_sign_in_links WHERE expires_at <= %s", (now,))

    def offer(self, key: bytes, link: Link) -> None:
        """Keep a new link."""
        with self._db.cursor() as cursor:
            cursor.execute(_OFFER, (key, *_columns(link.visitor), link.expires_at))

    def take(self, key: bytes) -> Link | None:
        """The link, which is gone from then on: the row is deleted by one only."""
        with self._db.cursor() as cursor:
            row = cursor.execute(_TAKE, (key,)).fetchone()
        return None if row is None else Link(_visitor(*row[:3]), row[3])


def _columns(visitor: Visitor) -> tuple[str, str, list[str]]:
    return visitor.subject, visitor.name, sorted(role.value for role in visitor.roles)


def _visitor(subject: str, name: str, roles: Iterable[str]) -> Visitor:
    """Whom a row speaks of; a role that this version does not know gives no right."""
    return Visitor(subject, name, frozenset(Role(role) for role in roles if role in list(Role)))
