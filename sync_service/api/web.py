"""The JSON API as a route of the console's server: `mounted(ports, gate)` answers everything under `/api`."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Mount, Route

from sync_service.api.answering import answer
from sync_service.api.call import Call
from sync_service.api.endpoint import JSON, READING
from sync_service.api.entering import case_of
from sync_service.api.failing import refusal
from sync_service.api.openapi import as_json
from sync_service.api.problems import Problem, not_there
from sync_service.api.table import ENDPOINTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from starlette.types import Receive, Scope, Send

    from sync_service.api.endpoint import Endpoint
    from sync_service.api.entering import Entered, Gate
    from sync_service.console.ports import Ports

BODY_BYTES_MAX: Final = 2 * 1024 * 1024
r"""So large is a message of 256 KiB when every character of it is written as \uXXXX, and more."""
BODY_TIMEOUT_S: Final = 30.0
ROOT: Final = "/api"
DESCRIPTION: Final = "/openapi.json"
VERSION: Final = "/v1"


def mounted(ports: Ports, gate: Gate, endpoints: Iterable[Endpoint] = ENDPOINTS) -> Mount:
    """Everything under `/api`, which lets in whom it knows itself; it stands within the console's guard."""
    by_path: dict[str, dict[str, Endpoint]] = {}
    for endpoint in endpoints:
        by_path.setdefault(endpoint.path, {})[endpoint.method] = endpoint
    addresses: list[BaseRoute] = [
        Route(f"{VERSION}{path}", Address(ports, gate, known)) for path, known in by_path.items()
    ]
    app = Starlette(routes=[Route(DESCRIPTION, _describe), *addresses], exception_handlers={HTTPException: _no_address})
    app.router.redirect_slashes = False
    return Mount(ROOT, app)


class Address:
    """One path of the API as an ASGI application: whatever its method, whatever comes of it, it gives an answer."""

    def __init__(self, ports: Ports, gate: Gate, known: Mapping[str, Endpoint]) -> None:
        """Take the endpoints of the path, by method."""
        self._ports = ports
        self._gate = gate
        self._known = known

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        try:
            response = await self._answer(request)
        except ClientDisconnect:
            return
        except Exception as error:  # noqa: BLE001 - an entry point: answered as a problem, logged without its text
            response = refusal(error, self._ports.unavailable)
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        endpoint = self._known.get(request.method)
        if endpoint is None:
            allowed = ", ".join(self._known)
            raise Problem(
                HTTPStatus.METHOD_NOT_ALLOWED, "no-such-method", f"Here is only {allowed}.", headers={"allow": allowed}
            )
        entered = await run_in_threadpool(self._gate.enter, request, endpoint.right, searches=endpoint.searches)
        body = b"" if endpoint.method == READING else await _body(request)
        return await run_in_threadpool(self._found, endpoint, request, entered, body)

    def _found(self, endpoint: Endpoint, request: Request, entered: Entered, body: bytes) -> Response:
        case = case_of(request, entered, is_needed=endpoint.needs_case)
        call = Call(endpoint, self._ports, entered.visitor, case, request.path_params)
        status, content, headers = answer(call, request.query_params.multi_items(), body)
        if isinstance(content, bytes):
            return Response(content, status, headers)
        return StreamingResponse(content, status, headers)


async def _body(request: Request) -> bytes:
    """The body, bounded in size and time; raises Problem (408, 413 or 415)."""
    media_type = request.headers.get("content-type", JSON).partition(";")[0].strip().lower()
    if media_type != JSON or request.headers.get("content-encoding", "identity") != "identity":
        raise Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "not-json", f"The body is {JSON}, not compressed.")
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_TIMEOUT_S):
            async for chunk in request.stream():
                body += chunk
                if len(body) > BODY_BYTES_MAX:
                    raise Problem(
                        HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too-large", f"Over {BODY_BYTES_MAX} bytes are not read."
                    )
    except TimeoutError:
        raise Problem(HTTPStatus.REQUEST_TIMEOUT, "too-slow", "The body took too long to come.") from None
    return bytes(body)


async def _describe(_: Request) -> Response:
    return Response(as_json(), media_type=JSON)


async def _no_address(_: Request, error: Exception) -> Response:
    if isinstance(error, HTTPException) and error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        allowed = {"allow": READING}
        return refusal(
            Problem(HTTPStatus.METHOD_NOT_ALLOWED, "no-such-method", f"Here is only {READING}.", headers=allowed), ()
        )
    return refusal(not_there(), ())
