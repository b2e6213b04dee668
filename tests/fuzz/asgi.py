"""Asks an ASGI application as a server would, without a socket and without mending what is asked."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, MutableMapping

    from starlette.types import ASGIApp


class Asked(msgspec.Struct, frozen=True):
    """A request; the names of headers in lower case, as servers give them."""

    method: str
    path: str
    query: bytes = b""
    headers: tuple[tuple[bytes, bytes], ...] = ()
    body: bytes = b""
    is_signed_in: bool = True


@contextmanager
def asking(app: ASGIApp) -> Iterator[Callable[[Asked, tuple[tuple[bytes, bytes], ...]], tuple[int, bytes]]]:
    """Lend a way to ask the application; what it raises comes through."""
    loop = asyncio.new_event_loop()

    def ask(asked: Asked, more: tuple[tuple[bytes, bytes], ...] = ()) -> tuple[int, bytes]:
        return loop.run_until_complete(_answered(app, asked, (*asked.headers, *more)))

    try:
        yield ask
    finally:
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()


async def _answered(app: ASGIApp, asked: Asked, headers: tuple[tuple[bytes, bytes], ...]) -> tuple[int, bytes]:
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": asked.method,
        "scheme": "http",
        "path": asked.path,
        "raw_path": asked.path.encode(errors="replace"),
        "root_path": "",
        "query_string": asked.query,
        "headers": list(headers),
        "client": ("127.0.0.1", 50_000),
        "server": ("127.0.0.1", 8080),
        "state": {},
    }
    left = [{"type": "http.request", "body": asked.body, "more_body": False}]
    status, content = 0, bytearray()

    async def receive() -> dict[str, Any]:
        return left.pop() if left else {"type": "http.disconnect"}

    async def send(message: MutableMapping[str, Any]) -> None:
        nonlocal status
        status = message.get("status", status)
        content.extend(message.get("body", b""))

    await app(scope, receive, send)
    return status, bytes(content)
