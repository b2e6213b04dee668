"""The entrance of every address: who comes is known, may come here, and sent the form from our page, or is sent away.

This is the one place where that is asked, before any code of a page runs.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, NamedTuple, NoReturn
from urllib.parse import parse_qsl, urlencode

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from sync_service.console.recorded import recording_of
from sync_service.console.routes import ANYBODY, Page, Plain
from sync_service.console.visit import Lacking, Visit
from sync_service.signing_in import is_same_secret

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import Receive, Scope, Send

    from sync_service.console.badges import Badges
    from sync_service.console.ports import Ports
    from sync_service.console.routes import Entry
    from sync_service.console.templating import Templates
    from sync_service.signing_in import Session

SIGN_IN: Final = "/console/sign-in"
CSRF: Final = "csrf"
LOOK_AGAIN_S: Final = 15.0
"""How often a live stream asks whether whoever listens is still signed in."""

FORM_BYTES_MAX: Final = 2 * 1024 * 1024
"""So large is a message of 256 KiB when every byte of it is written as %XX, and more."""

STRANGERS_FORM_BYTES_MAX: Final = 16 * 1024
"""So much is read of who is not signed in: there a form holds a link's token and no more."""

FORM_S: Final = 30.0
"""So long a form may take to come: otherwise anybody could hold its bytes in memory for as long as they like."""

FIELDS_MAX: Final = 2_000


class Desk(NamedTuple):
    """What every address is answered with."""

    ports: Ports
    templates: Templates
    badges: Badges


class Entrance:
    """One entry of the table as an application: it answers every method, if only to say no."""

    def __init__(self, entry: Entry, desk: Desk) -> None:
        self._entry = entry
        self._desk = desk
        for method in entry.methods:
            recording_of(entry, method)  # a page that nobody said a recording for is found before anything is served
        self._methods = {*entry.methods, "HEAD"} if "GET" in entry.methods else set(entry.methods)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive, send)
        session = await self._session(request)
        request.state.session = session
        needed = self._entry.needed(request.method)
        if needed is not ANYBODY and session is None:
            await _away(request, self._entry)(scope, receive, send)
            return
        if needed is not ANYBODY and session is not None and not session.visitor.may(needed):
            raise Lacking(needed)
        if request.method not in self._methods:
            raise HTTPException(HTTPStatus.METHOD_NOT_ALLOWED)
        answer = await self._answer(request, session)
        if isinstance(self._entry, Plain) and self._entry.is_stream:
            await self._watched(request, answer, send)
        else:
            await answer(scope, receive, send)

    async def _session(self, request: Request) -> Session | None:
        """Whose session it is; an open address that is no page is answered without asking the database."""
        if isinstance(self._entry, Plain) and self._entry.see is ANYBODY:
            return None
        is_watching = isinstance(self._entry, Plain) and self._entry.is_stream
        return await run_in_threadpool(self._desk.ports.doors.session_of, request, is_watching=is_watching)

    async def _answer(self, request: Request, session: Session | None) -> Response:
        if isinstance(self._entry, Plain):
            if asyncio.iscoroutinefunction(self._entry.answer):
                answer: Response = await self._entry.answer(request)
                return answer
            return await run_in_threadpool(self._entry.answer, request)  # type: ignore[arg-type]
        if request.method != "POST":
            return await self._shown(request, self._entry)
        form = await _form(request, FORM_BYTES_MAX if session else STRANGERS_FORM_BYTES_MAX)
        if session is not None and not is_same_secret(session.csrf, form.get(CSRF, "")):
            raise HTTPException(HTTPStatus.FORBIDDEN)
        return await self._acted(request, self._entry, form)

    async def _shown(self, request: Request, page: Page) -> Response:
        if page.show is None:
            raise HTTPException(HTTPStatus.METHOD_NOT_ALLOWED)
        recorded = recording_of(page, "GET")
        return await run_in_threadpool(recorded.answer, self._visit(request, {}), page.show)

    async def _acted(self, request: Request, page: Page, form: Mapping[str, str]) -> Response:
        if page.act is None:
            raise HTTPException(HTTPStatus.METHOD_NOT_ALLOWED)
        try:
            recorded = recording_of(page, "POST")
            return await run_in_threadpool(recorded.answer, self._visit(request, form), page.act)
        finally:
            self._desk.badges.forget()

    def _visit(self, request: Request, form: Mapping[str, str]) -> Visit:
        return Visit(request, self._desk.ports, self._desk.templates, form)

    async def _watched(self, request: Request, answer: Response, send: Send) -> None:
        """Send a stream for as long as whoever listens is signed in."""
        streaming = asyncio.ensure_future(answer(request.scope, request.receive, send))
        try:
            while not (await asyncio.wait({streaming}, timeout=LOOK_AGAIN_S))[0]:
                if await self._session(request) is None:
                    break
        finally:
            is_over = streaming.done()
            streaming.cancel()
            with suppress(asyncio.CancelledError):
                await streaming
        if not is_over:
            await send({"type": "http.response.body", "body": b"", "more_body": False})


async def nowhere(_: Request) -> NoReturn:
    """Answer every address that is not in the table, to those who are signed in."""
    raise HTTPException(HTTPStatus.NOT_FOUND)


def _away(request: Request, entry: Entry) -> Response:
    """Where to sign in, for who opens a page; a plain no for everything else."""
    is_stream = isinstance(entry, Plain) and entry.is_stream
    if request.method not in {"GET", "HEAD"} or is_stream:
        raise HTTPException(HTTPStatus.UNAUTHORIZED)
    back = f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path
    asked = "" if back == "/console/" else f"?{urlencode({'back': back})}"
    return RedirectResponse(f"{SIGN_IN}{asked}", HTTPStatus.SEE_OTHER)


async def _form(request: Request, bytes_max: int) -> Mapping[str, str]:
    """The fields of a form; raises HTTPException for one that is too large, too slow, or no form."""
    body = bytearray()
    try:
        async with asyncio.timeout(FORM_S):
            async for chunk in request.stream():
                body += chunk
                if len(body) > bytes_max:
                    raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    except TimeoutError:
        raise HTTPException(HTTPStatus.REQUEST_TIMEOUT) from None
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=FIELDS_MAX, errors="strict"))
    except ValueError:
        raise HTTPException(HTTPStatus.UNPROCESSABLE_ENTITY) from None
