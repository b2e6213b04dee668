"""The floor under a rebuild: a server-side cursor over the event rows, and binary COPY of the finished rows.

Nothing is opened, folded, judged or sealed. The event rows are fetched and let go; the rows that a rebuild of ours has
made lie in memory as Python values, and go row by row into tables of the same columns, keys and indexes. It leaves out
the tallies that triggers keep beside two views.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import psycopg
from psycopg.sql import SQL

from sync_service.adapters import view_sql
from sync_service.adapters.sealed_rows import stored_columns
from sync_service.projections.view_store import Generation, GenerationState

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sync_service.projections.view import Table, View

FETCHED: Final = 5_000
"""So many event rows come with each round trip."""

_NUMBER: Final = 1_000_000
"""The number of the floor's own generation, which no other has."""

_EVENTS: Final = b"SELECT originator_id, originator_version, topic, state, notification_id FROM sync_events ORDER BY 5"
_COPY_TYPES: Final = {
    "uuid": "uuid",
    "bytea": "bytea",
    "text": "text",
    "text[]": "text[]",
    "bigint": "int8",
    "boolean": "bool",
    "date": "date",
    "timestamptz": "timestamptz",
    "double precision": "float8",
    "double precision[]": "float8[]",
}


class RawRebuild:
    """Reads all events and writes all rows of views, with psycopg alone."""

    def __init__(self, conninfo: str, views: Iterable[View], live: Iterable[Generation]) -> None:
        self._connection = psycopg.connect(conninfo, autocommit=True)
        self._views = {view.name: view for view in views}
        self._rows = [
            (self._views[one.view], table, self._connection.execute(_all(one, table), binary=True).fetchall())
            for one in live
            for table in self._views[one.view].tables
        ]
        self.rows = sum(len(rows) for _, _, rows in self._rows)

    def prepare(self, at: datetime) -> None:
        """Make the empty tables."""
        for view in self._views.values():
            own = _own(view, at)
            self._connection.execute(view_sql.drop(own))
            for statement in view_sql.create(view, own):
                self._connection.execute(statement)
            for table in view.tables:
                self._connection.execute(
                    SQL("ALTER TABLE {} DISABLE TRIGGER USER").format(view_sql.place_of(own, table))
                )

    def run(self, at: datetime) -> int:
        """Read every event and write every row, in one transaction; how many events there were."""
        with self._connection.transaction():
            with self._connection.cursor("events", binary=True) as events:
                events.itersize = FETCHED
                count = sum(1 for _ in events.execute(_EVENTS))
            for view, table, rows in self._rows:
                self._copy(view_sql.place_of(_own(view, at), table).as_string(), table, rows)
        return count

    def _copy(self, place: str, table: Table, rows: Iterable[tuple[Any, ...]]) -> None:
        with (
            self._connection.cursor() as cursor,
            cursor.copy(f"COPY {place} FROM STDIN (FORMAT BINARY)".encode()) as copy,
        ):
            copy.set_types([_COPY_TYPES[column.type] for column in stored_columns(table)])
            for row in rows:
                copy.write_row(row)

    def close(self) -> None:
        """Drop the tables and close the connection."""
        with self._connection as connection:
            names = [f"view_{view}_{_NUMBER}" for view in self._views]
            for name in names:
                connection.execute(SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(SQL(name)))


def _own(view: View, at: datetime) -> Generation:
    return Generation(view.name, _NUMBER, GenerationState.CHECKING, 0, at)


def _all(generation: Generation, table: Table) -> Any:  # noqa: ANN401 - a composed statement
    return SQL("SELECT * FROM {}").format(view_sql.place_of(generation, table))
