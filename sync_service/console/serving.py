"""Serves the console: sockets that are bound before anything starts, and servers that stop when they are told."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import threading
    from collections.abc import Sequence

    import uvicorn
    from starlette.types import ASGIApp

    from sync_service.console.protection import Protection

LAST_ANSWERS_S = 3
"""How long running answers may take once the console is told to stop; live streams are cut then."""

STOP_LOOK_S = 0.2
RENEWAL_LOOKS = 300
"""After so many looks, a minute, the files of certificates are looked at too."""


class Listener(NamedTuple):
    """A bound socket, what answers there, and its TLS if it has any."""

    socket: socket.socket
    app: ASGIApp
    protection: Protection | None = None


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach the host."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def listen(host: str, port: int) -> socket.socket:
    """Bind the address, port 0 for any free one; raises OSError that names the address."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=256)
    except OSError as error:
        raise OSError(error.errno, error.strerror, f"{host}:{port}") from None


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether the port could be bound just now."""
    try:
        listen(host, port).close()
    except OSError:
        return False
    return True


def address_of(listening: socket.socket, *, encrypted: bool = False) -> str:
    """The address that a browser opens."""
    host, port = listening.getsockname()[:2]
    return f"{'https' if encrypted else 'http'}://{f'[{host}]' if ':' in host else host}:{port}/console/"


def serve(app: ASGIApp, listening: socket.socket, stopping: threading.Event) -> None:
    """Answer requests at one address, without TLS, until `stopping` is set."""
    serve_all([Listener(listening, app)], stopping)


def serve_all(listeners: Sequence[Listener], stopping: threading.Event) -> None:
    """Answer requests at each of them until `stopping` is set; answers under way are ended first."""
    try:
        asyncio.run(_serve_all(listeners, stopping))
    finally:
        for listener in listeners:
            listener.socket.close()


async def _serve_all(listeners: Sequence[Listener], stopping: threading.Event) -> None:
    servers = [_server(listener) for listener in listeners]
    watching = asyncio.create_task(_watch(listeners, servers, stopping))
    try:
        await asyncio.gather(
            *(server.serve(sockets=[listener.socket]) for server, listener in zip(servers, listeners, strict=True))
        )
    finally:
        watching.cancel()


async def _watch(listeners: Sequence[Listener], servers: Sequence[uvicorn.Server], stopping: threading.Event) -> None:
    looks = 0
    while not stopping.is_set():
        await asyncio.sleep(STOP_LOOK_S)
        looks += 1
        for listener in listeners if looks % RENEWAL_LOOKS == 0 else ():
            if listener.protection is not None:
                listener.protection.renew_if_changed()
    for server in servers:
        server.should_exit = True


def _server(listener: Listener) -> uvicorn.Server:
    import uvicorn  # noqa: PLC0415 - only who serves needs it

    from sync_service.console.tls_protocol import PeerProtocol  # noqa: PLC0415

    protection = listener.protection
    config = uvicorn.Config(
        listener.app,
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="off",
        timeout_graceful_shutdown=LAST_ANSWERS_S,
        loop="asyncio",
        http=PeerProtocol,
        ws="none",
        ssl_context_factory=None if protection is None else lambda *_: protection.context,
    )
    return uvicorn.Server(config)
