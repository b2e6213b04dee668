"""Reads a provider's file row by row: CSV with a header, or NDJSON, and keeps every row's result."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

import msgspec

from sync_service.aggregates.errors import DomainError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from pathlib import Path

NDJSON_ENDINGS = frozenset((".ndjson", ".jsonl"))
CSV_ENDING = ".csv"
DELIMITERS = ",;\t"
FIRST_ROW = 2
"""Under a CSV's header, which is row 1 as a spreadsheet shows it."""

_TOO_MANY = "в строке больше значений, чем столбцов в заголовке / the row has more values than the header has columns"
_NO_OBJECT = "строка не объект JSON или пустой объект / the row is no JSON object, or an empty one"


class FileUnreadable(DomainError):
    """The file as a whole cannot be read, so no row has a result."""


class Row(msgspec.Struct):
    """One row and its result: in order as long as it has no error.

    `number` is the row's as a spreadsheet shows it (a CSV's header is row 1), or the line of an NDJSON file.
    """

    number: int
    values: dict[str, Any]
    errors: list[str] = []

    @property
    def is_good(self) -> bool:
        """Whether nothing is wrong with it."""
        return not self.errors


class Table(msgspec.Struct):
    """A file's rows; `ignored` are the columns that mean nothing to the service."""

    rows: list[Row]
    ignored: tuple[str, ...] = ()
    is_csv: bool = True


def read_table(path: Path, columns: Collection[str], required: Collection[str]) -> Table:
    """Read a file by its ending; raises FileUnreadable if it is no table of these columns."""
    ending = path.suffix.lower()
    if ending != CSV_ENDING and ending not in NDJSON_ENDINGS:
        raise FileUnreadable(f"{path.name}: нужен файл .csv, .ndjson или .jsonl / a .csv, .ndjson or .jsonl is needed")
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        byte = error.start + 1
        raise FileUnreadable(f"{path.name}: не UTF-8: байт {byte} / not UTF-8 at byte {byte}") from None
    if ending != CSV_ENDING:
        return Table(list(_json_rows(text)), is_csv=False)
    return _csv_table(path.name, text, columns, required)


def _csv_table(name: str, text: str, columns: Collection[str], required: Collection[str]) -> Table:
    header = text.partition("\n")[0]
    delimiter = max(DELIMITERS, key=header.count)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        names = [column.strip().lower() for column in next(lines, [])]
        _refuse_header(name, names, required)
        rows = list(_csv_rows(names, lines))
    except csv.Error as error:
        line = lines.line_num
        raise FileUnreadable(f"{name}: строка {line}: не CSV / line {line} is not CSV: {error}") from None
    return Table(rows, tuple(column for column in names if column not in columns))


def _refuse_header(name: str, names: list[str], required: Collection[str]) -> None:
    missing = ", ".join(column for column in required if column not in names)
    if missing:
        raise FileUnreadable(f"{name}: нет столбцов / columns are missing: {missing}")
    twice = ", ".join(sorted({column for column in names if names.count(column) > 1}))
    if twice:
        raise FileUnreadable(f"{name}: столбцы названы дважды / columns are named twice: {twice}")


def _csv_rows(names: list[str], lines: Iterable[list[str]]) -> Iterator[Row]:
    """An empty cell is an absent value; an empty row is none."""
    for number, cells in enumerate(lines, start=FIRST_ROW):
        values = {name: cell.strip() for name, cell in zip(names, cells, strict=False) if cell.strip()}
        if values or any(cell.strip() for cell in cells):
            yield Row(number, values, [_TOO_MANY] if any(map(str.strip, cells[len(names) :])) else [])


def _json_rows(text: str) -> Iterator[Row]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            values = msgspec.json.decode(line)
        except msgspec.DecodeError:
            values = None
        yield Row(number, values, []) if isinstance(values, dict) and values else Row(number, {}, [_NO_OBJECT])
