"""Reads again what had come between a backup and its restore, in an order that fits what the portals were told.

Within a partition the order is Kafka's. Between partitions it is chance, and some things go by what comes first: who
gets a code, which portal an activity comes from, and whether there is a replica yet that an answer is for. So a message
waits, with all that is behind it in its partition, as long as another must come first:

- an attempt at a code, until it would have an outcome that its portal was told of, and all have tried the code who were
  told earlier that nobody knows it; one that no portal was told of yet, until the code has the owner that it had;
- an issue of codes, until all have tried them who were told before it that nobody knows them, and nobody would get one
  by it who was not told so;
- a portal's answer to a replica, and its report of an activity that it was asked to show, until the replica is there;
- a report that was passed on as it came, until the accounts are linked; and a link, until what was passed on with it
  is there.

The catalogue comes first, so that portals are told of activities as they stand; what it takes back comes as late as
can be, for it bars what is not there yet.

The order in which the lost store took them is one in which nobody waits for ever: each waits only for what it took
earlier. What it knew beside the messages is lost, though (decisions of people, say), so when all wait, one goes on.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final, Protocol

import msgspec
import structlog

from sync_service.application import Application
from sync_service.precedence import Precedence
from sync_service.resumption import MARGIN, RestoreBook, SentMessages, Tail
from sync_service.topic_names import TopicNames
from sync_service.waits import UntilLast, Wait

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sync_service.messages.records import Record

log = structlog.get_logger(__name__)

RECORDS_MAX: Final = 500
BYTES_MAX: Final = 8 * 1024 * 1024
POLL_MS: Final = 200
QUIET_S: Final = 15.0
"""When nothing has come for so long, the rest that was expected is nothing that could be read (a marker, say)."""


class Incoming(Protocol):
    """Where messages come from, as for any consumer."""

    def poll(self, records_max: int, bytes_max: int, timeout_ms: int) -> Sequence[Record]:
        """The next records; raises SourceChanged or TransportUnavailable."""


class Resumed(msgspec.Struct, frozen=True):
    """How many messages had gone out since the backup, and how many that had come were read again."""

    sent: int
    received: int


@dataclass(frozen=True)
class Resumption:
    """What a restored store does before it goes on: learns what was sent, and reads again what had come.

    `unread` tells up to which offset there is something to read in each place; `incoming` opens what is read.
    """

    book: RestoreBook
    sent: SentMessages
    names: TopicNames
    application: Application
    now: Callable[[], datetime]
    unread: Callable[[], Mapping[str, int]]
    incoming: Callable[[], AbstractContextManager[Incoming]]

    def run(self, is_stopping: Callable[[], bool] = lambda: False) -> Resumed | None:
        """Do what is to be done, or go on with it; None if there is nothing.

        Raises TransportUnavailable, and SourceChanged where the topics do not hold any more what had come.
        """
        restored = self.book.restored()
        if restored is None:
            return None
        until = self.unread()
        tail = Tail(self.names, restored.published)
        identities = tail.identities(self.sent.since(self.names.all_out(), restored.taken_at - MARGIN))
        sent = sum(1 for _ in identities) if restored.is_learned else self.book.learn(restored, identities, tail)
        log.info("restore.learned", sent=sent, places=len(until))
        precedence = Precedence(tail, self.application, self.now)
        with self.incoming() as incoming:
            received = Reapplication(incoming, self.application, precedence, self._is_catalogue).run(until, is_stopping)
        if not is_stopping():
            self.book.caught_up(restored)
            log.info("restore.caught_up", records=received)
        return Resumed(sent, received)

    def _is_catalogue(self, place: str) -> bool:
        return any(topic in place for topic in self.names.all_of_catalogue())


class Reapplication:
    """Takes records until every place is read as far as it reached."""

    def __init__(
        self, incoming: Incoming, application: Application, precedence: Precedence, is_first: Callable[[str], bool]
    ) -> None:
        """`is_first` says of a place whether it is the catalogue's."""
        self._incoming = incoming
        self._is_first = is_first
        self._application = application
        self._precedence = precedence
        self._queues: dict[str, deque[tuple[Record, Wait | None]]] = {}

    def run(self, until: Mapping[str, int], is_stopping: Callable[[], bool] = lambda: False) -> int:
        """Take all that is before these offsets; how many records. What is behind them may be taken too."""
        first = {place: offset for place, offset in until.items() if self._is_first(place)}
        return self._go(first, self._is_first, is_stopping) + self._go(until, lambda _: True, is_stopping)

    def _go(self, until: Mapping[str, int], may_take: Callable[[str], bool], is_stopping: Callable[[], bool]) -> int:
        """Read as far as that, and take what need not wait; at the end also what has waited in vain."""
        taken, quiet_since = 0, time.monotonic()
        while not is_stopping():
            is_read = self._is_read(until) or time.monotonic() - quiet_since > QUIET_S
            if not is_read and self._poll():
                quiet_since = time.monotonic()
            places = sorted(filter(may_take, self._queues), key=self._is_first, reverse=True)
            count = sum(self._take(self._queues[place]) for place in places)
            if count == 0 and is_read:
                if not any(self._queues.values()) or not may_take(""):
                    return taken
                count = self._let_one_go_on()
            taken += count
        return taken

    def _is_read(self, until: Mapping[str, int]) -> bool:
        """Whether each place is taken, or waits at hand, as far as it reached."""
        stored = self._application.positions(list(until))
        reached = stored | {place: queue[-1][0].next_offset for place, queue in self._queues.items() if queue}
        return all(reached.get(place, 0) >= offset for place, offset in until.items())

    def _poll(self) -> bool:
        records = self._incoming.poll(RECORDS_MAX, BYTES_MAX, POLL_MS)
        for record, wait in zip(records, self._precedence.of(records), strict=True):
            self._queues.setdefault(record.place, deque()).append((record, wait))
        return bool(records)

    def _take(self, queue: deque[tuple[Record, Wait | None]]) -> int:
        """Take from the front of a place what need not wait."""
        front = [queue[number] for number in range(min(len(queue), RECORDS_MAX))]
        count = self._precedence.first_waiting([wait for _, wait in front])
        if count:
            self._application.receive([record for record, _ in front[:count]])
            for _ in range(count):
                queue.popleft()
        return count

    def _let_one_go_on(self) -> int:
        """All wait: what comes last may go, else the shortest queue's first goes on without what did not come again."""
        queue = min(filter(None, self._queues.values()), key=lambda queue: (not _is_last(queue[0][1]), len(queue)))
        record, wait = queue.popleft()
        if not _is_last(wait):
            log.warning("restore.waited_in_vain", place=record.place, offset=record.offset)
        self._application.receive([record])
        return 1


def _is_last(wait: Wait | None) -> bool:
    return isinstance(wait, UntilLast)
