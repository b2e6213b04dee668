"""Keeps mails as files, sealed with the person's key: the embedded default, where nobody is to get real mail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_service.notices.mailing import MailServerUnavailable, message_of

if TYPE_CHECKING:
    from pathlib import Path
    from uuid import UUID

    from sync_service.adapters.key_ring import KeyRing
    from sync_service.notices.mailing import Mail

SUFFIX = ".eml.sealed"
_PLACE = b"mail"
_OWNER_BYTES = 16


class FileMailer:
    """Fits Mailer. A file's name says when and which mail; it appears whole or not at all."""

    def __init__(self, directory: Path, keys: KeyRing) -> None:
        self._directory = directory
        self._keys = keys

    def send(self, mail: Mail) -> None:
        """Write the mail beside the others: whose it is, as an identifier that tells nothing, and the sealed text."""
        path = self._directory / f"{mail.written_at:%Y-%m-%dT%H%M%S}-{mail.id}{SUFFIX}"
        unfinished = path.with_suffix(".part")
        sealed = self._keys.seal(mail.owner, message_of(mail).as_bytes(), _PLACE)
        try:
            self._directory.mkdir(parents=True, exist_ok=True)
            unfinished.write_bytes(self._keys.identifiers.hidden(mail.owner) + sealed)
            unfinished.replace(path)
        except OSError as error:
            raise MailServerUnavailable(f"{self._directory}: {error.strerror}") from None

    def probe(self) -> str:
        """Say where the files are."""
        return f"files in {self._directory}"

    def close(self) -> None:
        """Nothing is held open."""


def owner_of(path: Path, keys: KeyRing) -> UUID:
    """Whose mail a file holds: the stream of the specialist."""
    with path.open("rb") as file:
        return keys.identifiers.revealed(file.read(_OWNER_BYTES))


def opened_mail(path: Path, keys: KeyRing) -> bytes:
    """The message in a file; raises KeyDestroyed or SealBroken, ValueError for a file that is none."""
    stored = path.read_bytes()
    if len(stored) <= _OWNER_BYTES:
        raise ValueError(path.name)
    return keys.open(keys.identifiers.revealed(stored[:_OWNER_BYTES]), stored[_OWNER_BYTES:], _PLACE)
