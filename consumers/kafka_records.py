"""Records from Kafka: a member of a consumer group, whose positions are the stored ones and never Kafka's own.

How kafka-python has to be used, and is used here:

- Nothing is paused: a partition that is paused while partly delivered can stall for good.
- The rebalance listener runs on the client's own thread, so it only notes what happened; partitions are placed
  afterwards, on the caller's thread, and until then none of their records is handed out.
- An error raised by its `poll` may have swallowed records that it had counted as delivered: after one that is
  waited out, every partition is sought again to the position that we know.
- It fetches by the topic's name, so another topic under that name is told apart by its id in the metadata.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import msgspec
import structlog
from kafka import ConsumerRebalanceListener, KafkaConsumer, TopicPartition
from kafka.errors import (
    IllegalGenerationError,
    KafkaError,
    KafkaTimeoutError,
    LogTruncationError,
    OffsetOutOfRangeError,
    RebalanceInProgressError,
    RetriableError,
    UnknownBrokerIdError,
    UnknownMemberIdError,
)
from kafka.structs import OffsetAndMetadata

from consumers.ready_records import ReadyRecords
from consumers.starting_points import Partition, prefix_of, refuse_if_made_anew, starting_point
from consumers.topic_ids import TopicIds
from sync_service.messages.records import Record
from sync_service.messages.transport_errors import OffsetsWentBack, TransportUnavailable

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from kafka.consumer.fetcher import ConsumerRecord

    from consumers.records import Positions

log = structlog.get_logger(__name__)

TRANSPORT = "kafka"
POLL_SLICE_MS = 250
ANSWER_TIMEOUT_MS = 10_000
CLOSE_TIMEOUT_MS = 3_000
FETCH_BYTES_MAX = 16 * 1024 * 1024
WAITED_OUT = (
    RetriableError,
    IllegalGenerationError,
    RebalanceInProgressError,
    UnknownBrokerIdError,
    UnknownMemberIdError,
)
"""Errors that pass by themselves once a broker is back or the group has settled."""


class Membership(msgspec.Struct, frozen=True, kw_only=True):
    """How to join a consumer group: where, as which group, how patiently, and with which of the client's own options.

    `session_timeout_ms` is how long a member that was killed keeps its partitions; a stalled member that comes
    back after it does no harm, because stored positions tell its records for repeats. Security is set by
    `client_options`, which go to the client as they are.
    """

    bootstrap: str
    group: str = "sync-service"
    connect_timeout_ms: int = 30_000
    session_timeout_ms: int = 10_000
    client_options: Mapping[str, object] = msgspec.field(default_factory=dict)


class KafkaRecords:
    """A member of a consumer group over several topics; fits `consumers.records.Records`.

    Reading starts at the positions that `application` has stored. A source that is not what they speak of raises
    `SourceChanged` from `poll`; `accepted` holds the tokens of such errors that an operator has answered.
    A broker that goes away later is waited for, with one log line when it goes and one when it is back.

    Raises:
        TransportUnavailable: no broker answered within `connect_timeout_ms`, or the options are no good.
    """

    def __init__(
        self,
        membership: Membership,
        topics: Sequence[str],
        application: Positions,
        *,
        accepted: Collection[str] = (),
    ) -> None:
        self._bootstrap, self._topics = membership.bootstrap, tuple(topics)
        self._application, self._accepted = application, frozenset(accepted)
        self._consumer = _joined(membership)
        self._topic_ids = TopicIds(vars(self._consumer)["_cluster"])
        self._listener = _Rebalances(self._consumer)
        self._placed: dict[TopicPartition, Partition] = {}
        self._next: dict[TopicPartition, int] = {}
        self._stored: dict[TopicPartition, OffsetAndMetadata] = {}
        self._ready = ReadyRecords()
        self._missing: frozenset[str] = frozenset()
        self._reachable, self._closed = True, False
        self._consumer.subscribe(self._topics, listener=self._listener)

    def poll(self, records_max: int, bytes_max: int, timeout_ms: int) -> list[Record]:
        """Give the next records of the partitions that the group has assigned to this member."""
        deadline = time.monotonic() + timeout_ms / 1000
        while not self._ready:
            left_ms = max(0.0, (deadline - time.monotonic()) * 1000)
            try:
                self._fetch(records_max, min(left_ms, POLL_SLICE_MS))
            except KafkaError as error:
                self._wait_out(error)
            if time.monotonic() >= deadline:
                break
        return self._ready.take(records_max, bytes_max)

    def commit(self, records: Sequence[Record]) -> None:
        """Tell Kafka how far we are, so that its lag tools show it; nobody reads it back."""
        by_place = {partition.place: tp for tp, partition in self._placed.items()}
        stored = {
            by_place[record.place]: OffsetAndMetadata(record.next_offset, "", -1)
            for record in records
            if record.place in by_place
        }
        self._stored |= stored
        if stored:
            with suppress(KafkaError):
                self._consumer.commit_async(stored)

    def close(self) -> None:
        """Leave the group at once, so that its other members need not wait for a timeout."""
        if self._closed:
            return
        self._closed = True
        with suppress(KafkaError):
            if self._stored and self._reachable:
                self._consumer.commit(self._stored, timeout_ms=CLOSE_TIMEOUT_MS)
        with suppress(KafkaError):
            self._consumer.close(autocommit=False, timeout_ms=CLOSE_TIMEOUT_MS)

    def _fetch(self, records_max: int, timeout_ms: float) -> None:
        fetched: dict[TopicPartition, list[ConsumerRecord]] = {}
        try:
            fetched = self._consumer.poll(timeout_ms=timeout_ms, max_records=records_max)
        except OffsetOutOfRangeError:
            self._forget(list(self._placed))  # placing them again says what has happened
        except LogTruncationError as error:
            self._stop_at_truncation(error)
        self._forget(self._listener.noted())
        self._watch()
        for tp, found in fetched.items():
            if tp in self._placed:
                self._next[tp] = found[-1].offset + 1
                self._ready.extend(_record_of(record, self._placed[tp].place) for record in found)
        if unplaced := self._consumer.assignment() - self._placed.keys():
            self._place(unplaced)

    def _forget(self, partitions: Iterable[TopicPartition]) -> None:
        for tp in partitions:
            self._placed.pop(tp, None)
            self._next.pop(tp, None)
            self._stored.pop(tp, None)

    def _place(self, unplaced: Collection[TopicPartition]) -> None:
        """Seek each partition to its stored position, having made sure that it is the one the position speaks of."""
        if not self._topic_ids.refresh(ANSWER_TIMEOUT_MS):
            raise KafkaTimeoutError
        ids = {topic: self._topic_ids.id_of(topic) for topic in {tp.topic for tp in unplaced}}
        found = sorted(tp for tp in unplaced if ids[tp.topic])
        beginnings = self._consumer.beginning_offsets(found, timeout_ms=ANSWER_TIMEOUT_MS)
        ends = self._consumer.end_offsets(found, timeout_ms=ANSWER_TIMEOUT_MS)
        known = {topic: self._application.known_places(prefix_of(TRANSPORT, topic)) for topic in ids}
        for tp in found:
            partition = Partition(TRANSPORT, tp.topic, ids[tp.topic] or "", tp.partition)
            refuse_if_made_anew(partition, known[tp.topic], self._accepted)
            offset = starting_point(partition, known[tp.topic], beginnings[tp], ends[tp], self._accepted)
            self._start(tp, partition, offset, known[tp.topic].get(partition.place))

    def _start(self, tp: TopicPartition, partition: Partition, offset: int, stored: int | None) -> None:
        self._consumer.seek(tp, offset)
        self._placed[tp], self._next[tp] = partition, offset
        if stored is None and offset > 0:
            log.warning("kafka.started_after_zero", topic=tp.topic, partition=tp.partition, offset=offset)
        log.info("kafka.partition_assigned", topic=tp.topic, partition=tp.partition, offset=offset)

    def _watch(self) -> None:
        """Notice other topics under our names, topics that are missing, and brokers that went or came back."""
        ids = {topic: self._topic_ids.id_of(topic) for topic in self._topics}
        self._forget([tp for tp, was in self._placed.items() if ids[tp.topic] not in (None, was.topic_id)])
        answered = self._topic_ids.answered()
        if answered:
            self._say_missing(frozenset(topic for topic, found in ids.items() if found is None))
        if answered is not None and answered != self._reachable:
            self._reachable = answered
            say = log.info if answered else log.warning
            say("kafka.reachable" if answered else "kafka.unreachable", bootstrap=self._bootstrap)

    def _say_missing(self, missing: frozenset[str]) -> None:
        if missing != self._missing:
            self._missing = missing
            log.warning("kafka.topics_missing", topics=sorted(missing))

    def _stop_at_truncation(self, error: LogTruncationError) -> None:
        for tp, end in error.divergent_offsets.items():
            found = end.offset if end else 0
            raise OffsetsWentBack(topic=tp.topic, partition=tp.partition, stored=self._next.get(tp, 0), found=found)

    def _wait_out(self, error: KafkaError) -> None:
        if not isinstance(error, WAITED_OUT):
            message = f"Kafka at {self._bootstrap} refuses this consumer: {error}"
            raise TransportUnavailable(message) from error
        log.debug("kafka.waited_out", error=type(error).__name__)
        for tp in self._consumer.assignment() & self._next.keys():
            self._consumer.seek(tp, self._next[tp])
        time.sleep(POLL_SLICE_MS / 1000)


class _Rebalances(ConsumerRebalanceListener):
    """Notes which partitions came or went; runs on the client's thread, while the caller waits in `poll`."""

    def __init__(self, consumer: KafkaConsumer) -> None:
        self._consumer = consumer
        self._noted: set[TopicPartition] = set()

    def noted(self) -> set[TopicPartition]:
        """Give the partitions that came or went since the last call."""
        noted, self._noted = self._noted, set()
        return noted

    def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        self._noted.update(revoked)

    def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Keep the client from asking Kafka for committed offsets: any position will do until the true one is set."""
        self._noted.update(assigned)
        for tp in assigned:
            self._consumer.seek(tp, 0)


def _joined(membership: Membership) -> KafkaConsumer:
    clients: list[Any] = []

    def client(**settings: object) -> object:
        clients.append(KafkaConsumer.DEFAULT_CONFIG["kafka_client"](**settings))
        return clients[-1]

    options: dict[str, Any] = {
        "bootstrap_servers": membership.bootstrap.split(","),
        "group_id": membership.group,
        "bootstrap_timeout_ms": membership.connect_timeout_ms,
        "session_timeout_ms": membership.session_timeout_ms,
        "heartbeat_interval_ms": membership.session_timeout_ms // 4,
        "reconnect_backoff_max_ms": 2_000,
        "isolation_level": "read_committed",
        "fetch_max_bytes": FETCH_BYTES_MAX,
        **membership.client_options,
        "enable_auto_commit": False,
        "auto_offset_reset": "none",
        "allow_auto_create_topics": False,
        "kafka_client": client,
    }
    try:
        return KafkaConsumer(**options)
    except (KafkaError, OSError, TypeError, ValueError) as error:
        for unused in clients:
            unused.close()
        waited = f"no broker answered within {membership.connect_timeout_ms / 1000:g} s"
        reason = waited if isinstance(error, KafkaTimeoutError) else str(error)
        message = f"Kafka at {membership.bootstrap} cannot be reached: {reason}"
        raise TransportUnavailable(message) from error


def _record_of(record: ConsumerRecord, place: str) -> Record:
    return Record(
        value=record.value or b"",
        place=place,
        offset=record.offset,
        next_offset=record.offset + 1,
        key=record.key,
        headers=tuple((name, value or b"") for name, value in record.headers),
        topic=record.topic,
    )
