"""Fills empty generations on PostgreSQL part by part: rows go straight into their tables, as nobody has them yet.

How far a filling has come stands in the generation's own schema, and goes with it. What views count is kept as each
part counted it until the last is done, and summed up then: so no row is written again and again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from psycopg import errors
from psycopg.sql import SQL, Composed, Identifier

from sync_service.adapters import view_sql
from sync_service.adapters.postgres_generations import PostgresGenerations, existing_only, hold, move
from sync_service.adapters.view_buffers import copy_rows
from sync_service.projections.filling_parts import Filling
from sync_service.projections.view_store import ViewMoved

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import psycopg

    from sync_service.projections.view import Changes, Table
    from sync_service.projections.view_store import Generation


class PostgresFillings(PostgresGenerations):
    """Keeps generations while they are filled."""

    def filling(self, generation: Generation) -> Filling | None:
        """How far its filling by whole streams has come; None if it has not begun, or is over."""
        with self._db.cursor() as cursor:
            try:
                cursor.execute(SQL("SELECT head, parts, done FROM {}").format(_place(generation)))
            except (errors.UndefinedTable, errors.InvalidSchemaName):
                return None
            head, parts, done = cursor.fetchone() or (0, 0, ())
            return Filling(head, parts, tuple(sorted(done)))

    def begin_filling(self, generations: Iterable[Generation], filling: Filling) -> None:
        """Note that empty generations are filled by so many parts; raises ViewMoved if one of them is already."""
        with existing_only(), self._db.transaction() as cursor:
            for generation in _in_order(generations):
                move(cursor, generation, generation.position)
                self._begin(cursor, generation, filling)

    def fill(self, changes: Mapping[Generation, Changes], filling: Filling, number: int) -> None:
        """Add the rows of a part and note it as done; raises ViewMoved if it is done, or its filling over.

        Others fill other parts at the same time: the generations are held together, and the notes written last.
        """
        try:
            with existing_only(), self._db.transaction() as cursor:
                for generation in _in_order(changes):
                    hold(cursor, generation)
                for generation, added in changes.items():
                    self._add(cursor, generation, added)
                for generation in _in_order(changes):
                    _note(cursor, generation, filling, number)
        except errors.UniqueViolation:
            if self._is_done(next(iter(changes)), number):
                raise ViewMoved from None
            raise
        except errors.DeadlockDetected as error:  # parts add to the same tallies: whoever gave way looks again
            raise ViewMoved from error

    def _is_done(self, generation: Generation, number: int) -> bool:
        made = self.filling(generation)
        return made is None or number in made.done

    def finish(self, generations: Iterable[Generation], filling: Filling) -> list[Generation]:
        """Let filled generations stand at the filling's head; raises ViewMoved if a part is not done."""
        generations = list(generations)
        with existing_only(), self._db.transaction() as cursor:
            for generation in _in_order(generations):
                move(cursor, generation, filling.head)
                self._finish(cursor, generation, filling)
        return [msgspec.structs.replace(generation, position=filling.head) for generation in generations]

    def _begin(self, cursor: psycopg.Cursor[Any], generation: Generation, filling: Filling) -> None:
        place = _place(generation)
        try:
            cursor.execute(SQL("CREATE TABLE {} (head bigint, parts int, done int[])").format(place))
        except errors.DuplicateTable as error:
            raise ViewMoved from error
        cursor.execute(SQL("INSERT INTO {} VALUES (%s, %s, '{{}}')").format(place), [filling.head, filling.parts])
        for table in self._counted(generation):
            counted = view_sql.place_of(generation, table)
            cursor.execute(SQL("CREATE TABLE {} (LIKE {})").format(_parts_of(generation, table), counted))

    def _add(self, cursor: psycopg.Cursor[Any], generation: Generation, added: Changes) -> None:
        for name, rows in added.upserts.items():
            table, sealed = self._table(generation.view, name), self._rows[generation.view, name]
            self._keys.fetch(sealed.owners(rows))
            self._copy(cursor, view_sql.place_of(generation, table), table, sealed.stored(rows))
        for name, counts in added.adds.items():
            table = self._table(generation.view, name)
            counted = [(*key, count) for key, count in counts.items()]
            self._copy(cursor, _parts_of(generation, table), table, counted)

    def _copy(
        self, cursor: psycopg.Cursor[Any], place: Composed, table: Table, rows: Iterable[Sequence[object]]
    ) -> None:
        copy_rows(cursor, place, table, rows, self._keys.identifiers)

    def _finish(self, cursor: psycopg.Cursor[Any], generation: Generation, filling: Filling) -> None:
        cursor.execute(
            SQL("SELECT FROM {} WHERE (head, parts, cardinality(done)) = (%s, %s, %s)").format(_place(generation)),
            [filling.head, filling.parts, filling.parts],
        )
        if cursor.rowcount != 1:
            raise ViewMoved
        for table in self._counted(generation):
            parts = _parts_of(generation, table)
            *key, count = map(Identifier, table.names)
            cursor.execute(
                SQL("INSERT INTO {} SELECT {}, sum({}) FROM {} GROUP BY {}").format(
                    view_sql.place_of(generation, table), _listed(key), count, parts, _listed(key)
                )
            )
            cursor.execute(SQL("DROP TABLE {}").format(parts))
        cursor.execute(SQL("DROP TABLE {}").format(_place(generation)))

    def _counted(self, generation: Generation) -> tuple[Table, ...]:
        view = self._views[generation.view]
        return view.tables if hasattr(view, "counted") else ()


def _in_order(generations: Iterable[Generation]) -> list[Generation]:
    """In the order in which everybody locks them."""
    return sorted(generations, key=lambda generation: generation.view)


def _note(cursor: psycopg.Cursor[Any], generation: Generation, filling: Filling, number: int) -> None:
    """Note a part as done; raises ViewMoved if it is already."""
    cursor.execute(
        SQL("UPDATE {} SET done = done || %s::int WHERE (head, parts) = (%s, %s) AND %s::int != ALL (done)").format(
            _place(generation)
        ),
        [number, filling.head, filling.parts, number],
    )
    if cursor.rowcount != 1:
        raise ViewMoved


def _place(generation: Generation) -> Composed:
    """The one row that says how far it is."""
    return SQL(".").join((view_sql.schema_of(generation), Identifier("filling")))


def _parts_of(generation: Generation, table: Table) -> Composed:
    """What each part counted, until the last is done."""
    return SQL(".").join((view_sql.schema_of(generation), Identifier(f"{table.name}_by_part")))


def _listed(names: list[Identifier]) -> Composed:
    return SQL(", ").join(names)
