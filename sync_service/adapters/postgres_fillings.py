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
from sync_service.adapters.postgres_generations import PostgresGenerations, existing_only, move
from sync_service.adapters.view_buffers import copy_rows
from sync_service.projections.filling import Filling
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
            return Filling(*(cursor.fetchone() or ()))

    def fill(self, changes: Mapping[Generation, Changes], filling: Filling) -> list[Generation]:
        """Add the rows of the next part and note it as done; after the last part they stand at the filling's head."""
        is_last = filling.done + 1 == filling.parts
        with existing_only(), self._db.transaction() as cursor:
            for generation in sorted(changes, key=lambda generation: generation.view):
                move(cursor, generation, generation.position)
                self._step(cursor, generation, filling)
            for generation, added in changes.items():
                self._add(cursor, generation, added)
                if is_last:
                    self._finish(cursor, generation, filling)
        head = filling.head if is_last else 0
        return [msgspec.structs.replace(generation, position=head) for generation in changes]

    def _step(self, cursor: psycopg.Cursor[Any], generation: Generation, filling: Filling) -> None:
        """Note one part more as done; raises ViewMoved if it is not the turn of this one."""
        place = _place(generation)
        if filling.done == 0:
            self._begin(cursor, generation, filling)
        cursor.execute(
            SQL("UPDATE {} SET done = done + 1 WHERE (head, parts, done) = (%s, %s, %s)").format(place),
            [filling.head, filling.parts, filling.done],
        )
        if cursor.rowcount != 1:
            raise ViewMoved

    def _begin(self, cursor: psycopg.Cursor[Any], generation: Generation, filling: Filling) -> None:
        place = _place(generation)
        try:
            cursor.execute(SQL("CREATE TABLE {} (head bigint, parts int, done int)").format(place))
        except errors.DuplicateTable as error:
            raise ViewMoved from error
        cursor.execute(SQL("INSERT INTO {} VALUES (%s, %s, 0)").format(place), [filling.head, filling.parts])
        for table in self._counted(generation):
            counted = view_sql.place_of(generation, table)
            cursor.execute(SQL("CREATE TABLE {} (LIKE {})").format(_parts_of(generation, table), counted))

    def _add(self, cursor: psycopg.Cursor[Any], generation: Generation, added: Changes) -> None:
        for name, rows in added.upserts.items():
            table, sealed = self._table(generation.view, name), self._rows[generation.view, name]
            self._keys.fetch(sealed.owners(rows))
            self._copy(cursor, view_sql.place_of(generation, table), table, map(sealed.stored, rows))
        for name, counts in added.adds.items():
            table = self._table(generation.view, name)
            counted = [(*key, count) for key, count in counts.items()]
            self._copy(cursor, _parts_of(generation, table), table, counted)

    def _copy(
        self, cursor: psycopg.Cursor[Any], place: Composed, table: Table, rows: Iterable[Sequence[object]]
    ) -> None:
        copy_rows(cursor, place, table, rows, self._keys.identifiers)

    def _finish(self, cursor: psycopg.Cursor[Any], generation: Generation, filling: Filling) -> None:
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
        move(cursor, generation, filling.head)

    def _counted(self, generation: Generation) -> tuple[Table, ...]:
        view = self._views[generation.view]
        return view.tables if hasattr(view, "counted") else ()


def _place(generation: Generation) -> Composed:
    """The one row that says how far it is."""
    return SQL(".").join((view_sql.schema_of(generation), Identifier("filling")))


def _parts_of(generation: Generation, table: Table) -> Composed:
    """What each part counted, until the last is done."""
    return SQL(".").join((view_sql.schema_of(generation), Identifier(f"{table.name}_by_part")))


def _listed(names: list[Identifier]) -> Composed:
    return SQL(", ").join(names)
