"""The certificate of an erasure as a PDF: one page, Russian with English beside it, equal bytes for equal ones."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.platypus import SimpleDocTemplate, Spacer, Table, TableStyle

from sync_service.adapters.pdf_parts import (
    AMOUNT,
    HEADING,
    LABEL,
    RULE,
    SMALL,
    SUBTITLE,
    TITLE_STYLE,
    text,
    use_fonts,
)
from sync_service.erasures.certificate import LEFT, TITLE

if TYPE_CHECKING:
    from reportlab.platypus import Flowable

    from sync_service.erasures.certificate import Certificate

MARGIN = 20 * mm
_LABELS_WIDTH = 62 * mm
_AMOUNTS_WIDTH = 25 * mm


def as_pdf(told: Certificate) -> bytes:
    """Write the certificate."""
    use_fonts()
    written = io.BytesIO()
    document = SimpleDocTemplate(
        written,
        pagesize=A4,
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=MARGIN,
        bottomMargin=MARGIN,
        title=TITLE.ru,
        author="sync-service",
        creator="sync-service",
        lang="ru",
        invariant=1,
    )
    document.build(_story(told, A4[0] - 2 * MARGIN))
    return written.getvalue()


def _story(told: Certificate, width: float) -> list[Flowable]:
    facts = (
        ("Номер в журнале стираний / Number in the ledger", str(told.id)),
        ("Когда / When", f"{told.erased_at:%d.%m.%Y %H:%M:%S} UTC"),
        ("Основание / Reason", told.reason),
        ("Запросил / Asked for by", told.proposed_by),
        ("Утвердил / Approved by", told.approved_by),
    )
    return [
        text(TITLE.ru, TITLE_STYLE),
        text(TITLE.en, SUBTITLE),
        _table([[text(name, LABEL), text(value)] for name, value in facts], [_LABELS_WIDTH, width - _LABELS_WIDTH]),
        text("Что стёрто / What was erased", HEADING),
        _table(
            [[text(f"{what.ru} / {what.en}"), text(str(count), AMOUNT)] for what, count in told.counted],
            [width - _AMOUNTS_WIDTH, _AMOUNTS_WIDTH],
        ),
        text("Что осталось и почему / What is left, and why", HEADING),
        *(part for one in LEFT for part in (text(one.ru), text(one.en, SMALL), Spacer(1, 2 * mm))),
        text("Чьи данные стёрты, здесь не сказано и нигде не хранится.", HEADING),
        text("Whose data were erased is not said here, and kept nowhere.", SMALL),
    ]


def _table(rows: list[list[Flowable]], widths: list[float]) -> Table:
    style = TableStyle(
        [
            ("LINEBELOW", (0, 0), (-1, -1), 0.4, RULE),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LEFTPADDING", (0, 0), (-1, -1), 0),
            ("RIGHTPADDING", (0, 0), (-1, -1), 0),
        ]
    )
    return Table(rows, colWidths=widths, style=style, hAlign="LEFT")
