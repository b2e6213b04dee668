"""Feeds a provider's file into the application as the catalogue's messages, and gathers every row's result.

A message's id is derived from what it says, so that the same file can be imported again and changes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from sync_service.imports.rows import Row
from sync_service.messages.catalogue_messages import CATALOGUE
from sync_service.messages.decoding import Unreadable, decode, message_content
from sync_service.messages.records import Record
from sync_service.receiving import Receipt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from sync_service.application import Application

    Progress = Callable[[int, int], None]

_NOT_STORED = "служба отложила сообщение / the service parked the message"


class RowResult(msgspec.Struct, frozen=True):
    """What became of one row: imported, or every error in it."""

    row: int
    ok: bool
    errors: tuple[str, ...]


class ImportResult(msgspec.Struct, frozen=True):
    """What became of a file: each row, how many are in order, and what became of the messages made of them."""

    rows: tuple[RowResult, ...]
    imported: int
    failed: int
    messages: Receipt
    ignored_columns: tuple[str, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether every row is imported."""
        return not self.failed


class Draft(msgspec.Struct):
    """A message to be, and the rows that it is made of; `salt` sets it apart from an earlier one that said the same."""

    type: str
    body: dict[str, Any]
    rows: list[Row]
    salt: int = 0

    @property
    def id(self) -> str:
        """The message's id, by its content."""
        base = base_id(self.type, self.body)
        return f"{base}-{self.salt}" if self.salt else base


def base_id(message_type: str, body: dict[str, Any]) -> str:
    """The id of a message that says this for the first time."""
    return f"import-{message_content(message_type, body).hex}"


class Feeder:
    """Feeds drafts one by one; each is a transaction of its own, in a place of this import's own."""

    def __init__(self, application: Application, now: datetime, place: str) -> None:
        self._application = application
        self._now = now
        self._place = place
        self._fed = 0
        self.receipt = Receipt()

    def feed(self, drafts: Iterable[Draft], progress: Progress, total: int) -> None:
        """Apply each draft; what is wrong with one is said of all its rows. Tells how many rows of `total` are done."""
        done = 0
        for draft in drafts:
            self._feed(draft)
            done += len(draft.rows)
            progress(done, total)
        progress(total, total)

    def _feed(self, draft: Draft) -> None:
        record = Record(self._line(draft), self._place, self._fed, self._fed + 1)
        message = decode(record, self._now)
        if isinstance(message, Unreadable):
            _blame(draft.rows, message.reasons)
            return
        self._fed += 1
        receipt = self._application.receive([record])
        self.receipt += receipt
        if receipt.parked:
            _blame(draft.rows, (_NOT_STORED,))

    def _line(self, draft: Draft) -> bytes:
        event = {
            "specversion": "1.0",
            "id": draft.id,
            "source": CATALOGUE,
            "type": draft.type,
            "time": self._now.isoformat(timespec="seconds"),
            "data": draft.body,
        }
        return msgspec.json.encode(event)


def result_of(rows: Sequence[Row], receipt: Receipt, ignored: tuple[str, ...]) -> ImportResult:
    """Every row's result, in the file's order."""
    failed = sum(not row.is_good for row in rows)
    return ImportResult(
        tuple(RowResult(row.number, row.is_good, tuple(row.errors)) for row in rows),
        len(rows) - failed,
        failed,
        receipt,
        ignored,
    )


def _blame(rows: Iterable[Row], reasons: Iterable[str]) -> None:
    for row in rows:
        row.errors.extend(reasons)
