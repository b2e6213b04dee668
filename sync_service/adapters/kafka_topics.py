"""Topics on Kafka: an idempotent producer that is rebuilt after any failure, and the little that operators need."""

from __future__ import annotations

import socket
import time
from collections import deque
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import msgspec
from kafka import KafkaAdminClient, KafkaProducer
from kafka.errors import KafkaError, KafkaTimeoutError, TopicAlreadyExistsError, for_code

from sync_service.messages.transport_errors import MessageTooLarge, TransportUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from kafka.producer.future import FutureRecordMetadata

    from sync_service.messages.records import Outgoing

OUTSTANDING_MAX = 1_000
OUTSTANDING_BYTES_MAX = 16 * 1024 * 1024
RECORD_OVERHEAD_BYTES = 512
HEADER_OVERHEAD_BYTES = 16
CLOSE_TIMEOUT_S = 3.0
LINGER_MS = 5


class KafkaCluster(msgspec.Struct, frozen=True):
    """What was found where the settings say that Kafka is."""

    bootstrap: str
    brokers: int
    partitions: dict[str, int]


class KafkaTopics:
    """Sends messages to Kafka; fits the port `Topics`.

    A key's messages keep their order. After an error any part of a batch may have arrived, and the caller sends
    all of it again: at least once, with repeats that receivers know by their keys. Nothing is reached before the
    first call. `client_options` go to the client as they are (security is set by them).
    """

    def __init__(
        self,
        bootstrap: str,
        *,
        timeout_ms: int = 30_000,
        message_bytes_max: int = 1024 * 1024,
        client_options: Mapping[str, object] | None = None,
    ) -> None:
        self._bootstrap, self._timeout_ms, self._message_bytes_max = bootstrap, timeout_ms, message_bytes_max
        self._client_options: dict[str, Any] = dict(client_options or {})
        self._producer: KafkaProducer | None = None

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
        except KafkaError as error:
            self.close()
            message_text = f"Kafka at {self._bootstrap} did not take the messages: {self._reason(error)}"
            raise TransportUnavailable(message_text) from error

    def close(self) -> None:
        """Close the connection; the next `send` opens it again."""
        producer, self._producer = self._producer, None
        if producer is not None:
            with suppress(KafkaError):
                producer.close(timeout=CLOSE_TIMEOUT_S)

    def create_topics(self, partitions: Mapping[str, int], replication_factor: int = -1) -> list[str]:
        """Create the topics that are missing, and give their names; existing ones are left as they are.

        `replication_factor` -1 is the brokers' own default.

        Raises:
            TransportUnavailable: Kafka cannot be reached, or refuses.
        """
        with self._admin() as admin:
            wanted = {
                name: {"num_partitions": count, "replication_factor": replication_factor}
                for name, count in partitions.items()
            }
            answer = admin.create_topics(wanted, raise_errors=False)
            outcomes = {topic["name"]: for_code(topic["error_code"]) for topic in answer["topics"]}
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
        return KafkaCluster(self._bootstrap, len(brokers), topics)

    def _deliver(self, messages: Sequence[Outgoing]) -> None:
        if self._producer is None:
            self._producer = _made(KafkaProducer, self._producer_options())
        outstanding: deque[tuple[FutureRecordMetadata, int]] = deque()
        outstanding_bytes = 0
        for message in messages:
            size_bytes = _size_of(message)
            while outstanding and (
                len(outstanding) >= OUTSTANDING_MAX or outstanding_bytes + size_bytes > OUTSTANDING_BYTES_MAX
            ):
                oldest, oldest_bytes = outstanding.popleft()
                oldest.get(timeout=self._timeout_ms / 1000)
                outstanding_bytes -= oldest_bytes
            sent = self._producer.send(message.topic, message.value, message.key, list(message.headers))
            outstanding.append((sent, size_bytes))
            outstanding_bytes += size_bytes
        for sent, _ in outstanding:
            sent.get(timeout=self._timeout_ms / 1000)
