"""One transaction's worth of records: each becomes stored, a repeat, or parked (CONTRACT.md, «Counting»)."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import msgspec

from sync_service.aggregates.dead_letter import Superseded
from sync_service.aggregates.values import Account, Portal
from sync_service.dead_letters import letter_of, park, park_erased
from sync_service.event_store import Flow, Move, ParkedBytes, StoredMessage
from sync_service.handling.dispatch import accounts_of, handle, streams_of
from sync_service.messages.contracts import SOURCES
from sync_service.messages.decoding import Message, Unreadable
from sync_service.messages.problems import ID_REUSED
from sync_service.topic_names import PORTAL_OF_SOURCE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from sync_service.event_store import EventStore, Work
    from sync_service.messages.records import Record
    from sync_service.unit_of_work import UnitOfWork

    Decoded = tuple[Record, Message | Unreadable]

UNKNOWN_SOURCE = "unknown"
"""Who sent a message that names no source of the contract: whatever else it names must not become a name of ours."""


def source_of(message: Message | Unreadable) -> str:
    """The source of the contract that a message names."""
    return message.source if message.source in SOURCES else UNKNOWN_SOURCE


class Receipt(msgspec.Struct, frozen=True):
    """What became of some records: received = stored + repeats + parked; refused is a part of stored."""

    received: int = 0
    stored: int = 0
    repeats: int = 0
    refused: int = 0
    parked: int = 0

    def __add__(self, other: Receipt) -> Receipt:
        """Add up two receipts."""
        return Receipt(
            received=self.received + other.received,
            stored=self.stored + other.stored,
            repeats=self.repeats + other.repeats,
            refused=self.refused + other.refused,
            parked=self.parked + other.parked,
        )


class Progress(msgspec.Struct):
    """How far a batch came in one place, and what it counted there."""

    next_offset: int = 0
    received: int = 0
    repeats: int = 0


class Parts:
    """Records decoded part by part, each part for a transaction; the next one while the store is busy with the last."""

    def __init__(self, records: Sequence[Record], size: int, decode: Callable[[Record], Message | Unreadable]) -> None:
        self._decode = decode
        self._left = deque(records[start : start + size] for start in range(0, len(records), size))
        self._next: list[Decoded] = []

    def prepare(self) -> None:
        """Decode the next part, unless it is decoded already."""
        if not self._next and self._left:
            self._next = [(record, self._decode(record)) for record in self._left.popleft()]

    def take(self) -> list[Decoded]:
        """The next part; an empty one after the last."""
        self.prepare()
        taken, self._next = self._next, []
        return taken


class Batch:
    """The records of one transaction, and what became of each."""

    def __init__(self, store: EventStore, work: UnitOfWork, now: datetime) -> None:
        self._store = store
        self._work = work
        self._now = now
        self._contents: dict[UUID, UUID] = {}
        self._accounts: set[Account] = set()
        self._streams: set[UUID] = set()
        self._letters: dict[UUID, list[UUID]] = {}
        self._messages: list[StoredMessage] = []
        self._parked: list[ParkedBytes] = []
        self._progress: dict[str, Progress] = {}
        self._flows: dict[str, Flow] = {}

    def look_up(self, decoded: Sequence[Decoded]) -> None:
        """Load what the records touch, with few queries."""
        messages = [message for _, message in decoded if isinstance(message, Message)]
        keys = [message.key for message in messages]
        self._contents = self._store.seen(keys)
        self._letters = self._store.letters(keys)
        fresh = [message for message in messages if message.key not in self._contents]
        self._accounts = {account for message in fresh for account in accounts_of(message)}
        self._streams = {stream for message in fresh for stream in streams_of(message)}
        self._streams |= {letter_of(record) for record, message in decoded if isinstance(message, Unreadable)}
        self.load()

    def load(self) -> None:
        """Load what the records touch and is not at hand."""
        self._work.preload_people(self._accounts)
        self._work.preload(self._streams)

    def apply(self, record: Record, message: Message | Unreadable) -> None:
        """Decide what becomes of one record."""
        progress = self._progress.setdefault(record.place, Progress())
        progress.next_offset = record.next_offset
        progress.received += 1
        source = source_of(message)
        flow = self._flows.setdefault(source, Flow(source))
        flow.received += 1
        if isinstance(message, Unreadable):
            is_new = self._park(record, message, message.reasons)
            flow.parked += is_new
        elif message.key not in self._contents:
            is_new = self._store_message(record, message)
            flow.stored += is_new
            flow.refused += is_new and self._messages[-1].refused
        elif self._contents[message.key] == message.content:
            is_new = False
        else:
            is_new = self._park(record, message, (ID_REUSED,))
            flow.parked += is_new
        progress.repeats += not is_new
        flow.repeats += not is_new

    def add_to(self, work: Work, positions: Mapping[str, int | None]) -> None:
        """Add what is stored beside the events; `positions` is where the places stood before."""
        work.messages = self._messages
        work.parked = self._parked
        work.flows = [self._flows[source] for source in sorted(self._flows)]
        work.moves = [
            Move(place, positions[place], progress.next_offset, progress.received, progress.repeats)
            for place, progress in sorted(self._progress.items())  # sorted: two writers lock in the same order
        ]

    def receipt(self) -> Receipt:
        """What became of the records so far."""
        return Receipt(
            received=sum(progress.received for progress in self._progress.values()),
            stored=len(self._messages),
            repeats=sum(progress.repeats for progress in self._progress.values()),
            refused=sum(message.refused for message in self._messages),
            parked=len(self._parked),
        )

    def _store_message(self, record: Record, message: Message) -> bool:
        letters = self._letters.get(message.key, [])
        if letters and letter_of(record) in letters and not self._came_by_another(record):
            return False
        self._work.journal.caused_by(f"{message.source}#{message.id}")
        refused = handle(self._work, message)
        for letter in map(self._work.letter, letters):
            if letter.is_open:
                letter.record(Superseded())
        self._work.journal.caused_by(None)
        self._messages.append(StoredMessage(message.key, message.content, refused))
        self._contents[message.key] = message.content
        return True

    def _names_erased(self, message: Message | Unreadable) -> bool:
        """Whether the account that a message seems to be about is an erased person's; its portal may be unknown."""
        account_id = getattr(message, "account_id", None) or getattr(getattr(message, "body", None), "account_id", None)
        said = PORTAL_OF_SOURCE.get(message.source or "")
        return account_id is not None and any(
            self._work.is_erased(Account(portal, account_id)) for portal in ([said] if said else Portal)
        )

    def _came_by_another(self, record: Record) -> bool:
        """Whether the same bytes were parked from the topic of another sender: that must not silence their own."""
        parked = self._work.letter(letter_of(record)).parked
        return parked is not None and record.topic is not None and parked.topic not in {None, record.topic}

    def _park(self, record: Record, message: Message | Unreadable, reasons: tuple[str, ...]) -> bool:
        letter = self._work.letter(letter_of(record))
        if letter.version:
            return False
        keep = park_erased if self._names_erased(message) else park
        self._parked.append(keep(letter, record, message, reasons, self._now))
        if message.key is not None:
            self._letters.setdefault(message.key, []).append(letter.id)
        return True
