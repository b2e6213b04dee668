"""Credentials of programs: whom a bearer token speaks for, how long, and over whose client certificate."""

from __future__ import annotations

import re
import secrets
import threading
import time
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from hmac import compare_digest
from typing import TYPE_CHECKING, Final, Protocol

import msgspec

from sync_service.access import Role, Visitor
from sync_service.aggregates.errors import DomainError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
TOKEN: Final = re.compile(r"sync_(?P<name>[a-z0-9][a-z0-9-]{0,39})_(?P<secret>[0-9a-f]{64})")
"""What a token looks like, so that scanners for leaked secrets can know it; the secret is 256 random bits."""

REMEMBERED_S: Final = 3.0
"""So long a revoked credential may still be let in by another process."""

ASKED_AGAIN_S: Final = 0.1
"""Whom nobody knows is looked for in the book again, as they may just have been added; but not more often than this."""

USED_EVERY: Final = timedelta(minutes=10)
"""Uses that lie closer together are noted once."""

_SCHEME = "bearer "


class CredentialRefused(DomainError):
    """What was asked of a credential cannot be; the message says why."""


class Kind(StrEnum):
    """What a credential is for."""

    PORTAL = "portal"
    """Speaks for one source at `/portal/v1`, and for nobody else."""
    SERVICE = "service"
    """A service account: has roles at `/api/v1`, as a person of staff has."""


class Secret(msgspec.Struct, frozen=True):
    """One secret of a credential: its SHA-256, never itself.

    `certificate` is the SHA-256 fingerprint (64 hex digits) of the client certificate that the secret is bound to:
    over a connection without it the secret is worth nothing. One without `expires_at` lasts until it is revoked.
    """

    digest: bytes
    made_at: datetime
    expires_at: datetime | None = None
    certificate: str | None = None


class Credential(msgspec.Struct, frozen=True):
    """A program that may come in: a portal with its `source`, or a service account with its `roles`.

    While one of its secrets is being replaced it has two. A revoked one has none, and its name is not used again.
    """

    name: str
    kind: Kind
    made_at: datetime
    made_by: str
    source: str | None = None
    roles: frozenset[Role] = frozenset()
    secrets: tuple[Secret, ...] = ()
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None
    revoked_by: str | None = None

    @property
    def visitor(self) -> Visitor:
        """Who a service account is to the console's and the API's rules, and in the audit log."""
        return Visitor(subject=f"service:{self.name}", name=self.name, roles=self.roles)


class CredentialBook(Protocol):
    """Keeps credentials; there are some dozens at most."""

    def add(self, credential: Credential) -> None:
        """Keep a new one with its first secret; raises CredentialRefused if the name was ever used."""

    def rotate(self, name: str, secret: Secret, old_until: datetime) -> None:
        """Add a secret, and let the present ones end at that instant; raises CredentialRefused for none to rotate."""

    def revoke(self, name: str, by: str, at: datetime) -> None:
        """End all secrets of a credential for good; raises CredentialRefused for none to revoke."""

    def all(self) -> list[Credential]:
        """Every credential that ever was, by name."""

    def used(self, name: str, at: datetime) -> None:
        """Note when it was last used."""


def new_secret(
    name: str, now: datetime, expires_at: datetime | None = None, certificate: str | None = None
) -> tuple[str, Secret]:
    """Make a secret for the credential of this name (NAME): the token, which nobody sees again, and what is kept."""
    text = secrets.token_hex(32)
    return f"sync_{name}_{text}", Secret(_digest(text), now, expires_at, certificate)


class Doorkeeper:
    """Tells whom a token speaks for; threads may share it.

    What the book says is read again after a few seconds, and for strangers at once.
    """

    def __init__(
        self, book: CredentialBook, now: Callable[[], datetime], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._book, self._now, self._clock = book, now, clock
        self._guard = threading.Lock()
        self._known: Mapping[str, Credential] = {}
        self._read_at: float | None = None
        self._noted: dict[str, datetime] = {}

    def admit(self, authorization: str | None, kind: Kind, certificate: str | None = None) -> Credential | None:
        """The credential that an `Authorization` header proves, None if it proves none of this kind.

        `certificate` is the fingerprint of the verified client certificate that the request came with. Every secret
        of a name is compared, each in the same time wherever it differs. Raises the book's own errors.
        """
        found = TOKEN.fullmatch(_token(authorization))
        if found is None:
            return None
        name, digest, now = found["name"], _digest(found["secret"]), self._now()
        for age_max_s in (REMEMBERED_S, ASKED_AGAIN_S):
            credential = self._all(age_max_s).get(name)
            if credential is None or credential.kind is not kind:
                continue
            matches = [secret for secret in credential.secrets if compare_digest(secret.digest, digest)]
            if any(_holds(secret, now, certificate) for secret in matches):
                self._note(credential, now)
                return credential
        return None

    def _all(self, age_max_s: float) -> Mapping[str, Credential]:
        """What the book says, read again where that is so old."""
        with self._guard:
            if self._read_at is None or self._clock() - self._read_at > age_max_s:
                self._known = {one.name: one for one in self._book.all()}
                self._read_at = self._clock()
            return self._known

    def _note(self, credential: Credential, now: datetime) -> None:
        noted = self._noted.get(credential.name, credential.last_used_at)
        if noted is None or now - noted >= USED_EVERY:
            self._book.used(credential.name, now)
            self._noted[credential.name] = now


def _token(authorization: str | None) -> str:
    text = authorization or ""
    return text[len(_SCHEME) :].strip() if text[: len(_SCHEME)].lower() == _SCHEME else ""


def _digest(secret: str) -> bytes:
    """A plain hash is enough for 256 random bits: nobody can try them all, however quickly."""
    return sha256(secret.encode()).digest()


def _holds(secret: Secret, now: datetime, certificate: str | None) -> bool:
    is_valid = secret.expires_at is None or now < secret.expires_at
    return is_valid and (secret.certificate is None or secret.certificate == certificate)
