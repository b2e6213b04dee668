"""The use cases: the only writer of events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from sync_service.aggregates.aggregate import Journal
from sync_service.aggregates.dead_letter import Discarded, Retried, Superseded
from sync_service.aggregates.errors import LetterClosed
from sync_service.event_store import Conflict, StoredMessage, Work
from sync_service.handling.dispatch import handle
from sync_service.messages.decoding import Message, Unreadable, decode
from sync_service.messages.problems import ID_REUSED
from sync_service.receiving import Batch, Receipt
from sync_service.unit_of_work import AggregateCache, UnitOfWork

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from datetime import datetime
    from uuid import UUID

    from sync_service.aggregates.dead_letter import DeadLetter
    from sync_service.event_store import EventStore
    from sync_service.messages.records import Record
    from sync_service.receiving import Decoded

log = structlog.get_logger()

ATTEMPTS_MAX = 100
"""How often one transaction starts again from fresh state before something other than a race must be wrong."""


@dataclass(frozen=True)
class Limits:
    """The bounds of one transaction and of the cache; a record that alone exceeds them has a transaction of its own."""

    events_max: int = 20_000
    cache_events_max: int = 1_000_000


class Application:
    """Receives records by batches, and does what people and timers ask for. One thread at a time may use it."""

    def __init__(
        self,
        store: EventStore,
        now: Callable[[], datetime],
        source_of_topic: Callable[[str | None], str | None] = lambda _: None,
        limits: Limits | None = None,
    ) -> None:
        self.store = store
        self._now = now
        self._source_of_topic = source_of_topic
        self._limits = limits or Limits()
        self._cache = AggregateCache(self._limits.cache_events_max)
        self._journal = Journal()
        self._positions: dict[str, int | None] = {}

    def positions(self, places: Collection[str]) -> dict[str, int]:
        """Where reading goes on in these places; places never read are left out."""
        return self.store.positions(places)

    def known_places(self, prefix: str) -> dict[str, int]:
        """Where reading goes on in every place whose name begins with the prefix."""
        return self.store.known_places(prefix)

    def receive(self, records: Sequence[Record]) -> Receipt:
        """Apply the records in order; their events and the places' positions are stored together or not at all.

        Records before their place's stored position were applied before, and are dropped without being counted.
        """
        now = self._now()
        rest: list[Decoded] = [(record, decode(record, now, self._source_of_topic(record.topic))) for record in records]
        receipt = Receipt()
        conflicts = 0
        while rest := self._not_applied(rest):
            try:
                done, part = self._receive_some(rest, now)
            except Conflict:
                conflicts += 1
                log.info("batch.conflicted", records=len(rest), conflicts=conflicts)
                if conflicts == ATTEMPTS_MAX:
                    raise
                self._positions.clear()
                continue
            conflicts = 0
            receipt += part
            rest = rest[done:]
        return receipt

    def act(self, decide: Callable[[UnitOfWork], None], add: Callable[[Work], None] | None = None) -> None:
        """Let the service itself decide something, in a transaction of its own; again when someone else wrote between.

        `add` puts beside the events what must be stored in the same transaction.
        """
        for _ in range(ATTEMPTS_MAX):
            work = self._begin(self._now())
            try:
                decide(work)
                self._commit(work, add)
            except Conflict:
                work.forget()
            except BaseException:
                work.forget()
                raise
            else:
                work.keep()
                return
        raise Conflict

    def reasons_against(self, letter: UUID) -> tuple[str, ...]:
        """Why a parked message still cannot be applied; nothing if it can be now. Raises LetterClosed."""
        message = self._reread(letter)
        return message if isinstance(message, tuple) else ()

    def retry(self, letter: UUID) -> tuple[str, ...]:
        """Apply a parked message after all; returns the reasons why it still cannot be. Raises LetterClosed."""
        message = self._reread(letter)
        if isinstance(message, tuple):
            return message
        stored: list[StoredMessage] = []

        def decide(work: UnitOfWork) -> None:
            stored.clear()
            work.journal.caused_by(f"{message.source}#{message.id}")
            stored.append(StoredMessage(message.key, message.content, handle(work, message)))
            _open(work, letter).record(Retried())
            for other in map(work.letter, self.store.letters([message.key]).get(message.key, [])):
                if other.is_open:
                    other.record(Superseded())

        def add(written: Work) -> None:
            written.messages = stored

        self.act(decide, add)
        return ()

    def _reread(self, letter: UUID) -> Message | tuple[str, ...]:
        parked = self.store.parked_bytes(letter)
        if parked is None:
            raise KeyError(letter)
        message = decode(parked.record, self._now(), self._source_of_topic(parked.record.topic))
        if isinstance(message, Unreadable):
            return message.reasons
        return (ID_REUSED,) if self.store.seen([message.key]) else message

    def discard(self, letter: UUID, reason: str) -> None:
        """Decide that a parked message will not be applied. Raises LetterClosed."""
        self.act(lambda work: _open(work, letter).record(Discarded(reason=reason)))

    def _not_applied(self, rest: list[Decoded]) -> list[Decoded]:
        unknown = {record.place for record, _ in rest} - self._positions.keys()
        if unknown:
            self._positions |= dict.fromkeys(unknown) | self.store.positions(unknown)
        return [pair for pair in rest if pair[0].next_offset > (self._positions[pair[0].place] or 0)]

    def _receive_some(self, rest: list[Decoded], now: datetime) -> tuple[int, Receipt]:
        """Apply as many records as one transaction may hold; how many, and what became of them."""
        work = self._begin(now)
        batch = Batch(self.store, work, now)
        try:
            batch.look_up(rest)
            done = 0
            for record, message in rest:
                batch.apply(record, message)
                done += 1
                if len(self._journal.events) >= self._limits.events_max:
                    break
            written = self._commit(work, lambda written: batch.add_to(written, self._positions))
        except BaseException:  # what was touched may be changed or stale, whatever went wrong
            work.forget()
            raise
        work.keep()
        self._positions |= {move.place: move.next_offset for move in written.moves}
        return done, batch.receipt()

    def _begin(self, now: datetime) -> UnitOfWork:
        self._journal.open(now)
        return UnitOfWork(self.store, self._cache, self._journal)

    def _commit(self, work: UnitOfWork, add: Callable[[Work], None] | None) -> Work:
        written = Work(self._journal.recorded_at, events=self._journal.events, relied_on=work.relied_on())
        if add:
            add(written)
        if written.events or written.moves:
            self.store.append(written)
        return written


def _open(work: UnitOfWork, letter: UUID) -> DeadLetter:
    found = work.letter(letter)
    if not found.is_open:
        raise LetterClosed
    return found
