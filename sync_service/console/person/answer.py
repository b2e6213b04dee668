"""A ready answer to the user, in Russian: what counts, what waits and why; nothing of others, no codes, no names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_service.aggregates.judging import Counts
from sync_service.console.languages import said
from sync_service.console.person.summary import summary
from sync_service.sentences.links import link_standing

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sync_service.console.formats import Formats
    from sync_service.console.person.credits import CreditRow
    from sync_service.questions.moments import Moment

SHOWN_MAX = 20


def answer_to_user(moment: Moment, rows: Sequence[CreditRow], f: Formats, today: date) -> str:
    """The text that staff copy; `rows` and `f` must be Russian, whatever language the page has."""
    told = summary(moment, rows, today, f)
    parts = ["Здравствуйте!", f"{told.sentence} {told.exceptions}".strip()]
    waiting = [row for row in rows if row.group == "waits"]
    without = [row for row in rows if row.group == "not_counted" and row.counts != Counts.DUPLICATE_OF]
    unseen = [row for row in rows if row.unseen_at]
    if waiting:
        parts.append("\n".join(["Ждут:", *_listed(waiting)]))
    if without:
        parts.append("\n".join(["Не засчитаны:", *_listed(without)]))
    if unseen:
        parts.append("\n".join(["Во втором кабинете пока не видны:", *_shown(unseen)]))
    if moment.person.link is None:
        parts.append(said(link_standing(None), "ru"))
    if told.left:
        parts.append(told.left)
    return "\n\n".join(parts)


def _listed(rows: Sequence[CreditRow]) -> list[str]:
    return _cut([f"— {_named(row)}: {row.verdict}. {row.reason}".strip() for row in rows])


def _shown(rows: Sequence[CreditRow]) -> list[str]:
    return _cut([f"— {_named(row)}: {row.caption}." for row in rows])


def _named(row: CreditRow) -> str:
    return f"{row.completed_on:%d.%m.%Y}, «{row.title}»" if row.title else f"{row.completed_on:%d.%m.%Y}, {row.kind}"


def _cut(lines: list[str]) -> list[str]:
    rest = len(lines) - SHOWN_MAX
    return [*lines[:SHOWN_MAX], f"— и ещё {rest}"] if rest > 0 else lines
