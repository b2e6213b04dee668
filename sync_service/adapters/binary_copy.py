"""Writes PostgreSQL's binary formats: rows for COPY, for the tables to which every message adds rows, and arrays.

The driver's own writer asks for each value which type it has; these rows always have the same, so a whole batch is put
together in one piece.
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import psycopg

_ARRAY = Struct(">iiiii")
_NO_ARRAY = Struct(">iii")
_BEGIN = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_END = b"\xff\xff"
_EVENT = Struct(">hi16siqi")
_LENGTH = Struct(">i")
_MESSAGE = Struct(">hi16si16si?")


def copy_in(
    cursor: psycopg.Cursor[Any], statement: bytes, rows: Iterable[bytes], meanwhile: Callable[[], object]
) -> None:
    """Write rows by a COPY … FROM STDIN (FORMAT BINARY); `meanwhile` is called while the server works on them."""
    with cursor.copy(statement) as copy:
        copy.write(b"".join((_BEGIN, *rows, _END)))
        meanwhile()


def array_head(element_oid: int, count: int) -> bytes:
    """What an array of one dimension without NULL begins with; each element follows behind its length (4 bytes)."""
    return _ARRAY.pack(1, 0, element_oid, count, 1) if count else _NO_ARRAY.pack(0, 0, element_oid)


def event_row(hidden_stream: bytes, version: int, name: bytes, state: bytes) -> bytes:
    """One row of (uuid, int8, text, bytea)."""
    head = _EVENT.pack(4, 16, hidden_stream, 8, version, len(name))
    return b"".join((head, name, _LENGTH.pack(len(state)), state))


def message_row(hidden_message: bytes, hidden_content: bytes, refused: bool) -> bytes:  # noqa: FBT001 - a column
    """One row of (uuid, uuid, bool)."""
    return _MESSAGE.pack(3, 16, hidden_message, 16, hidden_content, 1, refused)
