"""Copies a view's rows to where they are wanted: the table itself, or the temporary one through which they come in.

The driver writes numbers, texts and bytes by itself, and asks Python for each value of any other type. There are
millions of rows, so those values are turned into what stands on the wire here: instants into microseconds, days into
numbers, arrays and hidden identifiers into bytes.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import partial
from struct import pack
from typing import TYPE_CHECKING, Any, Final

from psycopg.sql import SQL, Composable

from sync_service.adapters import view_sql
from sync_service.adapters.binary_copy import array_head
from sync_service.adapters.sealed_rows import stored_columns

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import psycopg

    from sync_service.adapters.ciphers import Identifiers
    from sync_service.projections.view import Table
    from sync_service.projections.view_store import Generation

    OnTheWire = Callable[[Iterable[Any]], Iterable[object]]

_EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)
_FIRST_DAY: Final = date(2000, 1, 1).toordinal()
_TEXT_OID: Final = 25
_FLOAT_OID: Final = 701


def micros(moment: datetime) -> int:
    """A timestamptz as it stands on the wire: microseconds since 2000."""
    since = moment - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def days(day: date) -> int:
    """A date as it stands on the wire: days since 2000."""
    return day.toordinal() - _FIRST_DAY


def texts(values: Sequence[str]) -> bytes:
    """An array of texts as it stands on the wire."""
    return _array(_TEXT_OID, [value.encode() for value in values])


def floats(values: Sequence[float]) -> bytes:
    """An array of floating-point numbers as it stands on the wire."""
    return _array(_FLOAT_OID, [pack(">d", value) for value in values])


def _array(element: int, values: Sequence[bytes]) -> bytes:
    return array_head(element, len(values)) + b"".join(pack(">i", len(one)) + one for one in values)


_COPIED: Final[dict[str, tuple[str, Callable[[Any], object] | None]]] = {
    "uuid": ("bytea", None),
    "bytea": ("bytea", None),
    "text": ("text", None),
    "text[]": ("bytea", texts),
    "bigint": ("int8", None),
    "boolean": ("bool", None),
    "date": ("int4", days),
    "timestamptz": ("int8", micros),
    "double precision": ("float8", None),
    "double precision[]": ("bytea", floats),
}
"""By a column's type: as what its values are written, and what makes them that."""


def fill(
    cursor: psycopg.Cursor[Any],
    generation: Generation,
    table: Table,
    rows: Iterable[Sequence[object]],
    identifiers: Identifiers,
) -> None:
    """Put stored rows into the temporary table that the table takes them from."""
    buffer = view_sql.buffer_of(generation, table)
    cursor.execute(view_sql.create_buffer(generation, table))
    cursor.execute(SQL("TRUNCATE {}").format(buffer))
    copy_rows(cursor, buffer, table, rows, identifiers)


def copy_rows(
    cursor: psycopg.Cursor[Any],
    place: Composable,
    table: Table,
    rows: Iterable[Sequence[object]],
    identifiers: Identifiers,
) -> None:
    """Put stored rows into a table with the columns of this one; identifiers are hidden on the way."""
    types = [column.type for column in stored_columns(table)]
    stored = list(map(list, rows))
    for at, on_the_wire in _turned(types, identifiers):
        present = [row for row in stored if row[at] is not None]
        for row, value in zip(present, on_the_wire(row[at] for row in present), strict=True):
            row[at] = value
    with cursor.copy(SQL("COPY {} FROM STDIN (FORMAT BINARY)").format(place)) as copy:
        copy.set_types([_COPIED[one][0] for one in types])
        for row in stored:
            copy.write_row(row)


def _turned(types: Sequence[str], identifiers: Identifiers) -> list[tuple[int, OnTheWire]]:
    """The places of the values that are turned into others, each with what does it."""
    known: dict[str, OnTheWire] = {name: partial(map, turn) for name, (_, turn) in _COPIED.items() if turn}
    known["uuid"] = lambda values: identifiers.all_hidden(value.bytes for value in values)
    return [(at, known[one]) for at, one in enumerate(types) if one in known]
