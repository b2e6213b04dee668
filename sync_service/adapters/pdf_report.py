"""The report as a PDF: A4, Russian, equal bytes for equal reports, check value and page number on every page."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.platypus import SimpleDocTemplate

from sync_service.adapters.pdf_parts import BODY, GREY, RULE, use_fonts
from sync_service.adapters.pdf_tables import story_of
from sync_service.reports.check_value import check_value
from sync_service.reports.wording import TITLE, short_day

if TYPE_CHECKING:
    from collections.abc import Callable

    from reportlab.pdfgen.canvas import Canvas

    from sync_service.reports.report import Report

MARGIN = 18 * mm
FRAME_PADDING_PT = 6
FOOTER = 12 * mm
FOOTER_PT = 6.8


def as_pdf(report: Report) -> bytes:
    """Write the report; equal reports give equal bytes. It is laid out twice: the first time to count the pages."""
    use_fonts()
    _, pages = _written(report, None)
    content, _ = _written(report, pages)
    return content


def _written(report: Report, pages: int | None) -> tuple[bytes, int]:
    written = io.BytesIO()
    document = SimpleDocTemplate(
        written,
        pagesize=A4,
        leftMargin=MARGIN - FRAME_PADDING_PT,
        rightMargin=MARGIN - FRAME_PADDING_PT,
        topMargin=MARGIN,
        bottomMargin=MARGIN + FOOTER / 2,
        title=TITLE,
        author="sync-service",
        creator="sync-service",
        subject="",
        keywords=[str(check_value(report))],
        lang="ru",
        invariant=1,
        pageCompression=1,
    )
    furnish = _furniture(report, pages)
    document.build(story_of(report, A4[0] - 2 * MARGIN), onFirstPage=furnish, onLaterPages=furnish)
    return written.getvalue(), document.page


def _furniture(report: Report, pages: int | None) -> Callable[[Canvas, object], None]:
    """What stands at the foot of every page: pages of two reports cannot be mixed unseen."""
    at = report.standing.at
    value = str(check_value(report))
    written_at = at.strftime("D:%Y%m%d%H%M%S+00'00'")

    def furnish(canvas: Canvas, _: object) -> None:
        canvas.setDateFormatter(lambda *_: written_at)
        canvas.setStrokeColor(RULE)
        canvas.setLineWidth(0.5)
        canvas.line(MARGIN, MARGIN, A4[0] - MARGIN, MARGIN)
        canvas.setFillColor(GREY)
        canvas.setFont(BODY, FOOTER_PT)
        canvas.drawString(MARGIN, FOOTER, f"Контрольное значение: {value}")
        canvas.drawRightString(A4[0] - MARGIN, FOOTER, f"{short_day(at)} · стр. {canvas.getPageNumber()} из {pages}")

    return furnish
