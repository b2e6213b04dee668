"""Views' rows on PostgreSQL: written with the position that they stand at, and read from the live generation."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

from psycopg.sql import SQL, Identifier

from sync_service.adapters import view_sql
from sync_service.adapters.postgres_fillings import PostgresFillings
from sync_service.adapters.postgres_generations import existing_only, generation_in, move
from sync_service.adapters.view_buffers import fill
from sync_service.projections.replica_ledger import REPLICAS
from sync_service.projections.view_store import GenerationState, Overdue, ViewMoved

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    import psycopg
    from psycopg.sql import Composed

    from sync_service.adapters.postgres_database import Database
    from sync_service.projections.view import Changes, Key, Row, Rows, Table, View
    from sync_service.projections.view_store import About, Generation, WrittenTo

READ_AGAIN_MAX: Final = 20
REPLICA_LEDGER: Final = "replica_ledger"
asked_of = itemgetter(*map(REPLICAS.names.index, ("owner", "portal", "activity_key", "asked")))
T = TypeVar("T")


class PostgresViews(PostgresFillings):
    """Keeps views' rows in PostgreSQL; fits ViewStore and RebuildableViews."""

    def __init__(self, database: Database, views: Iterable[View]) -> None:
        super().__init__(database, views)
        self._reading = threading.local()

    def existing(
        self, generation: Generation, owners: Collection[UUID], about: About | None = None
    ) -> dict[UUID, Rows]:
        """The rows that were made from these owners."""
        found: dict[UUID, dict[str, list[Row]]] = {}
        tables = self._views[generation.view].tables
        stored: dict[str, list[Any]] = {}
        with existing_only(), self._db.cursor() as cursor:
            for table in tables:
                query = SQL("SELECT * FROM {} WHERE owner = ANY(%s)").format(view_sql.place_of(generation, table))
                wanted: list[object] = [list(owners)]
                if about is not None and about.table == table.name:
                    query += SQL(" AND activity_id = ANY(%s)")
                    wanted.append(list(about.activity_ids))
                stored[table.name] = cursor.execute(query, wanted, binary=True).fetchall()
        for name, rows in stored.items():
            for row in self._opened(generation.view, name, rows):
                found.setdefault(cast("UUID", row[0]), {}).setdefault(name, []).append(row)
        return {
            owner: {table.name: table.by_key(rows[table.name]) for table in tables if table.name in rows}
            for owner, rows in found.items()
        }

    def owners_by_activity(self, generation: Generation, table: str, activity_ids: Collection[str]) -> set[UUID]:
        """The owners that have a row in the table with one of these activities."""
        place = view_sql.place_of(generation, self._table(generation.view, table))
        with existing_only(), self._db.cursor() as cursor:
            cursor.execute(
                SQL("SELECT DISTINCT owner FROM {} WHERE activity_id = ANY(%s)").format(place), [list(activity_ids)]
            )
            return {row[0] for row in cursor}

    def write(self, generations: Collection[Generation], changes: Iterable[WrittenTo], position: int) -> None:
        """Write the changes as they come and move each generation on, in one transaction."""
        with self._db.transaction() as cursor:
            for generation in sorted(generations, key=lambda generation: generation.view):
                move(cursor, generation, position)
            for part in changes:
                for generation, changed in part.items():
                    self._change(cursor, generation, changed)

    def mend(self, changes: Mapping[Generation, Changes]) -> None:
        """Write rows that were found to differ; raises ViewMoved if a view has moved on since they were compared."""
        with self._db.transaction() as cursor:
            for generation, changed in changes.items():
                move(cursor, generation, generation.position)
                self._change(cursor, generation, changed)

    def at_once(self, read: Callable[[], T]) -> T:
        """What `read` gives: all that it reads in this thread is of one moment, and of one generation of each view.

        It is called again if a generation that it was about to read has been dropped.
        """
        if self._snapshot_cursor() is not None:
            return read()
        for _ in range(READ_AGAIN_MAX):
            try:
                with self._snapshot():
                    return read()
            except ViewMoved:
                continue
        raise ViewMoved

    def find(self, view: str, table: str, **equals: object) -> list[dict[str, Any]]:
        """The live rows whose columns equal these values, in the order of the table's key.

        Raises LookupError for a column that is sealed: nothing is found by it.
        """
        known, rows = self._table(view, table), self._rows[view, table]
        where = SQL(" AND ").join([SQL("true"), *(SQL("{} = %s").format(Identifier(name)) for name in equals)])
        wanted = [rows.hashed(name, value) for name, value in equals.items()]

        def read() -> list[Row]:
            query = SQL("SELECT * FROM {} WHERE {}").format(self._live_place(view, table), where)
            return self._opened(view, table, self._cursor().execute(query, wanted, binary=True).fetchall())

        found = sorted(self.at_once(read), key=known.key_of)
        return [dict(zip(known.names, row, strict=True)) for row in found]

    def spread(self, view: str, table: str, *names: str) -> dict[Key, int]:
        """How many live rows have each combination of values in these columns."""
        columns = SQL(", ").join(map(Identifier, names))

        def read() -> dict[Key, int]:
            query = SQL("SELECT {0}, count(*) FROM {1} GROUP BY {0}").format(columns, self._live_place(view, table))
            return {tuple(values): count for *values, count in self._cursor().execute(query)}

        return self.at_once(read)

    def overdue(self, now: datetime, delays_s: Sequence[float], limit: int) -> list[Overdue]:
        """The waiting replicas that were asked for longest ago, if longer than the delay for so many askings."""

        def read() -> list[Overdue]:
            query = SQL(
                "SELECT * FROM {} WHERE is_waiting AND asked_at <= %s"
                " - make_interval(secs => (%s::float8[])[least(asked, %s)]) ORDER BY asked_at LIMIT %s"
            ).format(self._live_place(REPLICA_LEDGER, REPLICAS.name))
            stored = self._cursor().execute(query, [now, list(delays_s), len(delays_s), limit], binary=True).fetchall()
            return [Overdue(*asked_of(row)) for row in self._opened(REPLICA_LEDGER, REPLICAS.name, stored)]

        return self.at_once(read)

    def _live_place(self, view: str, table: str) -> Composed:
        live = generation_in(self._cursor(), view, GenerationState.LIVE)
        return view_sql.place_of(live, self._table(view, table))

    @contextmanager
    def _snapshot(self) -> Iterator[None]:
        with existing_only(), self._db.transaction() as cursor:
            cursor.execute(b"SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            self._reading.cursor = cursor
            try:
                yield
            finally:
                self._reading.cursor = None

    def _snapshot_cursor(self) -> psycopg.Cursor[Any] | None:
        cursor: psycopg.Cursor[Any] | None = getattr(self._reading, "cursor", None)
        return cursor

    def _cursor(self) -> psycopg.Cursor[Any]:
        """The cursor of the snapshot that this thread reads in."""
        cursor = self._snapshot_cursor()
        if cursor is None:
            raise RuntimeError("views are read within at_once")
        return cursor

    def _change(self, cursor: psycopg.Cursor[Any], generation: Generation, changed: Changes) -> None:
        if changed.cleared:
            for table in self._views[generation.view].tables:
                cursor.execute(view_sql.clear(generation, table), [list(changed.cleared)])
        for name, gone in changed.deletes.items():
            table = self._table(generation.view, name)
            sought = self._rows[generation.view, name].sought
            self._buffer(cursor, generation, table, (sought(owner, key) for owner, key in gone))
            cursor.execute(view_sql.delete(generation, table))
        for name, rows in changed.upserts.items():
            table = self._table(generation.view, name)
            sealed = self._rows[generation.view, name]
            self._keys.fetch(sealed.owners(rows))
            self._buffer(cursor, generation, table, sealed.stored(rows))
            cursor.execute(view_sql.upsert(generation, table))
        for name, counts in changed.adds.items():
            table = self._table(generation.view, name)
            self._buffer(cursor, generation, table, [(*key, count) for key, count in counts.items()])
            cursor.execute(view_sql.add(generation, table))

    def _buffer(
        self, cursor: psycopg.Cursor[Any], generation: Generation, table: Table, rows: Iterable[Sequence[object]]
    ) -> None:
        fill(cursor, generation, table, rows, self._keys.identifiers)
