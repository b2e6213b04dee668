"""Fills the temporary tables through which a view's rows come in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from psycopg.sql import SQL

from sync_service.adapters import view_sql

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    import psycopg

    from sync_service.projections.view import Row, Table
    from sync_service.projections.view_store import Generation


def key_row(table: Table, owner: UUID, key: tuple[object, ...]) -> Row:
    """A row of which only owner and key are filled."""
    values = dict(zip(table.key, key, strict=True)) | {"owner": owner}
    return tuple(values.get(name) for name in table.names)


def fill(cursor: psycopg.Cursor[Any], generation: Generation, table: Table, rows: Iterable[Row]) -> None:
    """Put rows into the temporary table that the table takes them from."""
    cursor.execute(view_sql.create_buffer(generation, table))
    cursor.execute(SQL("TRUNCATE {}").format(view_sql.buffer_of(generation, table)))
    with cursor.copy(view_sql.copy_in(generation, table)) as copy:
        copy.set_types([view_sql.COPY_TYPES[column.type] for column in table.columns])
        for row in rows:
            copy.write_row(row)
