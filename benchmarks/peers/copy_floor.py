"""The floor under receiving: binary COPY of the very rows that our store wrote, with the same lock and positions.

Nothing is decoded, decided, sealed or looked up: blocks of rows that lie in memory go to the server, batch by batch, in
transactions with the same lock, notification and position as ours. It leaves out the counters (`sync_flows`) and the
checks of what was relied on.
"""

from __future__ import annotations

import struct
import time
from typing import TYPE_CHECKING, Any, Final

import psycopg

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

BEFORE_THE_LOCK: Final = ("sync_messages",)
UNDER_THE_LOCK: Final = ("sync_keys", "sync_events", "sync_transactions")
"""The tables that a transaction adds rows to, in the order in which it does."""

_HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_TRAILER = b"\xff\xff"
_POSITION = (
    "UPDATE sync_places SET next_offset = next_offset + {0}, received = received + {0}, moved_at = clock_timestamp()"
)


class Floor:
    """Copies what our service wrote into a copy of its database, some turns later but in the same order."""

    def __init__(self, ours: str, twin: str, records_each: int) -> None:
        self._watcher, self._twin = Watcher(ours), Twin(twin)
        self._records_each = records_each
        self._waiting: list[Blocks] = []

    def rate(self, messages: int) -> float:
        """Write the rows of so many messages; messages a second, the repeats counted as they were for us."""
        self._waiting += self._watcher.written()
        count = -(-messages // self._records_each)
        batches, self._waiting = self._waiting[:count], self._waiting[count:]
        began = time.perf_counter()
        self._twin.copy(batches, self._records_each)
        return messages / (time.perf_counter() - began)

    def close(self) -> None:
        """Close the connections."""
        self._watcher.close()
        self._twin.close()


Blocks = dict[str, bytes]
"""The rows of one transaction, as blocks that COPY takes, by table."""


class Twin:
    """A database with the same tables, indexes and earlier rows as ours, into which the same rows are copied."""

    def __init__(self, conninfo: str) -> None:
        self._connection = psycopg.connect(conninfo, autocommit=True)
        self._columns = {table: _columns(self._connection, table) for table in (*BEFORE_THE_LOCK, *UNDER_THE_LOCK)}

    def copy(self, batches: Iterable[Blocks], records_each: int) -> None:
        """Write batches, each in a transaction of its own, with as few round trips as there can be."""
        with self._connection.cursor() as cursor:
            for batch in batches:
                cursor.execute(b"BEGIN")
                self._add(cursor, batch, BEFORE_THE_LOCK)
                cursor.execute(b"LOCK TABLE sync_events IN EXCLUSIVE MODE; NOTIFY sync_events")
                self._add(cursor, batch, UNDER_THE_LOCK)
                cursor.execute(f"{_POSITION.format(records_each)}; COMMIT".encode())

    def _add(self, cursor: psycopg.Cursor[Any], batch: Blocks, tables: Iterable[str]) -> None:
        for table in tables:
            if table in batch:
                statement = f"COPY {table} ({self._columns[table]}) FROM STDIN (FORMAT BINARY)"
                with cursor.copy(statement.encode()) as copy:
                    copy.write(batch[table])

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


class Watcher:
    """Reads from our database which rows each transaction has written since the last look."""

    def __init__(self, conninfo: str) -> None:
        self._connection = psycopg.connect(conninfo, autocommit=True)
        self._seen = self._transaction_now()

    def written(self) -> list[Blocks]:
        """The rows of every transaction since, in order."""
        batches: dict[bytes, Blocks] = {}
        for table in (*BEFORE_THE_LOCK, *UNDER_THE_LOCK):
            rows_of: dict[bytes, list[Sequence[bytes | None]]] = {}
            for transaction, *row in self._rows_since(table):
                rows_of.setdefault(transaction or b"", []).append(row)
            for transaction, rows in rows_of.items():
                batches.setdefault(transaction, {})[table] = block(rows)
        self._seen = self._transaction_now()
        return [batches[transaction] for transaction in sorted(batches, key=int)]

    def _rows_since(self, table: str) -> Iterator[list[bytes | None]]:
        """The rows as PostgreSQL writes them, each after the number of its transaction."""
        order = "notification_id" if table == "sync_events" else "ctid"
        columns = _columns(self._connection, table)
        query = (
            f"SELECT xmin::text, {columns} FROM {table}"  # noqa: S608 - our own names
            f" WHERE xmin::text::bigint > {self._seen} ORDER BY {order}"
        )
        with self._connection.cursor(binary=True) as cursor:
            found = cursor.execute(query.encode()).pgresult
            if found is None:
                return
            for row in range(found.ntuples):
                yield [found.get_value(row, column) for column in range(found.nfields)]

    def _transaction_now(self) -> int:
        with self._connection.cursor() as cursor:
            [number] = cursor.execute(b"SELECT pg_current_xact_id()::text").fetchone() or ("0",)
        return int(number)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


def block(rows: Iterable[Sequence[bytes | None]]) -> bytes:
    """Rows in the binary format of COPY."""
    parts = [_HEADER]
    for row in rows:
        parts.append(struct.pack("!h", len(row)))
        for value in row:
            parts += [struct.pack("!i", -1)] if value is None else [struct.pack("!i", len(value)), value]
    return b"".join((*parts, _TRAILER))


def _columns(connection: psycopg.Connection[Any], table: str) -> str:
    """The columns that are written: all but those that the server numbers by itself."""
    query = (
        b"SELECT string_agg(quote_ident(column_name), ', ' ORDER BY ordinal_position) FROM information_schema.columns"
        b" WHERE table_name = %s AND table_schema = current_schema()"
        b" AND coalesce(column_default, '') NOT LIKE 'nextval%%' AND is_identity = 'NO'"
    )
    [columns] = connection.execute(query, [table]).fetchone() or ("",)
    return str(columns)
