"""The console's web application: `console(ports)` puts the table of addresses, the entrance and the guard together."""

from __future__ import annotations

from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import Route

from sync_service.auditing import AuditUnavailable
from sync_service.console.assets import Assets
from sync_service.console.badges import Badges
from sync_service.console.entrance import Desk, Entrance
from sync_service.console.faults import Faults
from sync_service.console.guarding import Guard
from sync_service.console.routes import Rules
from sync_service.console.site import NAVIGATION, table
from sync_service.console.templating import Templates
from sync_service.console.visit import Lacking, NotThere, Refused
from sync_service.limiting import TooOften

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request
    from starlette.responses import Response

    from sync_service.console.ports import Ports
    from sync_service.console.routes import Entry


def console(ports: Ports, more: Sequence[Entry] = ()) -> Starlette:
    """The application. Pages are plain functions and run in the thread pool; nothing is kept between requests.

    `more` are addresses beside the console's own: what machines ask. `ports.mounted` know by themselves who comes.
    """
    assets = Assets()
    badges = Badges(ports)
    templates = Templates(assets.url, badges.counts, NAVIGATION)
    faults = Faults(ports, templates)
    desk = Desk(ports, templates, badges)
    entries = table(ports, templates, assets, more)
    app = Starlette(
        routes=[*ports.mounted, *(Route(entry.path, Entrance(entry, desk)) for entry in entries)],
        middleware=[Middleware(Guard, fault=faults.page, hosts=ports.hosts)],
        exception_handlers={
            HTTPException: partial(_http_fault, faults),
            **dict.fromkeys((NotThere, Refused, Lacking, TooOften, AuditUnavailable), partial(_page_fault, faults)),
        },
    )
    app.state.rules = Rules(entries)
    return app


def _http_fault(faults: Faults, request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else HTTPStatus.INTERNAL_SERVER_ERROR
    return faults.page(request, HTTPStatus(status))


def _page_fault(faults: Faults, request: Request, error: Exception) -> Response:
    return faults.page(request, HTTPStatus.INTERNAL_SERVER_ERROR, error)
