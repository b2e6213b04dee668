"""Records from Kafka: a member of a consumer group, whose positions are the stored ones and never Kafka's own.

How kafka-python 3.0 has to be used, and is used here:

- Nothing is paused: a partition that is paused while partly delivered can stall for good.
- The rebalance listener runs on the client's own thread, so it only notes what happened; partitions are placed
  afterwards, on the caller's thread, and until then none of their records is handed out.
- An error raised by its `poll` may have swallowed records that it had counted as delivered: after one that is
  waited out, every partition is sought again to the position that we know.
- A leader that joins again because a topic has changed loses the outcome if `poll` times out just before it comes,
  and then waits for ever: while a join is under way, it is said to be needed until its outcome is applied.
- It fetches by the topic's name, so another topic under that name is told apart by its id in the metadata.
- It asks brokers to create missing topics, whatever `allow_auto_create_topics` says: its metadata is told not to.
"""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING

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

from consumers.header_names import accept_any_header_name
from consumers.ready_records import ReadyRecords
from consumers.starting_points import Partition, prefix_of, refuse_if_made_anew, starting_point
from consumers.topic_ids import TopicIds
from sync_service import working
from sync_service.connecting.kafka_faults import BrokerFaults
from sync_service.messages.records import Record
from sync_service.messages.transport_errors import OffsetsWentBack, TransportUnavailable

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from kafka.consumer.fetcher import ConsumerRecord

    from consumers.membership import Membership
    from consumers.records import Positions

log = structlog.get_logger(__name__)

TRANSPORT = "kafka"
POLL_SLICE_MS = 250
ANSWER_TIMEOUT_MS = 10_000
CLOSE_TIMEOUT_MS = 3_000
COMMIT_INTERVAL_S = 1.0
"""How often Kafka is told how far we are: every time is a request of its own, and nobody reads it but lag tools."""

WAITED_OUT = (
    RetriableError,
    IllegalGenerationError,
    RebalanceInProgressError,
    UnknownBrokerIdError,
    UnknownMemberIdError,
)
"""Errors that pass by themselves once a broker is back or the group has settled."""


class KafkaRecords:
    """A member of a consumer group over several topics; fits `consumers.records.Records`.

    Reading starts at the positions that `application` has stored. A source that is not what they speak of raises
    `SourceChanged` from `poll`; `accepted` holds the tokens of such errors that an operator has answered.
    A broker that goes away later is waited for, with one log line when it goes and one when it is back.

    Raises:
        TransportUnavailable: no broker answered within the connection's time, or all refuse us for good.
    """

    def __init__(
        self, membership: Membership, topics: Sequence[str], application: Positions, *, accepted: Collection[str] = ()
    ) -> None:
        self._bootstrap, self._topics = membership.connection.bootstrap, tuple(topics)
        self._application, self._accepted = application, frozenset(accepted)
        self._faults = BrokerFaults(membership.connection, KafkaConsumer.DEFAULT_CONFIG["kafka_client"])
        self._consumer = _joined(membership, self._faults)
        self._listener = _Rebalances(self._consumer)
        self._topic_ids = TopicIds(self._faults.cluster)
        self._held: dict[TopicPartition, _Held] = {}
        self._ready = ReadyRecords()
        self._missing: frozenset[str] = frozenset()
        self._truncated: LogTruncationError | None = None
        self._reachable, self._closed = True, False
        self._untold, self._tell_at = False, 0.0
        self._consumer.subscribe(self._topics, listener=self._listener)
        self._topic_ids.refresh(membership.connection.timeout_ms)  # else the first assignment would be of nothing

    def poll(self, records_max: int, bytes_max: int, timeout_ms: int) -> list[Record]:
        """Give the next records of the partitions that the group has assigned to this member."""
        deadline = time.monotonic() + timeout_ms / 1000
        self._tell()
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
        """Note how far we are; Kafka is told now and then, so that its lag tools show it, and nobody reads it back."""
        by_place = {held.partition.place: held for held in self._held.values()}
        for record in records:
            if held := by_place.get(record.place):
                held.stored_offset = record.next_offset
        self._untold = True

    def close(self) -> None:
        """Leave the group at once, so that its other members need not wait for a timeout."""
        if self._closed:
            return
        self._closed = True
        with suppress(KafkaError):
            if self._reachable and (stored := self._stored_offsets()):
                self._consumer.commit(stored, timeout_ms=CLOSE_TIMEOUT_MS)
        with suppress(KafkaError):
            self._consumer.close(autocommit=False, timeout_ms=CLOSE_TIMEOUT_MS)

    def _tell(self) -> None:
        """Commit what was noted, unless that was done a moment ago: then a later poll does it, or `close`."""
        now = time.monotonic()
        if self._untold and now >= self._tell_at:
            self._untold, self._tell_at = False, now + COMMIT_INTERVAL_S
            if stored := self._stored_offsets():
                with suppress(KafkaError):
                    self._consumer.commit_async(stored)

    def _fetch(self, records_max: int, timeout_ms: float) -> None:
        fetched: dict[TopicPartition, list[ConsumerRecord]] = {}
        try:
            fetched = self._consumer.poll(timeout_ms=timeout_ms, max_records=records_max)
        except OffsetOutOfRangeError:
            self._held.clear()  # placing the partitions again says what has happened
        except LogTruncationError as error:
            self._held.clear()
            self._truncated = error
        finally:
            self._listener.keep_joining()
        self._forget(self._listener.noted())
        self._watch()
        for tp, found in fetched.items():
            if held := self._held.get(tp):
                held.next_offset = found[-1].offset + 1
                place = held.partition.place
                self._ready.extend([_record_of(record, place) for record in found])
        if unplaced := self._consumer.assignment() - self._held.keys():
            self._place(unplaced)
        if self._truncated:
            self._stop_at_truncation(self._truncated)

    def _forget(self, partitions: Iterable[TopicPartition]) -> None:
        for tp in partitions:
            self._held.pop(tp, None)

    def _place(self, unplaced: Collection[TopicPartition]) -> None:
        """Seek each partition to its stored position, having made sure that it is the one the position speaks of."""
        if not self._topic_ids.refresh(ANSWER_TIMEOUT_MS):
            raise KafkaTimeoutError
        ids = {topic: self._topic_ids.id_of(topic) for topic in {tp.topic for tp in unplaced}}
        found = sorted(tp for tp in unplaced if ids[tp.topic])
        # In this order, as the last owner may still store: the position lies between an older beginning and a newer end
        beginnings = self._consumer.beginning_offsets(found, timeout_ms=ANSWER_TIMEOUT_MS)
        known = {topic: self._application.known_places(prefix_of(TRANSPORT, topic)) for topic in ids}
        ends = self._consumer.end_offsets(found, timeout_ms=ANSWER_TIMEOUT_MS)
        for tp in found:
            partition = Partition(TRANSPORT, tp.topic, ids[tp.topic] or "", tp.partition)
            refuse_if_made_anew(partition, known[tp.topic], self._accepted)
            offset = starting_point(partition, known[tp.topic], beginnings[tp], ends[tp], self._accepted)
            self._consumer.seek(tp, offset)
            self._held[tp] = _Held(partition, offset)
            self._say_placed(tp, offset, first=partition.place not in known[tp.topic])

    def _say_placed(self, tp: TopicPartition, offset: int, *, first: bool) -> None:
        if first and offset > 0:
            log.warning("kafka.started_after_zero", topic=tp.topic, partition=tp.partition, offset=offset)
        log.info("kafka.partition_assigned", topic=tp.topic, partition=tp.partition, offset=offset)

    def _watch(self) -> None:
        """Notice other topics under our names, topics that are missing, and brokers that went or came back."""
        ids = {topic: self._topic_ids.id_of(topic) for topic in self._topics}
        self._forget([tp for tp, held in self._held.items() if ids[tp.topic] not in (None, held.partition.topic_id)])
        answered = self._topic_ids.answered()
        missing = frozenset(topic for topic, found in ids.items() if found is None)
        if answered and missing != self._missing:
            self._missing = missing
            log.warning("kafka.topics_missing", topics=sorted(missing))
        if answered is not None and answered != self._reachable:
            self._reachable = answered
            working.hindered("transport", None if answered else f"no answer from Kafka at {self._bootstrap}")
            if answered:
                log.info("kafka.reachable", bootstrap=self._bootstrap)
            else:
                log.warning("kafka.unreachable", bootstrap=self._bootstrap, reason=self._faults.reason)

    def _stop_at_truncation(self, error: LogTruncationError) -> None:
        """The log was cut and has grown again: its offsets are the expected ones, its records are not."""
        for tp, cut in error.divergent_offsets.items():
            stored = self._held[tp].next_offset if tp in self._held else 0
            found = cut.offset if cut else 0
            raise OffsetsWentBack(topic=tp.topic, partition=tp.partition, stored=stored, found=found)

    def _wait_out(self, error: KafkaError) -> None:
        if not isinstance(error, WAITED_OUT):
            message = f"Kafka at {self._bootstrap} refuses this consumer: {error}"
            raise TransportUnavailable(message) from error
        log.debug("kafka.waited_out", error=type(error).__name__)
        for tp in self._consumer.assignment() & self._held.keys():
            self._consumer.seek(tp, self._held[tp].next_offset)
        time.sleep(POLL_SLICE_MS / 1000)

    def _stored_offsets(self) -> dict[TopicPartition, OffsetAndMetadata]:
        return {
            tp: OffsetAndMetadata(held.stored_offset, "", -1)
            for tp, held in self._held.items()
            if held.stored_offset is not None
        }


class _Held(msgspec.Struct):
    """A partition that is ours and placed: what is delivered next, and how far what was delivered is stored."""

    partition: Partition
    next_offset: int
    stored_offset: int | None = None


class _Rebalances(ConsumerRebalanceListener):
    """Notes which partitions came or went; called on the client's thread, while the caller waits in `poll`."""

    def __init__(self, consumer: KafkaConsumer) -> None:
        self._consumer = consumer
        self._noted: set[TopicPartition] = set()

    def noted(self) -> set[TopicPartition]:
        """Give the partitions that came or went since the last call."""
        noted, self._noted = self._noted, set()
        return noted

    def keep_joining(self) -> None:
        """Have a join that is under way finished, even if its reason has gone."""
        coordinator = vars(self._consumer)["_coordinator"]
        if coordinator.rejoining:
            coordinator.request_rejoin()

    def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        self._noted.update(revoked)

    def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Keep the client from asking Kafka for committed offsets: any position will do until the true one is set."""
        self._noted.update(assigned)
        for tp in assigned:
            self._consumer.seek(tp, 0)


def _joined(membership: Membership, faults: BrokerFaults) -> KafkaConsumer:
    """Give the consumer, once a broker has let us in."""
    accept_any_header_name()
    try:
        return KafkaConsumer(**membership.settings(), kafka_client=faults)
    except (KafkaError, OSError, TypeError, ValueError) as error:
        faults.close()
        message = f"Kafka at {membership.connection.bootstrap} cannot be used: {faults.said(error)}"
        raise TransportUnavailable(message) from error


def _record_of(record: ConsumerRecord, place: str) -> Record:
    headers = tuple([(name, value or b"") for name, value in record.headers]) if record.headers else ()
    offset = record.offset
    return Record(record.value or b"", place, offset, offset + 1, record.key, headers, record.topic)
