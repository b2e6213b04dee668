"""The first page: the search, and below it what waits for somebody."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from sync_service.access import Right
from sync_service.console.routes import Page
from sync_service.sentences.words import Sentence, form

if TYPE_CHECKING:
    from starlette.responses import Response

    from sync_service.console.visit import Visit


class Line(msgspec.Struct, frozen=True):
    """Something that waits for somebody."""

    count: int
    what: Sentence
    advice: Sentence
    address: str


def show(visit: Visit) -> Response:
    """The search field, and what needs attention."""
    is_new = visit.ports.store.head() == 0 and not visit.badges.get("parked")
    return visit.render("start.html", attention=attention(visit), is_new=is_new)


def attention(visit: Visit) -> list[Line]:
    """What waits, most urgent first; nothing if nothing does."""
    lines = [_decisions(visit.badges.get("decisions", 0)), _parked(visit.badges.get("parked", 0))]
    return [line for line in lines if line.count and visit.opens(line.address)]


def _decisions(count: int) -> Line:
    word = form(count, "решение ждёт", "решения ждут", "решений ждут", "решения ждут")
    return Line(
        count,
        Sentence(f"{word} сотрудника", "decisions wait for staff" if count > 1 else "decision waits for staff"),
        Sentence("Пока не решено, кабинеты этих людей не связаны", "Until then these people's accounts are not linked"),
        "/console/decisions",
    )


def _parked(count: int) -> Line:
    word = form(count, "сообщение отложено", "сообщения отложены", "сообщений отложено", "сообщения отложены")
    return Line(
        count,
        Sentence(word, "messages are parked" if count > 1 else "message is parked"),
        Sentence("Остальные идут мимо них и не ждут", "The others pass them by and do not wait"),
        "/console/parked",
    )


PAGES = (Page("/console/", see=Right.ENTER, show=show),)
