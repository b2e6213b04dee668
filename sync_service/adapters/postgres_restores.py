"""What a restored store knows of what happened after its backup, on PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sync_service.adapters.postgres_database import MIGRATION_LOCK, Database, statements
from sync_service.resumption import Restored

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from uuid import UUID

    import psycopg

    from sync_service.resumption import Tail


_KEEP_SENT = (
    b"INSERT INTO sync_sent AS old SELECT identity, count(*) FROM sent_now GROUP BY identity"
    b" ON CONFLICT (identity) DO UPDATE SET copies = old.copies + excluded.copies"
)
_GO_ON_BEHIND = (
    b"SELECT setval('sync_events_notification_id_seq', greatest(last_value, %s), is_called OR last_value < %s)"
    b" FROM sync_events_notification_id_seq"
)


class PostgresRestores:
    """Fits RestoreBook and SentBook."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._is_settled = False

    def migrate(self) -> None:
        """Make the tables that are not there; safe to run again and by several processes at once."""
        with self._db.cursor() as cursor:
            cursor.execute(b"SELECT to_regclass('sync_sent') IS NOT NULL")
            if _value(cursor):
                return
        with self._db.transaction() as cursor:
            cursor.execute(b"SELECT pg_advisory_xact_lock(%d)" % MIGRATION_LOCK)
            with cursor.connection.cursor() as plain:
                plain.execute(statements("restores.sql"))

    def restored(self) -> Restored | None:
        """The latest restore, if what had come meanwhile is not yet read again."""
        with self._db.cursor() as cursor:
            cursor.execute(
                b"SELECT number, taken_at, published, learned_at IS NOT NULL FROM sync_restores"
                b" WHERE caught_up_at IS NULL ORDER BY number DESC LIMIT 1"
            )
            row = cursor.fetchone()
        return Restored(*row) if row else None

    def learn(self, restored: Restored, identities: Iterable[UUID], tail: Tail) -> int:
        """Keep which messages went out, and that the log goes on behind the last of them."""
        kept = 0
        with self._db.transaction() as cursor:
            cursor.execute(b"CREATE TEMP TABLE sent_now (identity uuid) ON COMMIT DROP")
            with cursor.copy(b"COPY sent_now FROM STDIN (FORMAT BINARY)") as copy:
                copy.set_types(("uuid",))
                for kept, identity in enumerate(identities, start=1):  # noqa: B007 - counts them
                    copy.write_row((identity,))
            cursor.execute(_KEEP_SENT)
            cursor.execute(_GO_ON_BEHIND, [tail.newest, tail.newest])
            cursor.execute(
                b"UPDATE sync_restores SET learned_at = clock_timestamp(), lift = %s WHERE number = %s",
                [tail.revision, restored.number],
            )
        return kept

    def caught_up(self, restored: Restored) -> None:
        """All that had come is read again, also for restores before this one."""
        with self._db.cursor() as cursor:
            cursor.execute(
                b"UPDATE sync_restores SET caught_up_at = clock_timestamp()"
                b" WHERE number <= %s AND caught_up_at IS NULL",
                [restored.number],
            )

    def is_settled(self) -> bool:
        """Whether there is no restore that has not caught up; it is asked no more once that is so."""
        if not self._is_settled:
            with self._db.cursor() as cursor:
                cursor.execute(b"SELECT NOT EXISTS (SELECT FROM sync_restores WHERE settled_at IS NULL)")
                self._is_settled = bool(_value(cursor))
        return self._is_settled

    def lift(self) -> int:
        """How much higher revisions on the wire are than in the log."""
        with self._db.cursor() as cursor:
            cursor.execute(b"SELECT coalesce(max(lift), 0) FROM sync_restores")
            return int(_value(cursor))

    def counted(self, identities: Collection[UUID]) -> dict[UUID, int]:
        """How many copies of these messages have held back none yet."""
        with self._db.cursor() as cursor:
            cursor.execute(b"SELECT identity, copies FROM sync_sent WHERE identity = ANY(%s)", [list(identities)])
            return dict(cursor.fetchall())

    def strike(self, identities: Mapping[UUID, int]) -> None:
        """So many copies have held back one each."""
        with self._db.cursor() as cursor:
            cursor.execute(
                b"UPDATE sync_sent SET copies = copies - struck.count"
                b" FROM unnest(%s::uuid[], %s::int[]) AS struck (identity, count)"
                b" WHERE sync_sent.identity = struck.identity",
                [list(identities), list(identities.values())],
            )

    def has_caught_up(self) -> bool:
        """Whether everything that had come by the time of the restore is stored again."""
        return self.restored() is None

    def settle(self) -> int:
        """Hold nothing back any more."""
        with self._db.transaction() as cursor:
            cursor.execute(b"SELECT coalesce(sum(copies), 0)::bigint FROM sync_sent")
            left = int(_value(cursor))
            cursor.execute(b"DELETE FROM sync_sent")
            cursor.execute(b"UPDATE sync_restores SET settled_at = clock_timestamp() WHERE settled_at IS NULL")
            return left


def _value(cursor: psycopg.Cursor[Any]) -> Any:  # noqa: ANN401 - whatever the statement gives
    row = cursor.fetchone()
    return row[0] if row else None
