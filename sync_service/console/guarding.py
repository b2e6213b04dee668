"""The guard before every page: names, origins, headers, and errors that say nothing of anybody."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    Fault = Callable[[Request, HTTPStatus, Exception | None], Response]

LOOPBACK = frozenset(("localhost", "127.0.0.1", "::1"))
ANY_HOST = "*"
SAFE_METHODS = frozenset(("GET", "HEAD", "OPTIONS"))
OWN_SITES = frozenset(("same-origin", "none"))
SECURITY = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self';"
        " form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


class Guard:
    """Lets through only what asks for us by name and from our own pages; sees every answer and every error.

    `fault` makes the page for an error. Names other than the loopback ones are let in if `hosts` has them: otherwise a
    hostile page could have its own name lead here, and read the answers (DNS rebinding).
    """

    def __init__(self, app: ASGIApp, fault: Fault, hosts: tuple[str, ...]) -> None:
        self._app = app
        self._fault = fault
        self._hosts = LOOPBACK | {host.lower() for host in hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def guarded(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                _add_headers(MutableHeaders(scope=message))
            await send(message)

        request = Request(scope, receive)
        refusal = self._refusal(request)
        if refusal is not None:
            await self._fault(request, refusal, None)(scope, receive, guarded)
            return
        try:
            await self._app(scope, receive, guarded)
        except Exception as error:  # noqa: BLE001 - an entry point: answered with a page, logged without its text
            answer = self._fault(request, HTTPStatus.INTERNAL_SERVER_ERROR, error)
            if not started:
                await answer(scope, receive, guarded)

    def _refusal(self, request: Request) -> HTTPStatus | None:
        if ANY_HOST not in self._hosts and _host_name(request.headers.get("host", "")) not in self._hosts:
            return HTTPStatus.MISDIRECTED_REQUEST
        if request.method not in SAFE_METHODS and not _is_own(request.headers):
            return HTTPStatus.FORBIDDEN
        return None


def _host_name(host: str) -> str:
    """The name in a Host header, without its port."""
    try:
        return (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return ""


def is_from_elsewhere(headers: Headers) -> bool:
    """Whether another site led here, as far as the browser says."""
    return headers.get("sec-fetch-site", "none") not in OWN_SITES


def _is_own(headers: Headers) -> bool:
    """Whether a request that changes something comes from our own pages, or from no browser at all."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in OWN_SITES
    origin = headers.get("origin")
    return origin is None or _address(origin) == headers.get("host")


def _address(origin: str) -> str | None:
    """The name and port in an Origin header; none in a text that is no address."""
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return None


def _add_headers(headers: MutableHeaders) -> None:
    for name, value in SECURITY.items():
        headers.setdefault(name, value)
    headers.setdefault("cache-control", "no-store")
