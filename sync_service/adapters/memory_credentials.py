"""Credentials in memory, for tests of doors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from sync_service.credentials import CredentialRefused

if TYPE_CHECKING:
    from datetime import datetime

    from sync_service.credentials import Credential, Secret


class MemoryCredentials:
    """Keeps credentials in a dictionary; fits CredentialBook."""

    def __init__(self, *given: Credential) -> None:
        self._known = {credential.name: credential for credential in given}

    def add(self, credential: Credential) -> None:
        """Keep a new one; raises CredentialRefused if the name was ever used."""
        if credential.name in self._known:
            raise CredentialRefused(f"the name {credential.name} was used before")
        self._known[credential.name] = credential

    def rotate(self, name: str, secret: Secret, old_until: datetime) -> None:
        """Add a secret, and let the present ones end; raises CredentialRefused."""
        credential = self._standing(name)
        old = tuple(_ending(one, old_until) for one in credential.secrets)
        self._known[name] = msgspec.structs.replace(credential, secrets=(*old, secret))

    def revoke(self, name: str, by: str, at: datetime) -> None:
        """End all secrets for good; raises CredentialRefused."""
        credential = self._standing(name)
        self._known[name] = msgspec.structs.replace(credential, secrets=(), revoked_at=at, revoked_by=by)

    def all(self) -> list[Credential]:
        """Every credential that ever was, by name."""
        return [self._known[name] for name in sorted(self._known)]

    def used(self, name: str, at: datetime) -> None:
        """Note when it was last used."""
        self._known[name] = msgspec.structs.replace(self._known[name], last_used_at=at)

    def _standing(self, name: str) -> Credential:
        credential = self._known.get(name)
        if credential is None or credential.revoked_at is not None:
            raise CredentialRefused(f"there is no credential {name} that stands")
        return credential


def _ending(secret: Secret, until: datetime) -> Secret:
    if secret.expires_at is not None and secret.expires_at < until:
        return secret
    return msgspec.structs.replace(secret, expires_at=until)
