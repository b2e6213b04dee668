"""What stands in the PDF report from top to bottom: details, totals, what counts, what does not, how to verify it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reportlab.lib.units import mm
from reportlab.platypus import CondPageBreak, KeepTogether, LongTable, Table, TableStyle

from sync_service.adapters.pdf_parts import (
    AMOUNT,
    HEADING,
    LABEL,
    RULE,
    SHADE,
    SMALL,
    STRONG,
    STRONG_AMOUNT,
    SUBTITLE,
    TITLE_STYLE,
    text,
)
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
    from collections.abc import Sequence

    from reportlab.platypus import Flowable

    from sync_service.reports.report import Report
    from sync_service.reports.reported import ReportedEntry

NUMBER_WIDTH = 9 * mm
DAY_WIDTH = 20 * mm
CODE_WIDTH = 29 * mm
CREDITS_WIDTH = 16 * mm
WHY_WIDTH = 50 * mm
AMOUNT_WIDTH = 25 * mm
LABEL_WIDTH = 52 * mm
ROOM_BELOW_HEADING = 45 * mm
NAME_MAX = 200

_PLAIN = (
    ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ("LEFTPADDING", (0, 0), (0, -1), 0),
    ("RIGHTPADDING", (-1, 0), (-1, -1), 0),
)
_TIGHT = TableStyle([*_PLAIN, ("TOPPADDING", (0, 0), (-1, -1), 1), ("BOTTOMPADDING", (0, 0), (-1, -1), 1)])
_RULED = TableStyle(
    [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("BACKGROUND", (0, 0), (-1, 0), SHADE),
        ("LINEBELOW", (0, 0), (-1, -1), 0.4, RULE),
        ("LEFTPADDING", (0, 0), (-1, -1), 4),
        ("RIGHTPADDING", (0, 0), (-1, -1), 4),
        ("TOPPADDING", (0, 0), (-1, -1), 3),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 4),
    ]
)

_NOTHING_AT_ALL = "Записей нет: порталы об активностях этого человека не сообщали."
_NOTHING_COUNTED = "В этом цикле не засчитано ничего."
_NOTHING_UNCOUNTED = "Таких записей нет."


def story_of(report: Report, width: float) -> list[Flowable]:
    """All parts of the report, for pages with a text of this width."""
    return [
        text(TITLE, TITLE_STYLE),
        text("для образовательной организации", SUBTITLE),
        _details(report, width),
        text("Итоги цикла", HEADING),
        _totals(report, width),
        *_counted(report, width),
        *_uncounted(report, width),
        _how_to_verify(report),
    ]


def _details(report: Report, width: float) -> Table:
    rows = [[text(name, LABEL), text(value)] for name, value in details(report)]
    return Table(rows, colWidths=[LABEL_WIDTH, width - LABEL_WIDTH], style=_TIGHT, hAlign="LEFT")


def _totals(report: Report, width: float) -> Table:
    heading = [text("Вид", STRONG), *(text(name, STRONG_AMOUNT) for name in ("Набрано", "Нужно", "Осталось"))]
    rows = [[text(row.name), *(text(figure, AMOUNT) for figure in row.figures)] for row in total_rows(report)]
    widths = [width - 3 * AMOUNT_WIDTH, *[AMOUNT_WIDTH] * 3]
    return Table([heading, *rows], colWidths=widths, style=_RULED, hAlign="LEFT")


def _counted(report: Report, width: float) -> list[Flowable]:
    heading = _heading(f"Засчитано в этом цикле: {len(report.counted)}")
    if not report.counted:
        return [*heading, text(_NOTHING_COUNTED if report.uncounted else _NOTHING_AT_ALL)]
    titles = [*_titles("№", "Дата", "Активность", "Код"), text("Баллы", STRONG_AMOUNT)]
    rows = [
        [*_beginning(number, entry), text(code_of(entry)), text(amount(entry.credits), AMOUNT)]
        for number, entry in enumerate(report.counted, start=1)
    ]
    return [*heading, _entries([titles, *rows], (CODE_WIDTH, CREDITS_WIDTH), width)]


def _uncounted(report: Report, width: float) -> list[Flowable]:
    story = _heading(f"Не засчитано, и почему: {len(report.uncounted)}")
    if report.uncounted:
        titles = _titles("№", "Дата", "Активность", "Код", "Почему")
        rows = [
            [*_beginning(number, entry), text(code_of(entry)), _why(report, entry)]
            for number, entry in enumerate(report.uncounted, start=len(report.counted) + 1)
        ]
        story.append(_entries([titles, *rows], (CODE_WIDTH, WHY_WIDTH), width))
    else:
        story.append(text(_NOTHING_UNCOUNTED))
    if report.counted_elsewhere:
        story.append(text(f"Ещё записей засчитано в других циклах: {report.counted_elsewhere}.", SMALL))
    return story


def _heading(words: str) -> list[Flowable]:
    """A heading that stays with the first rows below it: a table that does not fit a page cannot be kept whole."""
    return [CondPageBreak(ROOM_BELOW_HEADING), text(words, HEADING)]


def _titles(*names: str) -> list[Flowable]:
    return [text(name, STRONG) for name in names]


def _beginning(number: int, entry: ReportedEntry) -> list[object]:
    return [
        text(str(number), LABEL),
        text(short_day(entry.completed_on)),
        [text(title_of(entry)), text(_about(entry), SMALL)],
    ]


def _about(entry: ReportedEntry) -> str:
    """The line below a title: kind, who held it, where, and a programme's hours at a distance.

    Names that are too long are cut: a row does not go on on the next page.
    """
    distance = f"из них дистанционно {amount(entry.distance_hours)} ч" if entry.kind == "programme" else ""
    parts = (kind_of(entry), readable(entry.held_by or "", NAME_MAX), readable(entry.place or "", NAME_MAX), distance)
    return " · ".join(filter(None, parts))


def _why(report: Report, entry: ReportedEntry) -> list[Flowable]:
    return [text(verdict_of(entry)), text(explanation(report, entry), SMALL)]


def _entries(rows: Sequence[list[Any]], last_widths: tuple[float, float], width: float) -> LongTable:
    title_width = width - NUMBER_WIDTH - DAY_WIDTH - sum(last_widths)
    widths = [NUMBER_WIDTH, DAY_WIDTH, title_width, *last_widths]
    return LongTable(rows, colWidths=widths, style=_RULED, hAlign="LEFT", repeatRows=1)


def _how_to_verify(report: Report) -> KeepTogether:
    return KeepTogether(
        [
            text("Как проверить отчёт", HEADING),
            text(
                "Отчёт составлен по журналу событий службы синхронизации, по записям до"
                f" №\N{NO-BREAK SPACE}{report.standing.position} включительно; что пришло позже, в него не вошло."
                " Поддержка службы сверит его с журналом по файлу или по контрольному значению, которое стоит внизу"
                " каждой страницы:"
            ),
            text(str(check_value(report)), STRONG),
        ]
    )
