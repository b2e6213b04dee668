"""The SQL of a view's tables, made from what the view says of its columns."""

from __future__ import annotations

from hashlib import md5
from typing import TYPE_CHECKING

from psycopg.sql import SQL, Composed, Identifier

from sync_service.adapters.sealed_rows import stored_columns
from sync_service.adapters.view_tallies import create_tallies, tallies_shape

if TYPE_CHECKING:
    from sync_service.projections.view import Table, View
    from sync_service.projections.view_store import Generation


def shape_of(view: View) -> str:
    """What tells one definition of a view's tables from another: a view of another shape is made anew."""
    return md5((repr(view.tables) + tallies_shape(view.name)).encode(), usedforsecurity=False).hexdigest()


def schema_of(generation: Generation) -> Identifier:
    """The schema that holds a generation's tables."""
    return Identifier(f"view_{generation.view}_{generation.number}")


def place_of(generation: Generation, table: Table) -> Composed:
    """The qualified name of a table."""
    return SQL(".").join((schema_of(generation), Identifier(table.name)))


def create(view: View, generation: Generation) -> list[Composed]:
    """The statements that make a generation's schema and empty tables."""
    statements = [SQL("CREATE SCHEMA {}").format(schema_of(generation))]
    for table in view.tables:
        columns = SQL(", ").join(
            SQL("{} {}").format(Identifier(column.name), SQL(column.type)) for column in stored_columns(table)
        )
        statements.append(
            SQL("CREATE TABLE {} ({}, PRIMARY KEY ({}))").format(
                place_of(generation, table), columns, _names(table.key)
            )
        )
        statements += [
            SQL("CREATE INDEX ON {} ({})").format(place_of(generation, table), _names(index)) for index in table.indexes
        ]
        if "owner" in table.names and table.key[0] != "owner" and ("owner",) not in table.indexes:
            statements.append(SQL("CREATE INDEX ON {} (owner)").format(place_of(generation, table)))
    return statements + create_tallies(view.name, schema_of(generation))


def drop(generation: Generation) -> Composed:
    """The statement that drops a generation's tables."""
    return SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(schema_of(generation))


def buffer_of(generation: Generation, table: Table) -> Identifier:
    """The temporary table through which rows come in."""
    return Identifier(f"in_{generation.view}_{generation.number}_{table.name}")


def create_buffer(generation: Generation, table: Table) -> Composed:
    """The statement that makes the temporary table, once a connection."""
    return SQL("CREATE TEMP TABLE IF NOT EXISTS {} (LIKE {}) ON COMMIT DELETE ROWS").format(
        buffer_of(generation, table), place_of(generation, table)
    )


def upsert(generation: Generation, table: Table) -> Composed:
    """The statement that takes the rows over; an existing row is replaced."""
    rest = [column.name for column in stored_columns(table) if column.name not in table.key]
    replaced = SQL(", ").join(SQL("{0} = excluded.{0}").format(Identifier(name)) for name in rest)
    return _insert(generation, table, replaced if rest else None)


def add(generation: Generation, table: Table) -> Composed:
    """The statement that adds counts to the rows that are there."""
    count = Identifier(table.names[-1])
    return _insert(generation, table, SQL("{0} = old.{0} + excluded.{0}").format(count))


def delete(generation: Generation, table: Table) -> Composed:
    """The statement that deletes the rows whose owner and key stand in the temporary table."""
    return SQL("DELETE FROM {} AS old USING {} AS gone WHERE {}").format(
        place_of(generation, table),
        buffer_of(generation, table),
        SQL(" AND ").join(
            SQL("old.{0} = gone.{0}").format(Identifier(name)) for name in dict.fromkeys(("owner", *table.key))
        ),
    )


def clear(generation: Generation, table: Table) -> Composed:
    """The statement that deletes every row of some owners."""
    return SQL("DELETE FROM {} WHERE owner = ANY(%s)").format(place_of(generation, table))


def _insert(generation: Generation, table: Table, replaced: Composed | None) -> Composed:
    return SQL("INSERT INTO {} AS old SELECT * FROM {} ON CONFLICT ({}) DO {}").format(
        place_of(generation, table),
        buffer_of(generation, table),
        _names(table.key),
        SQL("UPDATE SET {}").format(replaced) if replaced is not None else SQL("NOTHING"),
    )


def _names(names: tuple[str, ...]) -> Composed:
    return SQL(", ").join(map(Identifier, names))
