"""The use cases: the only writer of events."""

from __future__ import annotations

import time
from contextlib import nullcontext
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, TypeVar

import structlog

from sync_service.aggregates.aggregate import Journal
from sync_service.aggregates.dead_letter import Discarded
from sync_service.aggregates.values import forget_names
from sync_service.company import Company, Nobody
from sync_service.event_store import Conflict, Work, idle
from sync_service.footprints import NothingOutside
from sync_service.letters import ID_CHANGED, LetterRetry, Preview, open_letter, rewritten
from sync_service.messages.decoding import Message, Unreadable, decode
from sync_service.messages.problems import ID_REUSED
from sync_service.receiving import Batch, Parts, Receipt
from sync_service.tracing import NO_TRACES
from sync_service.unit_of_work import AggregateCache, UnitOfWork

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from datetime import datetime
    from uuid import UUID

    from sync_service.aggregates.aggregate import Event
    from sync_service.company import Others
    from sync_service.event_store import Append, EventStore
    from sync_service.footprints import Outside
    from sync_service.messages.records import Record
    from sync_service.receiving import Decoded
    from sync_service.tracing import Traces

log = structlog.get_logger()
T = TypeVar("T")

ATTEMPTS_MAX = 100
"""How often one transaction starts again from fresh state before something other than a race must be wrong."""

ALONE_AFTER = 5
"""After so many conflicts what the service itself decides keeps other writers out: they would be first for ever."""


@dataclass(frozen=True)
class Limits:
    """The bounds of one transaction and of the cache; a record that alone exceeds them has a transaction of its own."""

    records_max: int = 500
    events_max: int = 5_000
    cache_bytes_max: int = 512 * 1024 * 1024


class Application:
    """Receives records by batches, and does what people and timers ask for. One thread at a time may use it."""

    def __init__(
        self,
        store: EventStore,
        now: Callable[[], datetime],
        source_of_topic: Callable[[str | None], str | None] = lambda _: None,
        limits: Limits | None = None,
        traces: Traces = NO_TRACES,
        outside: Outside | None = None,
        others: Others | None = None,
    ) -> None:
        self.store = store
        self._company = Company(others or Nobody())
        self._outside = outside or NothingOutside()
        self._traces = traces
        self._now = now
        self._source_of_topic = source_of_topic
        self._limits = limits or Limits()
        self._cache = AggregateCache(self._limits.cache_bytes_max)
        self._journal = Journal()
        self._positions: dict[str, int | None] = {}

    def positions(self, places: Collection[str]) -> dict[str, int]:
        """Where reading goes on in these places; places never read are left out."""
        return self.store.positions(places)

    def known_places(self, prefix: str) -> dict[str, int]:
        """Where reading goes on in every place whose name begins with the prefix."""
        return self.store.known_places(prefix)

    def receive(self, records: Sequence[Record]) -> Receipt:
        """Apply the records in order, by transactions of as many as the limits allow.

        Of each, the events and the places' positions are stored together or not at all. Records before their place's
        stored position were applied before, and are dropped without being counted.
        """
        now = self._now()
        parts = Parts(
            records,
            self._limits.records_max,
            lambda record: decode(record, now, self._source_of_topic(record.topic)),
        )
        receipt = Receipt()
        instants = chain((now,), iter(self._now, None))
        while part := parts.take():
            receipt += self._receive_part(part, next(instants), parts.prepare)
        return receipt

    def _receive_part(self, rest: list[Decoded], now: datetime, meanwhile: Callable[[], object]) -> Receipt:
        """Apply some records, again from fresh state when someone else wrote between."""
        receipt = Receipt()
        conflicts = 0
        while rest := self._not_applied(rest):
            try:
                done, part = self._receive_some(rest, now, meanwhile)
            except Conflict:
                conflicts += 1
                self._company.collided()
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

        It is decided on what is stored, not on what is cached: nobody checks that there was nothing to decide.
        `add` puts beside the events what must be stored in the same transaction.
        """
        for conflicts in range(ATTEMPTS_MAX):
            work = self._begin(self._now(), afresh=True)
            try:
                with self.store.alone() if conflicts >= ALONE_AFTER else nullcontext(self.store.append) as append:
                    decide(work)
                    self._commit(work, append, add)
            except Conflict:
                work.forget()
            except BaseException:
                work.forget()
                raise
            else:
                self._after(work)
                return
        raise Conflict

    def _after(self, work: UnitOfWork) -> None:
        """After the commit; what an erasure has rewritten is not what was touched."""
        if work.erasure is None:
            work.keep()
            return
        work.forget()
        forget_names()
        if work.erased is not None:
            self._outside.after(work.erased)

    def look(self, look: Callable[[UnitOfWork], T]) -> T:
        """What a question finds in the aggregates as this process knows them; it must record nothing."""
        for _ in range(ATTEMPTS_MAX):
            work = self._begin(self._now())
            try:
                found = look(work)
            except Conflict:
                work.forget()
            else:
                work.keep()
                return found
        raise Conflict

    def foresee(self, decide: Callable[[UnitOfWork], None]) -> list[Event]:
        """The events that a decision would store, as things stand in the store; nothing is written or remembered."""
        self._journal.open(self._now())
        nothing = AggregateCache(0)
        decide(UnitOfWork(self.store, nothing, self._journal, nothing))
        return self._journal.events

    def retry(
        self, letter: UUID, *, edited: bytes | None = None, by: str | None = None, reason: str | None = None
    ) -> tuple[str, ...]:
        """Apply a parked message after all; returns the reasons why it still cannot be. Raises LetterClosed.

        `edited` is applied in place of what came, which is kept; who edited it and why is then needed.
        """
        message = self._reread(letter, edited)
        if isinstance(message, tuple):
            return message
        decided = LetterRetry(self.store, letter, message, edited, by, reason)
        self.act(decided.decide, decided.add)
        return ()

    def preview(self, letter: UUID, edited: bytes | None = None) -> Preview:
        """What `retry` would do now: decided, and then forgotten. Raises LetterClosed."""
        message = self._reread(letter, edited)
        if isinstance(message, tuple):
            return Preview(reasons=message)
        work = self._begin(self._now(), afresh=True)
        try:
            LetterRetry(self.store, letter, message, edited, by="", reason="").decide(work)
            return Preview(events=tuple(self._journal.events))
        finally:
            work.forget()

    def _reread(self, letter: UUID, edited: bytes | None = None) -> Message | tuple[str, ...]:
        parked = self.store.parked_bytes(letter)
        if parked is None:
            raise KeyError(letter)
        source = self._source_of_topic(parked.record.topic)
        message = decode(rewritten(parked.record, edited), self._now(), source)
        if isinstance(message, Unreadable):
            return message.reasons
        if edited is not None and parked.message not in {None, message.key}:
            return (ID_CHANGED,)
        return (ID_REUSED,) if self.store.seen([message.key]) else message

    def discard(self, letter: UUID, reason: str, by: str | None = None) -> None:
        """Decide that a parked message will not be applied. Raises LetterClosed."""
        self.act(lambda work: open_letter(work, letter).record(Discarded(reason=reason, by=by)))

    def _not_applied(self, rest: list[Decoded]) -> list[Decoded]:
        unknown = {record.place for record, _ in rest} - self._positions.keys()
        if unknown:
            self._positions |= dict.fromkeys(unknown) | self.store.positions(unknown)
        return [pair for pair in rest if pair[0].next_offset > (self._positions[pair[0].place] or 0)]

    def _receive_some(self, rest: list[Decoded], now: datetime, meanwhile: Callable[[], object]) -> tuple[int, Receipt]:
        """Apply as many records as one transaction may hold; how many, and what became of them."""
        began_ns = time.time_ns()
        work = self._begin(now)
        batch = Batch(self.store, work, now)
        try:
            batch.look_up(rest)
            with self._company.turn():
                if work.forget_older(self._company.news()):
                    batch.load()
                done = self._decide(batch, rest)
                written = self._commit(
                    work, self.store.append, lambda written: batch.add_to(written, self._positions), meanwhile
                )
        except BaseException:  # what was touched may be changed or stale, whatever went wrong
            work.forget()
            raise
        work.keep()
        self._positions |= {move.place: move.next_offset for move in written.moves}
        self._traces.received(rest[:done], began_ns)
        return done, batch.receipt()

    def _decide(self, batch: Batch, rest: list[Decoded]) -> int:
        """Apply records until there are as many events as one transaction may hold; how many records."""
        done = 0
        for record, message in rest:
            batch.apply(record, message)
            done += 1
            if len(self._journal.events) >= self._limits.events_max:
                break
        return done

    def _begin(self, now: datetime, *, afresh: bool = False) -> UnitOfWork:
        self._journal.open(now)
        return UnitOfWork(self.store, self._cache, self._journal, AggregateCache(0) if afresh else self._cache)

    def _commit(
        self,
        work: UnitOfWork,
        append: Append,
        add: Callable[[Work], None] | None,
        meanwhile: Callable[[], object] = idle,
    ) -> Work:
        written = Work(self._journal.recorded_at, events=self._journal.events, relied_on=work.relied_on())
        written.erasure = work.erasure
        if add:
            add(written)
        if work.erased is not None:
            self._outside.before(work.erased)
        if written.events or written.moves:
            last = append(written, meanwhile)
            if written.events:
                self._company.wrote(len(written.events), last)
        return written
