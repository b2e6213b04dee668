"""Certificates of a throw-away authority, as files: good ones, and each kind of bad one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import trustme
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from sync_service.connecting.certificates import CertificateFiles

if TYPE_CHECKING:
    from pathlib import Path

HERE = ("localhost", "127.0.0.1", "::1")
"""The names of this machine, as a server's certificate bears them."""


class Authority:
    """One that signs certificates; its own and theirs are files of a directory."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._directory, self._signs = directory, trustme.CA()
        self.file = directory / "authority.pem"
        self.file.write_bytes(self._signs.cert_pem.bytes())

    def issue(self, name: str, *identities: str, ended: bool = False) -> CertificateFiles:
        """A certificate for `name` (its common name) and these host names; `ended` makes one whose time is over."""
        now = datetime.now(UTC)
        leaf = self._signs.issue_cert(
            *(identities or HERE),
            common_name=name,
            not_before=now - timedelta(days=2),
            not_after=now + timedelta(days=-1 if ended else 30),
        )
        cert, key = self._directory / f"{name}.pem", self._directory / f"{name}.key"
        cert.write_bytes(b"".join(blob.bytes() for blob in leaf.cert_chain_pems))
        private = load_pem_private_key(leaf.private_key_pem.bytes(), password=None)
        key.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        key.chmod(0o600)
        return CertificateFiles(self.file, cert, key)
