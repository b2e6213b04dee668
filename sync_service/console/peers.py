"""Who is at the other end of a connection by TLS: what a request's scope says of it, and the certificate shown."""

from __future__ import annotations

import ssl
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import ASGIApp, Receive, Scope, Send

VERSIONS = {"TLSv1.2": 0x0303, "TLSv1.3": 0x0304}


class Peer(msgspec.Struct, frozen=True):
    """A client that showed a certificate of the authority that we trust.

    `fingerprint` is the SHA-256 of its certificate in 64 lower-case hexadecimal digits.
    """

    fingerprint: str
    subject: str


def peer_of(scope: Mapping[str, Any]) -> Peer | None:
    """The peer of a request's connection; None without TLS, and for one that showed no certificate."""
    tls = (scope.get("extensions") or {}).get("tls")
    if not tls or not tls["client_cert_chain"]:
        return None
    return Peer(fingerprint_of(tls["client_cert_chain"][0]), tls["client_cert_name"])


def fingerprint_of(certificate: str) -> str:
    """The fingerprint of a certificate in PEM; raises ValueError if it is none."""
    return sha256(ssl.PEM_cert_to_DER_cert(certificate.strip())).hexdigest()


def tls_of(connection: ssl.SSLObject | ssl.SSLSocket) -> dict[str, Any]:
    """What the ASGI extension «tls» says of a connection; a certificate that was not verified never gets so far."""
    shown = connection.getpeercert(binary_form=True)
    chain: tuple[str, ...] = ()
    name: str | None = None
    if shown is not None:
        from cryptography import x509  # noqa: PLC0415 - only who is shown a certificate needs it

        name = x509.load_der_x509_certificate(shown).subject.rfc4514_string()
        chain = (ssl.DER_cert_to_PEM_cert(shown),)
    return {
        "server_cert": None,
        "client_cert_chain": chain,
        "client_cert_name": name,
        "client_cert_error": None,
        "tls_version": VERSIONS.get(connection.version() or ""),
        "cipher_suite": None,
    }


class WithTls:
    """Lets an application see the TLS of the one connection that its requests come by."""

    def __init__(self, app: ASGIApp, tls: Mapping[str, Any]) -> None:
        self._app, self._tls = app, tls

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        scope["extensions"] = {**(scope.get("extensions") or {}), "tls": self._tls}
        await self._app(scope, receive, send)
