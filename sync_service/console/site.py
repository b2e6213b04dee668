"""The pages of the console, gathered: a new page is one line here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_service.console import rebuild_stream
from sync_service.console.pages import (
    codes,
    dashboard,
    decisions,
    letter,
    parked,
    person,
    person_acts,
    preferences,
    rebuilds,
    search,
    start,
)
from sync_service.console.routes import Section
from sync_service.sentences.words import Sentence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.routing import BaseRoute

    from sync_service.console.ports import Ports
    from sync_service.console.routes import Page
    from sync_service.console.templating import Templates

PAGES: tuple[Page, ...] = (
    *start.PAGES,
    *search.PAGES,
    *person.PAGES,
    *person_acts.PAGES,
    *parked.PAGES,
    *letter.PAGES,
    *codes.PAGES,
    *decisions.PAGES,
    *rebuilds.PAGES,
    *preferences.PAGES,
)

NAVIGATION = (
    Section("search", "/console/", Sentence("Поиск", "Search")),
    Section("dashboard", "/console/dashboard", Sentence("Табло", "Dashboard")),
    Section("parked", "/console/parked", Sentence("Отложенные", "Parked"), badge="parked"),
    Section("decisions", "/console/decisions", Sentence("Решения", "Decisions"), badge="decisions"),
    Section("rebuilds", "/console/rebuilds", Sentence("Перестроение", "Rebuilds")),
)


def routes_of(ports: Ports, templates: Templates) -> Sequence[BaseRoute]:
    """What is no page: live streams, metrics, health."""
    return (
        *dashboard.routes(ports, templates),
        *rebuild_stream.routes(ports, templates),
    )
