"""The addresses of the portal door: everything under `/portal`, answered in JSON whatever happens."""

from __future__ import annotations

import time
from contextlib import suppress
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, TypeVar, TypeVarTuple

import msgspec
from anyio import CapacityLimiter, to_thread
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.routing import Mount, Route

from sync_service import working
from sync_service.console.peers import peer_of
from sync_service.portal_door.door import Lane, status_of
from sync_service.portal_door.faults import Refused, headers_of, problem_of
from sync_service.portal_door.reading import drain, read

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from sync_service.portal_door.door import PortalDoor

A = TypeVarTuple("A")
T = TypeVar("T")

THREADS = 4
"""So many requests are judged at once: pages and the API have threads of their own."""


def mounted(door: PortalDoor) -> Mount:
    """What is mounted beside the console's pages."""
    events = Events(door)
    app = Starlette(
        routes=[
            Route("/v1/events", partial(events.answer, Lane.LIVE), methods=["POST"]),
            Route("/v1/backfill", partial(events.answer, Lane.BACKFILL), methods=["POST"]),
            Route("/v1/status", events.tell, methods=["GET"]),
        ],
        exception_handlers={Refused: _refusal, HTTPException: _http_fault, Exception: _http_fault},
    )
    return Mount("/portal", app=app)


class Events:
    """`POST /portal/v1/events` and `/portal/v1/backfill`, and `GET /portal/v1/status`."""

    def __init__(self, door: PortalDoor) -> None:
        self._door = door
        self._threads = CapacityLimiter(THREADS)

    async def answer(self, lane: Lane, request: Request) -> Response:
        """Take events by a lane, and give a receipt for each once they are safe.

        A request that would have to queue for long is refused before anything of it is read.
        """
        began = time.perf_counter()
        chunks = request.stream()
        headers = headers_in(request)
        try:
            with self._door.rooms[lane].hold() as held:
                credential = await self._in_thread(self._door.admit, headers, _certificate(request), lane)
                body = await read(chunks, self._door, held, headers.get("content-encoding", ""))
                found = await self._in_thread(self._door.receive, credential, body, headers, lane)
        except Refused:
            with suppress(ClientDisconnect, RuntimeError):
                await drain(chunks)
            raise
        working.did("portal.received", items=found.received, seconds=time.perf_counter() - began)
        return Response(msgspec.json.encode(found), status_of(found), media_type="application/json")

    async def tell(self, request: Request) -> Response:
        """Say what the service knows of the portal that asks."""
        with self._door.rooms[Lane.LIVE].hold():
            told = await self._in_thread(self._door.tell, headers_in(request), _certificate(request))
        return Response(msgspec.json.encode(told), media_type="application/json")

    async def _in_thread(self, act: Callable[[*A], T], *given: *A) -> T:
        return await to_thread.run_sync(act, *given, limiter=self._threads)


def headers_in(request: Request) -> dict[str, str]:
    """The headers, names in lower case; of several of one name the last."""
    return dict(request.headers.items())


def _certificate(request: Request) -> str | None:
    peer = peer_of(request.scope)
    return peer.fingerprint if peer else None


def _refusal(_: Request, error: Exception) -> Response:
    if not isinstance(error, Refused):
        raise error
    return Response(problem_of(error), error.status, headers_of(error))


def _http_fault(request: Request, error: Exception) -> Response:
    status = HTTPStatus(error.status_code if isinstance(error, HTTPException) else HTTPStatus.INTERNAL_SERVER_ERROR)
    answer = _refusal(request, Refused(status, status.name.lower().replace("_", "-"), status.phrase))
    answer.headers.update(getattr(error, "headers", None) or {})
    return answer
