"""Fills the temporary tables through which a view's rows come in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from psycopg.sql import SQL

from sync_service.adapters import view_sql
from sync_service.adapters.sealed_rows import stored_columns

if TYPE_CHECKING:
    from collections.abc import Iterable

    import psycopg

    from sync_service.projections.view import Row, Table
    from sync_service.projections.view_store import Generation


def fill(cursor: psycopg.Cursor[Any], generation: Generation, table: Table, rows: Iterable[Row]) -> None:
    """Put stored rows into the temporary table that the table takes them from."""
    cursor.execute(view_sql.create_buffer(generation, table))
    cursor.execute(SQL("TRUNCATE {}").format(view_sql.buffer_of(generation, table)))
    with cursor.copy(view_sql.copy_in(generation, table)) as copy:
        copy.set_types([view_sql.COPY_TYPES[column.type] for column in stored_columns(table)])
        for row in rows:
            copy.write_row(row)
