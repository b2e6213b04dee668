"""The generations of views on PostgreSQL: each has a schema of its own, and a row that says what it is for."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import msgspec
from psycopg import errors
from psycopg.sql import SQL, Literal

from sync_service.adapters import view_sql
from sync_service.adapters.postgres_database import MIGRATION_LOCK
from sync_service.adapters.sealed_rows import SealedRows
from sync_service.adapters.view_comparison import compare
from sync_service.projections.view_store import Generation, GenerationState, ViewMoved

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    import psycopg

    from sync_service.adapters.postgres_database import Database
    from sync_service.projections.comparing import Comparison
    from sync_service.projections.view import Row, Table, View

    Follow = Callable[[Generation], Generation]

COUNTED_MAX = 100_000
"""Tables of up to so many rows are counted; how many rows larger ones have is taken from the server's statistics."""

_REGISTRY = b"SELECT view, generation, state, position, moved_at FROM sync_views "


class Size(msgspec.Struct, frozen=True):
    """How many rows a generation has; `is_exact` if they were counted."""

    rows: int
    is_exact: bool


class PostgresGenerations:
    """Makes, compares, switches and drops generations."""

    def __init__(self, database: Database, views: Iterable[View]) -> None:
        self._db = database
        self._views = {view.name: view for view in views}
        self._keys = database.keys
        self._rows = {
            (view.name, table.name): SealedRows(view, table, self._keys)
            for view in self._views.values()
            for table in view.tables
        }

    def migrate(self) -> None:
        """Make the first generation of views that have none, and make those anew whose tables have another shape now.

        Safe to run again and by several processes at once. What is made anew is filled from the log as any view is.
        """
        if self._shapes() == {view.name: view_sql.shape_of(view) for view in self._views.values()}:
            return
        with self._db.transaction() as cursor:
            cursor.execute(b"SELECT pg_advisory_xact_lock(%d)" % MIGRATION_LOCK)
            known = self._shapes()
            for view in self._views.values():
                if known.get(view.name) != view_sql.shape_of(view):
                    newest = self._newest(cursor, view.name)
                    for state in GenerationState:
                        self._remove(cursor, view.name, state)
                    self._create(cursor, view, newest + 1, GenerationState.LIVE)

    def names(self) -> list[str]:
        """The names of the views."""
        return list(self._views)

    def live(self, view: str) -> Generation:
        """The generation that readers use."""
        with self._db.cursor() as cursor:
            return generation_in(cursor, view, GenerationState.LIVE)

    def generations(self) -> list[Generation]:
        """All generations of all views."""
        with self._db.cursor() as cursor:
            cursor.execute(_REGISTRY + b"ORDER BY view, generation")
            return [_read(row) for row in cursor]

    def other(self, view: str, state: GenerationState) -> Generation | None:
        """The generation in a state other than live, if there is one."""
        return next((g for g in self.generations() if g.view == view and g.state is state), None)

    def begin(self, view: str, state: GenerationState) -> Generation:
        """Make an empty generation beside the live one; what was left half done in the same state is dropped."""
        with self._db.transaction() as cursor:
            self._remove(cursor, view, state)
            return self._create(cursor, self._views[view], self._newest(cursor, view) + 1, state)

    def compare_at_rest(self, view: str, follow: Follow) -> Comparison:
        """Hold the live generation while `follow` brings another to its position, then compare the two as of then.

        The live generation moves on as soon as the snapshot is taken; the comparison itself holds nobody up.
        """
        with self._db.transaction() as snapshot:
            snapshot.execute(b"SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            with self._db.transaction() as holding:
                live = _held(holding, view)
                other = follow(live)
                snapshot.execute(b"SELECT 1 FROM sync_views LIMIT 1")
            with existing_only():
                return compare(snapshot, self._views[view], live, other, self._opened)

    def switch(self, view: str, to: GenerationState, follow: Follow) -> None:
        """Hold the live generation while `follow` brings another to its position, and make that one the live one.

        One transaction. What was live becomes the previous generation; the one that was previous is dropped. Raises
        ViewMoved if there is no generation in that state, or if it stands behind all the same.
        """
        with self._db.transaction() as cursor:
            live = _held(cursor, view)
            follow(live)
            other = generation_in(cursor, view, to)
            if other.position < live.position:
                raise ViewMoved
            if to is not GenerationState.PREVIOUS:
                self._remove(cursor, view, GenerationState.PREVIOUS)
            set_state = b"UPDATE sync_views SET state = %s WHERE view = %s AND generation = %s"
            for number, state in (
                (other.number, "switching"),
                (live.number, GenerationState.PREVIOUS.value),
                (other.number, GenerationState.LIVE.value),
            ):
                cursor.execute(set_state, [state, view, number])

    def discard(self, view: str, state: GenerationState) -> None:
        """Drop a generation that is not live."""
        with self._db.transaction() as cursor:
            self._remove(cursor, view, state)

    def tally(self, generation: Generation) -> tuple[int, str]:
        """How many rows a generation has, and a digest that is equal for equal rows."""
        parts = SQL(" UNION ALL ").join(
            SQL("SELECT {} || ' ' || t::text AS row FROM {} AS t").format(
                Literal(table.name), view_sql.place_of(generation, table)
            )
            for table in self._views[generation.view].tables
        )
        with existing_only(), self._db.cursor() as cursor:
            cursor.execute(
                SQL(
                    "SELECT count(*), md5(concat(count(*), ' ', coalesce(sum(hashtextextended(row, 0)::numeric), 0),"
                    " ' ', coalesce(sum(hashtextextended(row, 1)::numeric), 0))) FROM ({}) AS rows"
                ).format(parts)
            )
            row = cursor.fetchone() or (0, "")
            return int(row[0]), str(row[1])

    def sizes(self) -> dict[tuple[str, int], Size]:
        """How many rows each generation has, by view and number: counted if they are few, else about."""
        return {(one.view, one.number): self._size(one) for one in self.generations() if one.view in self._views}

    def _size(self, generation: Generation) -> Size:
        counted: list[tuple[int, bool]] = []
        with self._db.cursor() as cursor:
            for table in self._views[generation.view].tables:
                place = view_sql.place_of(generation, table)
                try:
                    cursor.execute(
                        SQL(
                            "SELECT counted, (SELECT greatest(reltuples::bigint, counted) FROM pg_class"
                            " WHERE oid = {}::regclass) FROM (SELECT count(*) AS counted FROM"
                            " (SELECT FROM {} LIMIT {}) AS few) AS few"
                        ).format(Literal(place.as_string(cursor)), place, COUNTED_MAX)
                    )
                except (errors.UndefinedTable, errors.InvalidSchemaName):  # dropped meanwhile
                    return Size(0, is_exact=False)
                few, estimated = cursor.fetchone() or (0, 0)
                counted.append((few, True) if few < COUNTED_MAX else (estimated, False))
        return Size(sum(rows for rows, _ in counted), is_exact=all(is_exact for _, is_exact in counted))

    def _shapes(self) -> dict[str, str]:
        with self._db.cursor() as cursor:
            cursor.execute(b"SELECT view, shape FROM sync_views WHERE state = 'live'")
            return dict(cursor.fetchall())

    def _newest(self, cursor: psycopg.Cursor[Any], view: str) -> int:
        cursor.execute(b"SELECT coalesce(max(generation), 0) FROM sync_views WHERE view = %s", [view])
        row = cursor.fetchone()
        return int(row[0]) if row else 0

    def _create(self, cursor: psycopg.Cursor[Any], view: View, number: int, state: GenerationState) -> Generation:
        cursor.execute(
            b"INSERT INTO sync_views (view, generation, shape, state, position, moved_at)"
            b" VALUES (%s, %s, %s, %s, 0, clock_timestamp())"
            b" RETURNING view, generation, state, position, moved_at",
            [view.name, number, view_sql.shape_of(view), state.value],
        )
        generation = _read(cursor.fetchone() or ())
        for statement in view_sql.create(view, generation):
            cursor.execute(statement)
        return generation

    def _remove(self, cursor: psycopg.Cursor[Any], view: str, state: GenerationState) -> None:
        """Drop it: its row is locked first, as whoever writes rows does, so that the two never wait for each other."""
        cursor.execute(_REGISTRY + b"WHERE view = %s AND state = %s FOR UPDATE", [view, state.value])
        for generation in [_read(row) for row in cursor.fetchall()]:
            cursor.execute(view_sql.drop(generation))
            cursor.execute(b"DELETE FROM sync_views WHERE view = %s AND generation = %s", [view, generation.number])

    def _opened(self, view: str, table: str, stored: Sequence[Sequence[Any]]) -> list[Row]:
        """The rows that are stored, with their owners' keys fetched at once."""
        rows = self._rows[view, table]
        self._keys.fetch(rows.owners(stored))
        return list(rows.rows(stored))

    def _table(self, view: str, name: str) -> Table:
        return next(table for table in self._views[view].tables if table.name == name)


@contextmanager
def existing_only() -> Iterator[None]:
    """Take tables that are not there for a generation that was dropped meanwhile: raises ViewMoved."""
    try:
        yield
    except (errors.UndefinedTable, errors.InvalidSchemaName) as error:
        raise ViewMoved from error


def generation_in(cursor: psycopg.Cursor[Any], view: str, state: GenerationState) -> Generation:
    """The generation in a state, as the cursor's transaction sees it; raises ViewMoved if there is none."""
    cursor.execute(_REGISTRY + b"WHERE view = %s AND state = %s", [view, state.value])
    row = cursor.fetchone()
    if row is None:
        raise ViewMoved
    return _read(row)


def move(cursor: psycopg.Cursor[Any], generation: Generation, position: int) -> None:
    """Let a generation stand at another position; raises ViewMoved if it is not where and what it was."""
    cursor.execute(
        b"UPDATE sync_views SET position = %s, moved_at = clock_timestamp()"
        b" WHERE view = %s AND generation = %s AND state = %s AND position = %s",
        [position, generation.view, generation.number, generation.state.value, generation.position],
    )
    if cursor.rowcount != 1:
        raise ViewMoved


def hold(cursor: psycopg.Cursor[Any], generation: Generation) -> None:
    """Keep a generation where and what it is until the transaction ends, together with others who do; or ViewMoved."""
    cursor.execute(
        b"SELECT FROM sync_views WHERE view = %s AND generation = %s AND state = %s AND position = %s FOR SHARE",
        [generation.view, generation.number, generation.state.value, generation.position],
    )
    if cursor.rowcount != 1:
        raise ViewMoved


def _held(cursor: psycopg.Cursor[Any], view: str) -> Generation:
    """The live generation, held where it is until the transaction ends."""
    cursor.execute(_REGISTRY + b"WHERE view = %s AND state = 'live' FOR UPDATE", [view])
    row = cursor.fetchone()
    if row is None:
        raise ViewMoved
    return _read(row)


def _read(row: Sequence[Any]) -> Generation:
    view, number, state, position, moved_at = row
    return Generation(view, number, GenerationState(state), position, moved_at)
