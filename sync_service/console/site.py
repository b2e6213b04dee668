"""The pages of the console, gathered: a new page is one line here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import RedirectResponse

from sync_service.access import Right
from sync_service.console import rebuild_stream
from sync_service.console.entrance import nowhere
from sync_service.console.pages import (
    audit,
    cases,
    codes,
    dashboard,
    decisions,
    erasures,
    letter,
    parked,
    person,
    person_acts,
    preferences,
    rebuilds,
    search,
    sign_in,
    start,
)
from sync_service.console.routes import ANYBODY, Plain, Section
from sync_service.sentences.words import Sentence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request
    from starlette.responses import Response

    from sync_service.console.assets import Assets
    from sync_service.console.ports import Ports
    from sync_service.console.routes import Entry, Page
    from sync_service.console.templating import Templates

PAGES: tuple[Page, ...] = (
    *start.PAGES,
    *search.PAGES,
    *cases.PAGES,
    *person.PAGES,
    *person_acts.PAGES,
    *erasures.PAGES,
    *parked.PAGES,
    *letter.PAGES,
    *codes.PAGES,
    *decisions.PAGES,
    *rebuilds.PAGES,
    *audit.PAGES,
    *preferences.PAGES,
    *sign_in.PAGES,
)

NAVIGATION = (
    Section("search", "/console/", Sentence("Поиск", "Search"), needs=Right.SEE_PERSON),
    Section("dashboard", "/console/dashboard", Sentence("Табло", "Dashboard"), needs=Right.SEE_OPERATIONS),
    Section("parked", "/console/parked", Sentence("Отложенные", "Parked"), badge="parked", needs=Right.SEE_OPERATIONS),
    Section(
        "decisions", "/console/decisions", Sentence("Решения", "Decisions"), badge="decisions", needs=Right.SEE_PERSON
    ),
    Section("rebuilds", "/console/rebuilds", Sentence("Перестроение", "Rebuilds"), needs=Right.SEE_OPERATIONS),
    Section("audit", "/console/audit", Sentence("Журнал доступа", "Audit log"), needs=Right.SEE_AUDIT),
)


HOME = "/console/"


def table(ports: Ports, templates: Templates, assets: Assets, more: Sequence[Entry] = ()) -> Sequence[Entry]:
    """Every address of the console, with the right that it needs; the last one is for all that are not there."""
    return (
        Plain("/", see=ANYBODY, answer=_go_home),
        Plain("/console", see=ANYBODY, answer=_go_home),
        Plain("/console/static/{name}", see=ANYBODY, answer=assets.answer),
        *PAGES,
        *dashboard.routes(ports, templates),
        *rebuild_stream.routes(ports, templates),
        *more,
        Plain("/{rest:path}", see=Right.ENTER, answer=nowhere),
    )


def _go_home(_: Request) -> Response:
    return RedirectResponse(HOME)
