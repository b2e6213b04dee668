"""The web server's protocol, with what it leaves out: the client's certificate."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from uvicorn.protocols.http.h11_impl import H11Protocol

from sync_service.console.peers import WithTls, tls_of

if TYPE_CHECKING:
    import asyncio

    from uvicorn._types import ASGI3Application


class PeerProtocol(H11Protocol):
    """Answers the requests of one connection, each with the TLS of that connection in its scope."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Note the certificate once; it cannot change while the connection lasts."""
        super().connection_made(transport)
        connection = transport.get_extra_info("ssl_object")
        if connection is not None:
            self.app = cast("ASGI3Application", WithTls(self.app, tls_of(connection)))
