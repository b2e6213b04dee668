"""One moment of everything that a store keeps, copied out of PostgreSQL while the service runs on.

Rows go out as they stand, in COPY's binary form, on a connection of its own: what is sealed stays sealed, and hidden
ids stay hidden. So a backup is of use only together with the master key, which is not in it.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import psycopg
from psycopg import IsolationLevel
from psycopg.sql import SQL, Composed, Identifier

from sync_service.backups.manifest import Column, TableShape
from sync_service.publishing import FOLLOWER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync_service.backups.manifest import Sink

LEFT_OUT: Final = re.compile(r"sync_(views|parts|source_ends)|sync_(session|sign_in|rate|limit).*")
"""Tables that no backup holds: views are made anew from the events, heartbeats and where sources ended are of the
moment, and nobody who was signed in then is signed in by a restore."""

_TABLES: Final = (
    b"SELECT relname, attname, format_type(atttypid, atttypmod) FROM pg_class"
    b" JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped AND attgenerated = ''"
    b" WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition"
    b" AND starts_with(relname, 'sync_') ORDER BY relname, attnum"
)


class PostgresSnapshot:
    """What a store keeps, as of one transaction; fits Snapshot."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        (found,) = connection.execute(
            b"SELECT now(), current_setting('server_version'),"
            b" (SELECT coalesce(max(notification_id), 0) FROM sync_events),"
            b" coalesce((SELECT position FROM sync_followers WHERE follower = %s), 0)",
            [FOLLOWER],
        ).fetchall()
        self.taken_at, self.server, self.head, self.published = found

    def tables(self) -> list[TableShape]:
        """The tables that are kept: whatever table of ours there is, unless it is left out on purpose."""
        return kept_tables(self._connection)

    def copy(self, table: TableShape, sink: Sink) -> int:
        """Write a table's rows."""
        with self._connection.cursor() as cursor:
            with cursor.copy(SQL("COPY {} TO STDOUT (FORMAT BINARY)").format(place_of(table))) as copy:
                for piece in copy:
                    sink.write(bytes(piece))
            return cursor.rowcount


@contextmanager
def snapshot(conninfo: str) -> Iterator[PostgresSnapshot]:
    """Everything as it is at this moment, until the context ends."""
    with psycopg.connect(conninfo, application_name="sync-service backup") as connection:
        connection.isolation_level = IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        yield PostgresSnapshot(connection)


def kept_tables(connection: psycopg.Connection[Any]) -> list[TableShape]:
    """The tables that a backup holds, with their columns."""
    found: dict[str, list[Column]] = {}
    for table, name, kind in connection.execute(_TABLES):
        if not LEFT_OUT.fullmatch(table):
            found.setdefault(table, []).append(Column(name, kind))
    return [TableShape(table, tuple(columns)) for table, columns in found.items()]


def place_of(table: TableShape) -> Composed:
    """A table with those of its columns that are kept, as COPY names them."""
    columns = SQL(", ").join(Identifier(column.name) for column in table.columns)
    return SQL("{} ({})").format(Identifier(table.name), columns)
