"""Keeps mails as `.eml` files, which any mail program opens: the embedded default, where nobody is to get real mail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_service.notices.mailing import MailServerUnavailable, message_of

if TYPE_CHECKING:
    from pathlib import Path

    from sync_service.notices.mailing import Mail


class FileMailer:
    """Fits Mailer. A file's name says when and which mail; it appears whole or not at all."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def send(self, mail: Mail) -> None:
        """Write the mail beside the others."""
        path = self._directory / f"{mail.written_at:%Y-%m-%dT%H%M%S}-{mail.id}.eml"
        unfinished = path.with_suffix(".part")
        try:
            self._directory.mkdir(parents=True, exist_ok=True)
            unfinished.write_bytes(message_of(mail).as_bytes())
            unfinished.replace(path)
        except OSError as error:
            raise MailServerUnavailable(f"{self._directory}: {error.strerror}") from None

    def probe(self) -> str:
        """Say where the files are."""
        return f"files in {self._directory}"

    def close(self) -> None:
        """Nothing is held open."""
