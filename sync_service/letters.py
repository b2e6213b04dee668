"""Retrying a parked message: as it came, or as somebody has edited it; and seeing beforehand what that would do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from sync_service.aggregates.aggregate import Event
from sync_service.aggregates.dead_letter import Retried, RetriedEdited, Superseded
from sync_service.aggregates.errors import LetterClosed
from sync_service.event_store import EditedBytes, Flow, StoredMessage
from sync_service.handling.dispatch import handle
from sync_service.messages.contracts import SOURCES
from sync_service.receiving import UNKNOWN_SOURCE, source_of

if TYPE_CHECKING:
    from uuid import UUID

    from sync_service.aggregates.dead_letter import DeadLetter
    from sync_service.event_store import EventStore, Work
    from sync_service.messages.decoding import Message
    from sync_service.messages.records import Record
    from sync_service.unit_of_work import UnitOfWork

ID_CHANGED: Final = "id: номер и источник сообщения менять нельзя / the message's id and source must stay as they came"


class Preview(msgspec.Struct, frozen=True):
    """What a retry would record, in order; or the reasons why it cannot be applied."""

    reasons: tuple[str, ...] = ()
    events: tuple[Event, ...] = ()


class LetterRetry:
    """The decision to apply a parked message after all, and what is stored with it."""

    def __init__(
        self,
        store: EventStore,
        letter: UUID,
        message: Message,
        edited: bytes | None,
        by: str | None,
        reason: str | None,
    ) -> None:
        self._store = store
        self._letter = letter
        self._message = message
        self._edited = edited
        as_it_came = edited is None
        self._fact = Retried(by=by, reason=reason) if as_it_came else RetriedEdited(by=by or "", reason=reason or "")
        self._refused = False
        self._parked_source = UNKNOWN_SOURCE

    def decide(self, work: UnitOfWork) -> None:
        """Let the message have its effect, and close the letter; others with the same id are superseded by it."""
        message = self._message
        letter = open_letter(work, self._letter)
        if letter.parked is not None and letter.parked.source in SOURCES:
            self._parked_source = letter.parked.source
        work.journal.caused_by(f"{message.source}#{message.id}")
        self._refused = handle(work, message)
        letter.record(self._fact)
        for other in map(work.letter, self._store.letters([message.key]).get(message.key, [])):
            if other.is_open:
                other.record(Superseded())

    def add(self, written: Work) -> None:
        """Store the message as stored, count it so, and keep what was edited."""
        message = self._message
        written.messages = [StoredMessage(message.key, message.content, self._refused)]
        stored = Flow(source_of(message), stored=1, refused=int(self._refused))
        if stored.source == self._parked_source:
            stored.parked = -1
            written.flows = [stored]
        else:
            written.flows = [stored, Flow(self._parked_source, parked=-1)]
        if self._edited is not None:
            written.edited = [EditedBytes(self._letter, self._edited, written.recorded_at)]


def open_letter(work: UnitOfWork, letter: UUID) -> DeadLetter:
    """The parked message, if nobody has decided on it yet; raises LetterClosed."""
    found = work.letter(letter)
    if not found.is_open:
        raise LetterClosed
    return found


def rewritten(record: Record, edited: bytes | None) -> Record:
    """The record as it came, or with what somebody made of its value."""
    return record if edited is None else msgspec.structs.replace(record, value=edited)
