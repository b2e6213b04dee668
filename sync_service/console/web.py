"""The console's web application: `console(ports)` puts pages, static files and the guard together."""

from __future__ import annotations

from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.responses import RedirectResponse
from starlette.routing import Route

from sync_service.console.assets import Assets
from sync_service.console.badges import Badges
from sync_service.console.faults import Faults
from sync_service.console.guarding import Guard
from sync_service.console.site import NAVIGATION, PAGES, routes_of
from sync_service.console.templating import Templates
from sync_service.console.visit import NotThere, Refused, Visit

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from starlette.requests import Request
    from starlette.responses import Response

    from sync_service.console.ports import Ports
    from sync_service.console.routes import Page

FORM_BYTES_MAX = 2 * 1024 * 1024
"""So large is a message of 256 KiB when every byte of it is written as %XX, and more."""

FIELDS_MAX = 2_000
HOME = "/console/"


def console(ports: Ports) -> Starlette:
    """The application. Pages are plain functions and run in the thread pool; nothing is kept between requests."""
    assets = Assets()
    badges = Badges(ports)
    templates = Templates(assets.url, badges.counts, NAVIGATION)
    faults = Faults(ports, templates)
    pages = [Route(page.path, _endpoint(page, ports, templates, badges), methods=page.methods) for page in PAGES]
    return Starlette(
        routes=[
            Route("/", _go_home),
            Route("/console", _go_home),
            Route("/console/static/{name}", assets.answer),
            *pages,
            *routes_of(ports, templates),
        ],
        middleware=[Middleware(Guard, fault=faults.page, hosts=ports.hosts)],
        exception_handlers={
            HTTPException: partial(_http_fault, faults),
            NotThere: partial(_page_fault, faults),
            Refused: partial(_page_fault, faults),
        },
    )


def _endpoint(
    page: Page, ports: Ports, templates: Templates, badges: Badges
) -> Callable[[Request], Awaitable[Response]]:
    async def show(request: Request) -> Response:
        if page.show is None:  # HEAD comes with GET, and there is none
            raise HTTPException(HTTPStatus.METHOD_NOT_ALLOWED)
        return await run_in_threadpool(page.show, Visit(request, ports, templates, {}))

    async def endpoint(request: Request) -> Response:
        if request.method != "POST" or page.act is None:
            return await show(request)
        form = await _form(request)
        try:
            return await run_in_threadpool(page.act, Visit(request, ports, templates, form))
        finally:
            badges.forget()

    return endpoint


async def _form(request: Request) -> Mapping[str, str]:
    """The fields of a form; raises HTTPException for one that is too large or no form."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > FORM_BYTES_MAX:
            raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=FIELDS_MAX, errors="strict"))
    except ValueError:
        raise HTTPException(HTTPStatus.UNPROCESSABLE_ENTITY) from None


def _go_home(_: Request) -> Response:
    return RedirectResponse(HOME)


def _http_fault(faults: Faults, request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else HTTPStatus.INTERNAL_SERVER_ERROR
    return faults.page(request, HTTPStatus(status))


def _page_fault(faults: Faults, request: Request, error: Exception) -> Response:
    return faults.page(request, HTTPStatus.INTERNAL_SERVER_ERROR, error)
