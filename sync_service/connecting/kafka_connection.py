"""How Kafka's brokers are reached: where, with or without TLS, and as whom; the same for every client of ours."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import msgspec

from sync_service.connecting.certificates import CertificateFiles, CertificatesUnusable

RECONNECT_BACKOFF_MAX_MS = 1_000

Security = Literal["plaintext", "tls", "sasl_plaintext", "sasl_tls"]
Mechanism = Literal["SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN"]

PROTOCOLS: dict[Security, str] = {
    "plaintext": "PLAINTEXT",
    "tls": "SSL",
    "sasl_plaintext": "SASL_PLAINTEXT",
    "sasl_tls": "SASL_SSL",
}
"""What Kafka calls each way of being reached."""


class KafkaConnection(msgspec.Struct, frozen=True, kw_only=True):
    """Where the brokers are, how patiently they are waited for, and how both sides prove who they are.

    With TLS the broker's certificate and name are always verified: nothing turns that off. The password is read from
    its file when a client is made, and is never kept, shown or logged.
    """

    bootstrap: str
    timeout_ms: int = 30_000
    security: Security = "plaintext"
    certificates: CertificateFiles = CertificateFiles()
    mechanism: Mechanism = "SCRAM-SHA-512"
    user: str | None = None
    password_file: Path | None = None

    @property
    def is_encrypted(self) -> bool:
        """Whether nobody on the way can read along."""
        return self.security in ("tls", "sasl_tls")

    @property
    def signs_in(self) -> bool:
        """Whether a name and a password are given."""
        return self.security in ("sasl_plaintext", "sasl_tls")

    @property
    def described(self) -> str:
        """How the connection is protected, in a few words for operators."""
        way = "TLS" if self.is_encrypted else "no encryption"
        if self.signs_in:
            return f"{way}, as {self.user} ({self.mechanism})"
        return f"{way}, by our certificate" if self.is_encrypted and self.certificates.cert else way

    def options(self) -> dict[str, Any]:
        """What every client of the library is given.

        Raises:
            CertificatesUnusable: a file cannot be read, or is not what it should be.
        """
        options: dict[str, Any] = {
            "bootstrap_servers": self.bootstrap.split(","),
            "bootstrap_timeout_ms": self.timeout_ms,
            "reconnect_backoff_max_ms": RECONNECT_BACKOFF_MAX_MS,
            "security_protocol": PROTOCOLS[self.security],
        }
        if self.is_encrypted:
            options["ssl_context"] = self.certificates.client_context()
        if self.signs_in:
            options["sasl_mechanism"] = self.mechanism
            options["sasl_plain_username"] = self.user
            options["sasl_plain_password"] = _password(self.password_file)
        return options


def _password(file: Path | None) -> str:
    """The first line of the file."""
    if file is None:
        raise CertificatesUnusable("a password file is needed")
    try:
        password = file.read_text(encoding="utf-8").split("\n", 1)[0].rstrip("\r")
    except OSError as error:
        raise CertificatesUnusable(f"{file}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise CertificatesUnusable(f"{file}: the password is not UTF-8") from None
    if not password:
        raise CertificatesUnusable(f"{file}: its first line is the password, and it is empty")
    return password
