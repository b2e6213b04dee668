"""The report as CSV for a Russian Excel: UTF-8 with a byte order mark, semicolons, decimal commas, CRLF.

Three tables, a blank line between them: details (name; value), totals, entries. A cell that a spreadsheet would take
for a formula begins with an apostrophe.
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from sync_service.reports.check_value import check_value
from sync_service.reports.wording import (
    TITLE,
    amount,
    code_of,
    details,
    explanation,
    kind_of,
    readable,
    short_day,
    title_of,
    total_rows,
    verdict_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync_service.reports.report import Report
    from sync_service.reports.reported import ReportedEntry

BYTE_ORDER_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"
TOTALS_HEADING = ("Вид", "Набрано", "Нужно", "Осталось")
ENTRIES_HEADING = (
    "№",
    "Дата",
    "Вид",
    "Название",
    "Организатор",
    "Место",
    "Код",
    "Баллы в цикле",
    "Из них дистанционно, часы",
    "Засчитано",
    "Вердикт",
    "Почему не засчитано",
    "Причина (код)",
    "Портал",
    "Ключ записи",
)
_FORMULA = ("=", "+", "-", "@")


def as_csv(report: Report) -> bytes:
    """Write the report; equal reports give equal bytes."""
    written = io.StringIO()
    written.write(BYTE_ORDER_MARK)
    lines = csv.writer(written, delimiter=";", lineterminator="\r\n")
    for row in _rows(report):
        lines.writerow([harmless(cell) for cell in row])
    return written.getvalue().encode()


def harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _rows(report: Report) -> Iterator[tuple[str, ...]]:
    yield ("Документ", TITLE)
    yield ("Контрольное значение", str(check_value(report)))
    yield from details(report)
    yield ("Засчитано записей", str(len(report.counted)))
    yield ("Не засчитано записей", str(len(report.uncounted)))
    yield ("Засчитано в других циклах, здесь не показано", str(report.counted_elsewhere))
    yield ()
    yield TOTALS_HEADING
    for total in total_rows(report):
        yield (total.name, *total.figures)
    yield ()
    yield ENTRIES_HEADING
    for number, entry in enumerate((*report.counted, *report.uncounted), start=1):
        yield _entry(report, number, entry)


def _entry(report: Report, number: int, entry: ReportedEntry) -> tuple[str, ...]:
    return (
        str(number),
        short_day(entry.completed_on),
        kind_of(entry),
        title_of(entry),
        readable(entry.held_by or ""),
        readable(entry.place or ""),
        code_of(entry) if entry.code else "",
        amount(entry.credits),
        amount(entry.distance_hours),
        "да" if entry.is_counted else "нет",
        verdict_of(entry),
        "" if entry.is_counted else explanation(report, entry),
        entry.counts,
        entry.origin,
        readable(entry.activity_key),
    )
