"""Compares the tables of two generations of a view in PostgreSQL, row by row and to the byte."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from psycopg.sql import SQL, Composed, Identifier

from sync_service.adapters.sealed_rows import stored_columns
from sync_service.adapters.view_sql import place_of
from sync_service.projections.comparing import EXAMPLES_MAX, Comparison, Example, Lack, TableComparison, example_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import psycopg

    from sync_service.projections.view import Row, Table, View
    from sync_service.projections.view_store import Generation

    OpenedRows = Callable[[Sequence[Sequence[Any]]], list[Row]]
    Opened = Callable[[str, str, Sequence[Sequence[Any]]], list[Row]]

_COUNTS = SQL(
    "SELECT count(a.{first}), count(b.{first}), count(*) FILTER (WHERE b.{first} IS NULL),"
    " count(*) FILTER (WHERE a.{first} IS NULL), count(*) FILTER (WHERE a *<> b) {joined}"
)
"""`*<>` compares the rows' stored bytes."""

_EXAMPLES = SQL("SELECT a.{first} IS NOT NULL, b.{first} IS NOT NULL, a.*, b.* {joined} WHERE {lacks} LIMIT {most}")
_COLUMNS = SQL("SELECT {counts} {joined} WHERE a *<> b")


def compare(cursor: psycopg.Cursor[Any], view: View, live: Generation, other: Generation, opened: Opened) -> Comparison:
    """How two generations differ, as the cursor's transaction sees them; both stand at the position of the live one.

    Stored rows are compared, sealed as they are; `opened` opens those that stand as examples.
    """
    tables: list[TableComparison] = []
    examples: list[Example] = []
    for table in view.tables:
        joined = _joined(table, live, other)
        compared = _counted(cursor, table, joined)
        tables.append(compared)
        examples += _examples(cursor, table, joined, compared, partial(opened, view.name, table.name))
    kept = [example for lack in Lack for example in [one for one in examples if one.lack is lack][:EXAMPLES_MAX]]
    return Comparison(live.position, tuple(tables), tuple(kept))


def _joined(table: Table, live: Generation, other: Generation) -> Composed:
    same_key = SQL(" AND ").join(SQL("a.{0} = b.{0}").format(Identifier(name)) for name in table.key)
    return SQL("FROM {} AS a FULL JOIN {} AS b ON {}").format(place_of(live, table), place_of(other, table), same_key)


def _counted(cursor: psycopg.Cursor[Any], table: Table, joined: Composed) -> TableComparison:
    cursor.execute(_COUNTS.format(first=Identifier(table.key[0]), joined=joined))
    live, other, only_in_live, only_in_other, differing = cursor.fetchone() or (0, 0, 0, 0, 0)
    columns = _columns(cursor, table, joined) if differing else {}
    return TableComparison(table.name, live, other, only_in_live, only_in_other, differing, columns)


def _columns(cursor: psycopg.Cursor[Any], table: Table, joined: Composed) -> dict[str, int]:
    """In how many of the differing rows each stored column is not the same; `sealed` is all that is sealed."""
    names = [column.name for column in stored_columns(table)]
    counts = SQL(", ").join(
        SQL("count(*) FILTER (WHERE a.{0} IS DISTINCT FROM b.{0})").format(Identifier(name)) for name in names
    )
    cursor.execute(_COLUMNS.format(counts=counts, joined=joined))
    found = zip(names, cursor.fetchone() or (), strict=False)
    return {name: count for name, count in found if count}


def _examples(
    cursor: psycopg.Cursor[Any], table: Table, joined: Composed, compared: TableComparison, opened: OpenedRows
) -> list[Example]:
    first = Identifier(table.key[0])
    wanted = (
        (compared.only_in_live, SQL("b.{} IS NULL").format(first)),
        (compared.only_in_other, SQL("a.{} IS NULL").format(first)),
        (compared.differing, SQL("a *<> b")),
    )
    key = table.key if "owner" in table.key or "owner" not in table.names else ("owner", *table.key)
    found: list[Example] = []
    for count, lacks in wanted:
        if count:
            cursor.execute(_EXAMPLES.format(first=first, joined=joined, lacks=lacks, most=EXAMPLES_MAX))
            for in_live, in_other, *stored in cursor.fetchall():
                middle = len(stored) // 2
                live = _values(table, opened([stored[:middle]] if in_live else []))
                other = _values(table, opened([stored[middle:]] if in_other else []))
                if live or other:
                    found.append(example_of(table.name, key, live, other))
    return found


def _values(table: Table, rows: list[Row]) -> dict[str, object] | None:
    """The values of the one row by column, None if there is none."""
    return dict(zip(table.names, rows[0], strict=True)) if rows else None
