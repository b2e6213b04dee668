"""What protects a listener: our certificate, whose certificates it asks for, and which addresses it answers."""

from __future__ import annotations

import ssl
from functools import cached_property
from http import HTTPStatus
from typing import TYPE_CHECKING

import structlog
from starlette.responses import PlainTextResponse

from sync_service.connecting.certificates import CertificateFiles, CertificatesUnusable

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

log = structlog.get_logger(__name__)


class Protection:
    """TLS under the certificate of some files; when these change, new connections are shown the new one.

    `clients` says whether clients may, or must, show a certificate that `files.ca` signed.
    """

    def __init__(self, files: CertificateFiles, clients: ssl.VerifyMode = ssl.CERT_NONE) -> None:
        self._files, self._clients = files, clients
        self._seen = self._changed_at()

    @cached_property
    def context(self) -> ssl.SSLContext:
        """The context of every connection; raises CertificatesUnusable."""
        return self._files.server_context(self._clients)

    def renew_if_changed(self) -> None:
        """Take a renewed certificate; one that cannot be used is logged, and the old one stays."""
        changed_at = self._changed_at()
        if changed_at == self._seen:
            return
        self._seen = changed_at
        try:
            self._files.renew(self.context)
        except CertificatesUnusable as error:
            log.error("certificate.refused", reason=str(error))  # noqa: TRY400 - a person reads it; the reason is all
        else:
            log.info("certificate.renewed", file=str(self._files.cert))

    def _changed_at(self) -> tuple[int, ...]:
        try:
            return tuple(file.stat().st_mtime_ns for file in (self._files.cert, self._files.key) if file)
        except OSError:
            return ()


class Part:
    """A part of an application: the addresses that begin so or, with `without`, all others; the rest is not found."""

    def __init__(self, app: ASGIApp, prefix: str, *, without: bool = False) -> None:
        self._app, self._prefix, self._without = app, prefix, without

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or scope["path"].startswith(self._prefix) is not self._without:
            await self._app(scope, receive, send)
        else:
            await PlainTextResponse("not found\n", HTTPStatus.NOT_FOUND)(scope, receive, send)
