"""Views on PostgreSQL: every generation of a view has a schema of its own, and a row that says where it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from psycopg.rows import dict_row
from psycopg.sql import SQL, Identifier, Literal

from sync_service.adapters import view_sql
from sync_service.adapters.postgres_database import MIGRATION_LOCK
from sync_service.adapters.view_buffers import fill, key_row
from sync_service.projections.view_store import Comparison, Generation, GenerationState, Overdue, ViewMoved

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    import psycopg

    from sync_service.adapters.postgres_database import Database
    from sync_service.projections.view import Changes, Key, Row, Rows, Table, View
    from sync_service.projections.view_store import About, WrittenTo

EXAMPLES_MAX = 5
_REGISTRY = b"SELECT view, generation, state, position, moved_at FROM sync_views "


class PostgresViews:
    """Keeps views' rows in PostgreSQL; fits ViewStore."""

    def __init__(self, database: Database, views: Iterable[View]) -> None:
        self._db = database
        self._views = {view.name: view for view in views}

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

    def _shapes(self) -> dict[str, str]:
        with self._db.cursor() as cursor:
            cursor.execute(b"SELECT view, shape FROM sync_views WHERE state = 'live'")
            return dict(cursor.fetchall())

    def _newest(self, cursor: psycopg.Cursor[Any], view: str) -> int:
        cursor.execute(b"SELECT coalesce(max(generation), 0) FROM sync_views WHERE view = %s", [view])
        row = cursor.fetchone()
        return int(row[0]) if row else 0

    def names(self) -> list[str]:
        """The names of the views."""
        return list(self._views)

    def live(self, view: str) -> Generation:
        """The generation that readers use."""
        with self._db.cursor() as cursor:
            return _generation(cursor, view, GenerationState.LIVE)

    def generations(self) -> list[Generation]:
        """All generations of all views."""
        with self._db.cursor() as cursor:
            cursor.execute(_REGISTRY + b"ORDER BY view, generation")
            return [_read(row) for row in cursor]

    def existing(
        self, generation: Generation, owners: Collection[UUID], about: About | None = None
    ) -> dict[UUID, Rows]:
        """The rows that were made from these owners."""
        found: dict[UUID, dict[str, list[Row]]] = {}
        tables = self._views[generation.view].tables
        with self._db.cursor() as cursor:
            for table in tables:
                query = SQL("SELECT * FROM {} WHERE owner = ANY(%s)").format(view_sql.place_of(generation, table))
                wanted: list[object] = [list(owners)]
                if about is not None and about.table == table.name:
                    query += SQL(" AND activity_id = ANY(%s)")
                    wanted.append(list(about.activity_ids))
                for row in cursor.execute(query, wanted, binary=True).fetchall():
                    found.setdefault(row[0], {}).setdefault(table.name, []).append(row)
        return {
            owner: {table.name: table.by_key(rows[table.name]) for table in tables if table.name in rows}
            for owner, rows in found.items()
        }

    def owners_by_activity(self, generation: Generation, table: str, activity_ids: Collection[str]) -> set[UUID]:
        """The owners that have a row in the table with one of these activities."""
        place = view_sql.place_of(generation, self._table(generation.view, table))
        with self._db.cursor() as cursor:
            cursor.execute(
                SQL("SELECT DISTINCT owner FROM {} WHERE activity_id = ANY(%s)").format(place), [list(activity_ids)]
            )
            return {row[0] for row in cursor}

    def write(self, generations: Collection[Generation], changes: Iterable[WrittenTo], position: int) -> None:
        """Write the changes as they come and move each generation on, in one transaction."""
        with self._db.transaction() as cursor:
            for generation in sorted(generations, key=lambda generation: generation.view):
                _move(cursor, generation, position)
            for part in changes:
                for generation, changed in part.items():
                    self._change(cursor, generation, changed)

    def mend(self, changes: Mapping[Generation, Changes]) -> None:
        """Write rows that were found to differ; raises ViewMoved if a view has moved on since they were compared."""
        with self._db.transaction() as cursor:
            for generation, changed in changes.items():
                _move(cursor, generation, generation.position)
                self._change(cursor, generation, changed)

    def find(self, view: str, table: str, **equals: object) -> list[dict[str, Any]]:
        """The live rows whose columns equal these values, in the order of the table's key."""
        known = self._table(view, table)
        with self._db.transaction() as cursor:
            cursor.execute(b"SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            place = view_sql.place_of(_generation(cursor, view, GenerationState.LIVE), known)
            with cursor.connection.cursor(row_factory=dict_row, binary=True) as rows:
                where = SQL(" AND ").join([SQL("true"), *(SQL("{} = %s").format(Identifier(name)) for name in equals)])
                order = SQL(", ").join(map(Identifier, known.key))
                query = SQL("SELECT * FROM {} WHERE {} ORDER BY {}").format(place, where, order)
                return rows.execute(query, list(equals.values())).fetchall()

    def spread(self, view: str, table: str, *names: str) -> dict[Key, int]:
        """How many live rows have each combination of values in these columns."""
        columns = SQL(", ").join(map(Identifier, names))
        with self._db.transaction() as cursor:
            cursor.execute(b"SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            place = view_sql.place_of(_generation(cursor, view, GenerationState.LIVE), self._table(view, table))
            cursor.execute(SQL("SELECT {}, count(*) FROM {} GROUP BY {}").format(columns, place, columns))
            return {tuple(values): count for *values, count in cursor}

    def tally(self, generation: Generation) -> tuple[int, str]:
        """How many rows a generation has, and a digest that is equal for equal rows."""
        with self._db.cursor() as cursor:
            return self._tally(cursor, generation)

    def begin(self, view: str, state: GenerationState) -> Generation:
        """Make an empty generation beside the live one; what was left half done in the same state is dropped."""
        with self._db.transaction() as cursor:
            self._remove(cursor, view, state)
            return self._create(cursor, self._views[view], self._newest(cursor, view) + 1, state)

    def compare_at_rest(self, view: str, follow: Callable[[Generation], Generation]) -> Comparison:
        """Hold the live generation while `follow` brings another to its position, then compare the two as of then.

        The live generation moves on as soon as the snapshot is taken; the comparison itself holds nobody up.
        """
        with self._db.transaction() as snapshot:
            snapshot.execute(b"SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            with self._db.transaction() as holding:
                holding.execute(b"SELECT 1 FROM sync_views WHERE view = %s AND state = 'live' FOR UPDATE", [view])
                live = _generation(holding, view, GenerationState.LIVE)
                other = follow(live)
                snapshot.execute(b"SELECT 1 FROM sync_views LIMIT 1")
            return self._compare(snapshot, live, other)

    def _compare(self, cursor: psycopg.Cursor[Any], live: Generation, other: Generation) -> Comparison:
        rows, counts, examples = 0, {"live": 0, "other": 0}, []
        for table in self._views[live.view].tables:
            first, second = view_sql.place_of(live, table), view_sql.place_of(other, table)
            cursor.execute(SQL("SELECT count(*) FROM {}").format(second))
            rows += (cursor.fetchone() or (0,))[0]
            for left, right, side in ((first, second, "live"), (second, first, "other")):
                cursor.execute(
                    SQL("SELECT {} FROM (SELECT * FROM {} EXCEPT SELECT * FROM {}) AS lone").format(
                        SQL(", ").join(map(Identifier, table.key)), left, right
                    )
                )
                found = cursor.fetchall()
                counts[side] += len(found)
                examples += [f"{table.name} {row} only in {side}" for row in found[:EXAMPLES_MAX]]
        return Comparison(rows, counts["live"], counts["other"], tuple(examples))

    def overdue(self, now: datetime, delays_s: Sequence[float], limit: int) -> list[Overdue]:
        """The waiting replicas that were asked for longest ago, if longer than the delay for so many askings."""
        table = self._table("replica_ledger", "replicas")
        with self._db.transaction() as cursor:
            place = view_sql.place_of(_generation(cursor, "replica_ledger", GenerationState.LIVE), table)
            cursor.execute(
                SQL(
                    "SELECT owner, portal, activity_key, asked FROM {} WHERE is_waiting AND asked_at <= %s"
                    " - make_interval(secs => (%s::float8[])[least(asked, %s)]) ORDER BY asked_at LIMIT %s"
                ).format(place),
                [now, list(delays_s), len(delays_s), limit],
            )
            return [Overdue(*row) for row in cursor]

    def switch(self, view: str, to: GenerationState) -> None:
        """Make the generation in that state the live one; the one that was live is kept as the previous one.

        Raises ViewMoved if it stands behind the live one.
        """
        with self._db.transaction() as cursor:
            cursor.execute(b"SELECT 1 FROM sync_views WHERE view = %s FOR UPDATE", [view])
            live, other = _generation(cursor, view, GenerationState.LIVE), _generation(cursor, view, to)
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

    def other(self, view: str, state: GenerationState) -> Generation | None:
        """The generation in a state other than live, if there is one."""
        return next((g for g in self.generations() if g.view == view and g.state is state), None)

    def _tally(self, cursor: psycopg.Cursor[Any], generation: Generation) -> tuple[int, str]:
        parts = SQL(" UNION ALL ").join(
            SQL("SELECT {} || ' ' || t::text AS row FROM {} AS t").format(
                Literal(table.name), view_sql.place_of(generation, table)
            )
            for table in self._views[generation.view].tables
        )
        cursor.execute(
            SQL(
                "SELECT count(*), md5(concat(count(*), ' ', coalesce(sum(hashtextextended(row, 0)::numeric), 0), ' ',"
                " coalesce(sum(hashtextextended(row, 1)::numeric), 0))) FROM ({}) AS rows"
            ).format(parts)
        )
        row = cursor.fetchone() or (0, "")
        return int(row[0]), str(row[1])

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
        cursor.execute(_REGISTRY + b"WHERE view = %s AND state = %s", [view, state.value])
        for generation in [_read(row) for row in cursor.fetchall()]:
            cursor.execute(view_sql.drop(generation))
            cursor.execute(b"DELETE FROM sync_views WHERE view = %s AND generation = %s", [view, generation.number])

    def _change(self, cursor: psycopg.Cursor[Any], generation: Generation, changed: Changes) -> None:
        for name, gone in changed.deletes.items():
            table = self._table(generation.view, name)
            fill(cursor, generation, table, [key_row(table, owner, key) for owner, key in gone])
            cursor.execute(view_sql.delete(generation, table))
        for name, rows in changed.upserts.items():
            table = self._table(generation.view, name)
            fill(cursor, generation, table, rows)
            cursor.execute(view_sql.upsert(generation, table))
        for name, counts in changed.adds.items():
            table = self._table(generation.view, name)
            fill(cursor, generation, table, [(*key, count) for key, count in counts.items()])
            cursor.execute(view_sql.add(generation, table))

    def _table(self, view: str, name: str) -> Table:
        return next(table for table in self._views[view].tables if table.name == name)


def _read(row: Sequence[Any]) -> Generation:
    view, number, state, position, moved_at = row
    return Generation(view, number, GenerationState(state), position, moved_at)


def _generation(cursor: psycopg.Cursor[Any], view: str, state: GenerationState) -> Generation:
    cursor.execute(_REGISTRY + b"WHERE view = %s AND state = %s", [view, state.value])
    row = cursor.fetchone()
    if row is None:
        raise ViewMoved
    return _read(row)


def _move(cursor: psycopg.Cursor[Any], generation: Generation, position: int) -> None:
    cursor.execute(
        b"UPDATE sync_views SET position = %s, moved_at = clock_timestamp()"
        b" WHERE view = %s AND generation = %s AND state = %s AND position = %s",
        [position, generation.view, generation.number, generation.state.value, generation.position],
    )
    if cursor.rowcount != 1:
        raise ViewMoved
