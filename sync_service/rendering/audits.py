"""The audit log written out: lines for a terminal, CSV for a spreadsheet, NDJSON for a program."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sync_service.auditing import AuditRow

BYTE_ORDER_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"
COLUMNS = ("number", "at", "who", "name", "roles", "door", "act", "whom", "case", "detail", "link")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def row_as_json(row: AuditRow) -> dict[str, Any]:
    """A row as tools read it; `link` is hexadecimal."""
    look = msgspec.structs.asdict(row.look)
    return {"number": row.number, "at": row.at, **look, "link": row.link.hex()}


def ndjson_lines(rows: Iterable[AuditRow]) -> Iterator[bytes]:
    """A JSON document a line."""
    for row in rows:
        yield msgspec.json.encode(row_as_json(row)) + b"\n"


def csv_lines(rows: Iterable[AuditRow]) -> Iterator[bytes]:
    """CSV for a Russian Excel; a cell that a spreadsheet would take for a formula begins with an apostrophe."""
    yield (BYTE_ORDER_MARK + _csv_line(COLUMNS)).encode()
    for row in rows:
        shown = row_as_json(row) | {"at": row.at.isoformat(), "roles": ", ".join(row.look.roles), "door": row.look.door}
        yield _csv_line([_cell(shown[name]) for name in COLUMNS]).encode()


FORMATS = {"csv": (csv_lines, "text/csv; charset=utf-8"), "ndjson": (ndjson_lines, "application/x-ndjson")}
"""What the log is exported as: what writes it, and its media type."""


def row_as_line(row: AuditRow) -> str:
    """A row for the person at the terminal."""
    look = row.look
    about = " ".join(str(part) for part in (look.whom, look.detail) if part)
    case = f"  № {look.case}" if look.case else ""
    return f"{row.number:>8}  {row.at:%Y-%m-%d %H:%M:%S}  {look.door:<7} {look.who:<24} {look.act:<22} {about}{case}\n"


def _csv_line(cells: Iterable[str]) -> str:
    written = io.StringIO()
    csv.writer(written, delimiter=";", lineterminator="\r\n").writerow(cells)
    return written.getvalue()


def _cell(value: object) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
