"""Topics on Kafka: an idempotent producer that is rebuilt after any failure, and the little that operators need."""

from __future__ import annotations

import base64
import threading
from collections import deque
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

import msgspec
from kafka import IsolationLevel, KafkaAdminClient, KafkaProducer, TopicPartition
from kafka.admin import OffsetSpec
from kafka.errors import BrokerResponseError, KafkaError, TopicAlreadyExistsError, for_code

from sync_service.connecting.kafka_faults import BrokerFaults
from sync_service.messages.transport_errors import MessageTooLarge, TransportUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from sync_service.connecting.kafka_connection import KafkaConnection
    from sync_service.messages.records import Outgoing

ON_THE_WAY_MAX = 1_000
ON_THE_WAY_BYTES_MAX = 16 * 1024 * 1024
BATCH_BYTES = 64 * 1024
RECORD_OVERHEAD_BYTES = 256
HEADER_OVERHEAD_BYTES = 16
CLOSE_TIMEOUT_S = 3.0
LINGER_MS = 5
MS_IN_HOUR = 3_600_000
SEGMENTS_IN_RETENTION = 4


class KafkaCluster(msgspec.Struct, frozen=True):
    """What was found where the settings say that Kafka is."""

    bootstrap: str
    brokers: int
    partitions: dict[str, int]
    protection: str


class KafkaTopics:
    """Sends messages to Kafka; fits the port `Topics`.

    A key's messages keep their order. After an error any part of a batch may have arrived, and the caller sends
    all of it again: at least once, with repeats that receivers know by their keys. Nothing is reached before the
    first call.
    """

    def __init__(self, connection: KafkaConnection, *, message_bytes_max: int = 1_000_000) -> None:
        self._connection, self._message_bytes_max = connection, message_bytes_max
        self._bootstrap, self._timeout_ms = connection.bootstrap, connection.timeout_ms
        self._faults = _faults(connection)
        self._producer: KafkaProducer | None = None
        self._making = threading.Lock()

    def send(self, messages: Sequence[Outgoing]) -> None:
        """Send the messages, and return when all replicas that Kafka counts on have them.

        Raises:
            MessageTooLarge: one of them is over the limit; nothing was sent.
            TransportUnavailable: they could not all be delivered in time; some of them may have been.
        """
        for message in messages:
            if (size_bytes := _size_of(message)) > self._message_bytes_max:
                raise MessageTooLarge(message.topic, size_bytes, self._message_bytes_max)
        try:
            self._deliver(messages)
        except (KafkaError, OSError, ValueError) as error:
            self.close()
            message_text = f"Kafka at {self._bootstrap} did not take the messages: {self._faults.said(error)}"
            raise TransportUnavailable(message_text) from error

    def close(self) -> None:
        """Close the connection; the next `send` opens it again."""
        producer, self._producer = self._producer, None
        if producer is not None:
            with suppress(KafkaError):
                producer.close(timeout=CLOSE_TIMEOUT_S)

    def create_topics(
        self, partitions: Mapping[str, int], replication_factor: int = -1, retention_h: Mapping[str, int] | None = None
    ) -> list[str]:
        """Create the topics that are missing, and give their names; existing ones are left as they are.

        `replication_factor` -1 is the brokers' own default, and so is the retention of topics that have none (hours).

        Raises:
            TransportUnavailable: Kafka cannot be reached, or refuses.
        """
        with self._admin() as admin:
            kept_h = retention_h or {}
            wanted = {
                name: {
                    "num_partitions": count,
                    "replication_factor": replication_factor,
                    "configs": _kept_for(kept_h[name]) if name in kept_h else {},
                }
                for name, count in partitions.items()
            }
            answer = admin.create_topics(wanted, raise_errors=False)
            error_of: Callable[[int], type[BrokerResponseError]] = for_code
            outcomes = {topic["name"]: error_of(topic["error_code"]) for topic in answer["topics"]}
            for name, outcome in outcomes.items():
                if outcome.errno and outcome is not TopicAlreadyExistsError:
                    raise outcome(name)
            admin.wait_for_topics(list(partitions), timeout_ms=self._timeout_ms)
        return [name for name, outcome in outcomes.items() if not outcome.errno]

    def describe(self) -> KafkaCluster:
        """Reach Kafka and say what is there.

        Raises:
            TransportUnavailable: in one line, what is wrong.
        """
        with self._admin() as admin:
            brokers = admin.describe_cluster()["brokers"]
            topics = {topic["name"]: len(topic["partitions"]) for topic in admin.describe_topics()}
        return KafkaCluster(self._bootstrap, len(brokers), topics, self._connection.described)

    def _deliver(self, messages: Sequence[Outgoing]) -> None:
        """Send in order, never with more on the way than the limits say, and wait until the last has arrived."""
        with self._making:
            producer = self._producer = self._producer or self._new_producer()
        on_the_way: deque[tuple[Any, int]] = deque()
        size_bytes = 0
        for message in messages:
            while on_the_way and (len(on_the_way) >= ON_THE_WAY_MAX or size_bytes >= ON_THE_WAY_BYTES_MAX):
                arriving, arriving_bytes = on_the_way.popleft()
                arriving.get(timeout=self._timeout_ms / 1000)
                size_bytes -= arriving_bytes
            sent = producer.send(message.topic, message.value, message.key, list(message.headers))
            on_the_way.append((sent, _size_of(message)))
            size_bytes += _size_of(message)
        producer.flush(timeout=self._timeout_ms / 1000)
        for sent, _ in on_the_way:
            sent.get(timeout=0)

    def _new_producer(self) -> KafkaProducer:
        self._faults = _faults(self._connection)
        return _made(
            KafkaProducer,
            self._connection,
            self._faults,
            enable_idempotence=True,
            acks="all",
            delivery_timeout_ms=self._timeout_ms,
            max_block_ms=self._timeout_ms,
            max_request_size=self._message_bytes_max,
            linger_ms=LINGER_MS,
            batch_size=BATCH_BYTES,
            metrics_enabled=False,  # nobody reads them, and counting takes a seventh of the client's time
        )

    @contextmanager
    def _admin(self) -> Iterator[KafkaAdminClient]:
        faults = _faults(self._connection)
        try:
            with _made(KafkaAdminClient, self._connection, faults) as admin:
                yield admin
        except (KafkaError, OSError, TypeError, ValueError) as error:
            message = f"Kafka at {self._bootstrap} cannot be used: {faults.said(error)}"
            raise TransportUnavailable(message) from error


class KafkaEnds:
    """Looks where topics begin and end; keeps its connection, and makes it anew after any failure."""

    def __init__(self, connection: KafkaConnection) -> None:
        self._connection, self._faults = connection, _faults(connection)
        self._admin: KafkaAdminClient | None = None

    def spans(self, topics: Sequence[str]) -> dict[tuple[str, str, int], tuple[int, int]]:
        """Beginning and end of every partition that there is, by topic, topic id and number.

        Raises:
            TransportUnavailable: Kafka did not answer.
        """
        try:
            admin = self._admin = self._admin or self._new_admin()
            found = {topic["name"]: topic for topic in admin.describe_topics() if topic["name"] in topics}
            partitions = {
                TopicPartition(name, part["partition_index"]): id_text(topic["topic_id"])
                for name, topic in found.items()
                for part in topic["partitions"]
            }
            if not partitions:
                return {}
            first, last = (
                admin.list_partition_offsets(dict.fromkeys(partitions, spec), IsolationLevel.READ_COMMITTED)
                for spec in (OffsetSpec.EARLIEST, OffsetSpec.LATEST)
            )
        except (KafkaError, OSError, TypeError, ValueError) as error:
            self.close()
            raise TransportUnavailable(self._faults.said(error)) from error
        return {
            (tp.topic, topic_id, tp.partition): (first[tp].offset, last[tp].offset)
            for tp, topic_id in partitions.items()
        }

    def close(self) -> None:
        """Close the connection; the next look opens it again."""
        admin, self._admin = self._admin, None
        if admin is not None:
            with suppress(KafkaError):
                admin.close()

    def _new_admin(self) -> KafkaAdminClient:
        self._faults = _faults(self._connection)
        return _made(KafkaAdminClient, self._connection, self._faults)


def _kept_for(hours: int) -> dict[str, str]:
    """The settings of a topic that forgets: whole segments are deleted, so that they must end often enough too."""
    retention_ms = hours * MS_IN_HOUR
    segment_ms = retention_ms // SEGMENTS_IN_RETENTION
    return {"cleanup.policy": "delete", "retention.ms": str(retention_ms), "segment.ms": str(segment_ms)}


def id_text(topic_id: object) -> str:
    """A topic's id, a UUID, as Kafka's own tools print it."""
    return base64.urlsafe_b64encode(UUID(str(topic_id)).bytes).decode().rstrip("=")


T = TypeVar("T")


def _faults(connection: KafkaConnection) -> BrokerFaults:
    return BrokerFaults(connection, KafkaProducer.DEFAULT_CONFIG["kafka_client"])


def _made(client_class: Callable[..., T], connection: KafkaConnection, faults: BrokerFaults, **options: object) -> T:
    """Make a client, and leave no thread and no connection behind if it does not come about."""
    common = {"kafka_client": faults, "request_timeout_ms": connection.timeout_ms // 2}
    try:
        return client_class(**connection.options(), **common, **options)
    except BaseException:
        faults.close()
        raise


def _size_of(message: Outgoing) -> int:
    """Give the bytes that the message takes at most on the wire."""
    headers = sum(len(name.encode()) + len(content) + HEADER_OVERHEAD_BYTES for name, content in message.headers)
    return len(message.value) + len(message.key or b"") + headers + RECORD_OVERHEAD_BYTES
