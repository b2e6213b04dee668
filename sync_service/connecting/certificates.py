"""Certificates as files: the TLS contexts that are made of them, and what is wrong with a file in one line."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from datetime import datetime


class CertificatesUnusable(ValueError):
    """A file of certificates or keys cannot be used; the message names the file and what is wrong with it."""


class CertificateFiles(msgspec.Struct, frozen=True):
    """Whom we trust, and who we are, as PEM files.

    Without `ca` the authorities of the operating system are trusted. Without `key` the key is in the file of the
    certificate. Keys are not encrypted: whoever may read the passphrase may read the key.
    """

    ca: Path | None = None
    cert: Path | None = None
    key: Path | None = None

    def client_context(self) -> ssl.SSLContext:
        """TLS 1.2 or later that verifies the server's certificate and that it bears the server's name.

        Raises:
            CertificatesUnusable: a file cannot be read, or is not what it should be.
        """
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        if self.ca is None:
            context.load_default_certs()
        return self._filled(context)

    def server_context(self, clients: ssl.VerifyMode = ssl.CERT_NONE) -> ssl.SSLContext:
        """TLS 1.2 or later under our certificate; `clients` says whether they may, or must, show one of `ca`.

        Raises:
            CertificatesUnusable: a file cannot be read, or is not what it should be.
        """
        context = self._filled(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER))
        context.verify_mode = clients
        return context

    def renew(self, context: ssl.SSLContext) -> None:
        """Have new connections show what the files of our certificate and key hold now; raises CertificatesUnusable."""
        if self.cert is not None:
            self._load_own(context, self.cert)

    def expires_at(self) -> datetime | None:
        """When our own certificate ends (UTC), None without one; raises CertificatesUnusable."""
        if self.cert is None:
            return None
        from cryptography import x509  # noqa: PLC0415 - only who asks needs it

        try:
            return x509.load_pem_x509_certificate(self.cert.read_bytes()).not_valid_after_utc
        except OSError as error:
            raise CertificatesUnusable(f"{self.cert}: {error.strerror}") from None
        except ValueError:
            raise CertificatesUnusable(f"{self.cert}: there is no certificate in it (PEM)") from None

    def _filled(self, context: ssl.SSLContext) -> ssl.SSLContext:
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if self.ca is not None:
            _readable(self.ca)
            try:
                context.load_verify_locations(self.ca)
            except ssl.SSLError:
                raise CertificatesUnusable(f"{self.ca}: there is no certificate of an authority in it (PEM)") from None
        if self.cert is not None:
            self._load_own(context, self.cert)
        return context

    def _load_own(self, context: ssl.SSLContext, cert: Path) -> None:
        for file in (cert, self.key):
            if file is not None:
                _readable(file)
        try:
            context.load_cert_chain(cert, self.key, password=_refuse_passphrase)
        except ssl.SSLError as error:
            if error.reason == "KEY_VALUES_MISMATCH":
                raise CertificatesUnusable(f"{self.key or cert}: the key is not that of {cert}") from None
            wanted = f"a certificate in {cert} and its key in {self.key or 'the same file'}"
            raise CertificatesUnusable(f"{cert}: what is needed is {wanted} (PEM)") from None
        except PassphraseNeeded:
            raise CertificatesUnusable(f"{self.key or cert}: the key is encrypted; it must not be") from None


class PassphraseNeeded(ValueError):
    """A key is encrypted; OpenSSL would otherwise ask for the passphrase at the terminal."""


def _refuse_passphrase() -> str:
    raise PassphraseNeeded


def _readable(file: Path) -> None:
    try:
        with file.open("rb"):
            pass
    except OSError as error:
        raise CertificatesUnusable(f"{file}: {error.strerror}") from None
