"""Publishes replicas and outcomes to the portals, at least once; calls out, and keeps nothing but its position."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Protocol

import structlog

from sync_service import working
from sync_service.already_sent import NOTHING_SENT, Sieve
from sync_service.messages.transport_errors import MessageTooLarge, TransportUnavailable
from sync_service.outgoing import messages_of
from sync_service.tracing import NO_TRACES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sync_service.aggregates.aggregate import Event
    from sync_service.already_sent import SentBook
    from sync_service.event_store import EventStore
    from sync_service.messages.records import Outgoing
    from sync_service.sealing import Sealer
    from sync_service.topic_names import TopicNames
    from sync_service.tracing import SendingTraces, Traces

log = structlog.get_logger(__name__)

FOLLOWER = "publisher"
BATCH_EVENTS_MAX = 1_000
BATCH_BYTES_MAX = 8 * 1024 * 1024
"""A batch ends with the event whose messages reach this size; copies of parked messages may be large."""
IDLE_S = 0.5
FIRST_PAUSE_S = 1.0
PAUSE_MAX_S = 30.0


class Topics(Protocol):
    """Where messages go: the port of every transport out."""

    def send(self, messages: Sequence[Outgoing]) -> None:
        """Send the messages, those with one key in their order, and return when all of them are safe.

        Raises TransportUnavailable when some may not have arrived, and MessageTooLarge when none was sent.
        """

    def close(self) -> None:
        """Let go of what is held open."""


class Stopping(Protocol):
    """What tells a loop to stop; a threading.Event is one."""

    def is_set(self) -> bool:
        """Whether to stop."""

    def wait(self, timeout: float) -> bool:
        """Wait for so many seconds, or less if told to stop."""


class Publisher:
    """Follows the log and sends what it means for the portals (CONTRACT.md, section 2, promise 7).

    Its position is stored after the messages are safe, so a crash between the two sends them again, with the same ids.
    Only the log moves it: rebuilding and replaying read what is stored and send nothing. One publisher at a time may be
    active for one account's messages to keep their order; with two at once, some would go out twice. Copies of parked
    messages are sealed by `sealer`, and not sent without one.

    After a restore nothing that went out before is sent again, until all that had come is received again, `decider` has
    followed the log that far, and what it decided is published: it decides the same as before the restore.
    """

    def __init__(
        self,
        store: EventStore,
        topics: Topics,
        names: TopicNames,
        traces: Traces = NO_TRACES,
        sent: SentBook = NOTHING_SENT,
        sealer: Sealer | None = None,
        decider: str | None = None,
    ) -> None:
        self._sealer = sealer
        self._decider = decider
        self._caught_up_at: int | None = None
        self._traces = traces
        self._sieve = Sieve(sent)
        self._store = store
        self._topics = topics
        self._names = names
        self._position: int | None = None
        self._is_at_end = False
        self._state: str | None = None

    def run(
        self, stopping: Stopping, wait: Callable[[float], object], is_leader: Callable[[], bool] = lambda: True
    ) -> None:
        """Publish until told to stop; the batch at hand is finished first.

        `wait` returns when the log has news or after so many seconds. `is_leader` says whether this process may publish
        now. While the transport is away the same batch is tried again after growing pauses.
        """
        failures = 0
        while not stopping.is_set():
            if not is_leader():
                self._position = None  # whoever leads now moves it on
                self._turn("publisher.stood_by")
                stopping.wait(IDLE_S)
                continue
            try:
                self.publish_next()
            except TransportUnavailable as error:
                self._turn("publisher.interrupted", reason=str(error))
                working.hindered("transport", str(error))
                stopping.wait(min(FIRST_PAUSE_S * 2**failures, PAUSE_MAX_S))
                failures = min(failures + 1, 10)
                continue
            failures = 0
            working.hindered("transport", None)
            self._turn("publisher.started")
            if self._is_at_end:
                wait(IDLE_S)

    def publish_next(self, limit: int = BATCH_EVENTS_MAX) -> int:
        """Send what the next events in the log mean for the portals; how many events there were, at most `limit`.

        Raises TransportUnavailable, and MessageTooLarge for anything but a copy of a parked message.
        """
        may_settle = self._may_settle()
        count = self._publish(limit)
        if may_settle and self._is_at_end:
            self._sieve.settle()
        return count

    def _may_settle(self) -> bool:
        """Whether all that had come is received again and decided on; to be asked before the log is read."""
        if not self._sieve.may_settle():
            return False
        if self._caught_up_at is None:
            self._caught_up_at = self._store.head()
        return self._decider is None or self._store.followed(self._decider) >= self._caught_up_at

    def _publish(self, limit: int) -> int:
        """Read, send and store the position, in this order; what was read to its end is not read again without news."""
        began = time.perf_counter()
        if self._position is None:
            self._position = self._store.followed(FOLLOWER)
        events = self._store.read(self._position, limit)
        self._is_at_end = len(events) < limit
        if not events:
            return 0
        traces = self._traces.sending()
        count, translated = self._translate(events, traces)
        self._is_at_end &= count == len(events)
        messages = self._sieve.unsent(translated)
        if messages:
            self._send(messages)
        position = events[count - 1].position
        self._store.follow(FOLLOWER, position)
        self._position = position
        self._sieve.stored()
        traces.sent()
        took_s = time.perf_counter() - began
        working.did("batch.published", items=len(messages), seconds=took_s, position=position)
        if messages:
            log.info("batch.published", events=count, messages=len(messages), position=position)
        return count

    def _translate(self, events: Sequence[Event], traces: SendingTraces) -> tuple[int, list[Outgoing]]:
        """The messages of as many events as make one batch, and how many events that is."""
        messages: list[Outgoing] = []
        size_bytes = 0
        for count, event in enumerate(events, start=1):
            told = messages_of(event, self._names, self._store.parked_bytes, self._sieve.lift, self._sealer)
            added = traces.marked(event, told)
            messages += added
            size_bytes += sum(len(message.value) for message in added)
            if size_bytes >= BATCH_BYTES_MAX:
                return count, messages
        return len(events), messages

    def _send(self, messages: Sequence[Outgoing]) -> None:
        """Send in order. A parked message may be larger than what may be sent; its copy must hold back nobody."""
        try:
            self._topics.send(messages)
        except MessageTooLarge as error:
            if len(messages) > 1:
                middle = len(messages) // 2
                self._send(messages[:middle])
                self._send(messages[middle:])
            elif self._names.is_dead_letters(messages[0].topic):
                log.warning("dead_letter.not_copied", topic=error.topic, size_bytes=error.size_bytes)
            else:
                raise

    def _turn(self, state: str, **why: str) -> None:
        """Say that things stand differently now; one line for each change."""
        if state != self._state:
            self._state = state
            log.info(state, position=self._store.followed(FOLLOWER), **why)
