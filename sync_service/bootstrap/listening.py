"""Where the HTTP doors listen, and what protects each of them."""

from __future__ import annotations

import ssl
from functools import cached_property
from typing import TYPE_CHECKING

import structlog

from sync_service.bootstrap.surroundings import now
from sync_service.connecting.certificates import CertificateFiles, CertificatesUnusable
from sync_service.settings import SettingsError

if TYPE_CHECKING:
    import socket
    from collections.abc import Sequence

    from starlette.types import ASGIApp

    from sync_service.console.protection import Protection
    from sync_service.console.serving import Listener
    from sync_service.settings import Settings

log = structlog.get_logger(__name__)

PORTALS = "/portal/"


class Listening:
    """The sockets that this process answers at; bound when first asked for, so that a wrong one ends it early."""

    settings: Settings

    @cached_property
    def listening(self) -> socket.socket:
        """Where the console listens, bound; raises SettingsError, or OSError if the port is taken."""
        return self._bound("CONSOLE", self.settings.console_host, self.settings.console_port)

    @cached_property
    def portal_listening(self) -> socket.socket | None:
        """Where the portals' own door listens, if it has one; raises SettingsError, or OSError if the port is taken."""
        if self.settings.portal_port is None:
            return None
        return self._bound("PORTAL", self.settings.portal_host, self.settings.portal_port)

    @property
    def console_address(self) -> str:
        """The address that a browser opens; raises SettingsError for a certificate that cannot be used."""
        from sync_service.console.serving import address_of  # noqa: PLC0415 - only who serves needs it

        _ = self._protection(ssl.CERT_NONE), self.portal_listening  # what is wrong with either ends the process now
        return address_of(self.listening, encrypted=self.settings.console_cert_file is not None)

    def listeners(self, app: ASGIApp) -> Sequence[Listener]:
        """What answers where: all at the console's address, unless portals have a door of their own."""
        from sync_service.console.protection import Part  # noqa: PLC0415
        from sync_service.console.serving import Listener  # noqa: PLC0415

        asks = self.settings.portal_client_ca_file is not None
        if self.portal_listening is None:
            return [Listener(self.listening, app, self._protection(ssl.CERT_OPTIONAL if asks else ssl.CERT_NONE))]
        portals = self._protection(ssl.CERT_REQUIRED if asks else ssl.CERT_NONE)
        log.info("portal_door.opened", port=self.portal_listening.getsockname()[1], certificates_required=asks)
        return [
            Listener(self.listening, Part(app, PORTALS, without=True), self._protection(ssl.CERT_NONE)),
            Listener(self.portal_listening, Part(app, PORTALS), portals),
        ]

    def probe_doors(self) -> str:
        """Say how the HTTP doors are protected, and until when; raises SettingsError."""
        settings = self.settings
        if settings.console_cert_file is None:
            return "without TLS (SYNC_CONSOLE_CERT_FILE)"
        self._protection(ssl.CERT_OPTIONAL if settings.portal_client_ca_file else ssl.CERT_NONE)
        ends_at = CertificateFiles(None, settings.console_cert_file, settings.console_key_file).expires_at()
        if ends_at is not None and ends_at <= now():
            raise SettingsError(f"{settings.console_cert_file}: the certificate ended on {ends_at:%Y-%m-%d}")
        clients = ", portals' certificates are verified" if settings.portal_client_ca_file else ""
        return f"TLS, certificate until {ends_at:%Y-%m-%d}{clients}"

    def _protection(self, clients: ssl.VerifyMode) -> Protection | None:
        """TLS as set, None where no certificate is."""
        from sync_service.console.protection import Protection  # noqa: PLC0415

        settings = self.settings
        if settings.console_cert_file is None:
            return None
        authority = None if clients is ssl.CERT_NONE else settings.portal_client_ca_file
        protection = Protection(
            CertificateFiles(authority, settings.console_cert_file, settings.console_key_file), clients
        )
        try:
            _ = protection.context
        except CertificatesUnusable as error:
            raise SettingsError(str(error)) from None
        return protection

    def _bound(self, door: str, host: str, port: int) -> socket.socket:
        from sync_service.console.serving import is_loopback, listen  # noqa: PLC0415

        if not (is_loopback(host) or self.settings.console_allow_remote):
            raise SettingsError(
                f"SYNC_{door}_HOST: others could reach this door; if they are to, set SYNC_CONSOLE_ALLOW_REMOTE (or"
                " --allow-remote): they have to sign in, and the way there needs TLS"
            )
        if not is_loopback(host) and self.settings.console_cert_file is None:
            log.warning("door.unencrypted", door=door.lower(), host=host)
        return listen(host, port)
