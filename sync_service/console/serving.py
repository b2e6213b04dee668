"""Serves the console: a socket that is bound before anything starts, and a server that stops when it is told."""

from __future__ import annotations

import ipaddress
import socket
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import ASGIApp

LAST_ANSWERS_S = 3
"""How long running answers may take once the console is told to stop; live streams are cut then."""


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


def address_of(listening: socket.socket) -> str:
    """The address that a browser opens."""
    host, port = listening.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/console/"


def serve(app: ASGIApp, listening: socket.socket, stopping: threading.Event) -> None:
    """Answer requests until `stopping` is set; answers under way are ended first."""
    import uvicorn  # noqa: PLC0415 - only who serves needs it

    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="off",
        timeout_graceful_shutdown=LAST_ANSWERS_S,
        loop="asyncio",
        http="h11",
        ws="none",
    )
    server = uvicorn.Server(config)
    ended = threading.Event()

    def watch() -> None:
        while not (stopping.wait(0.2) or ended.is_set()):
            pass
        server.should_exit = True

    watcher = threading.Thread(target=watch, name="console-stop", daemon=True)
    watcher.start()
    try:
        server.run(sockets=[listening])
    finally:
        ended.set()
        watcher.join()
        listening.close()
