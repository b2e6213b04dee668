"""Reads what was sent to Kafka since an instant, apart from any consumer group."""

from __future__ import annotations

import time
from contextlib import closing
from typing import TYPE_CHECKING, Final

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError, KafkaTimeoutError

from sync_service.connecting.kafka_faults import BrokerFaults
from sync_service.messages.records import Outgoing
from sync_service.messages.transport_errors import TransportUnavailable

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import datetime

    from sync_service.connecting.kafka_connection import KafkaConnection

POLL_MS: Final = 500
MS: Final = 1000


class KafkaSent:
    """The messages of the topics out, by the time that Kafka has of each; fits SentMessages."""

    def __init__(self, connection: KafkaConnection) -> None:
        self._connection = connection

    def since(self, topics: Collection[str], moment: datetime) -> Iterator[Outgoing]:
        """The messages since then, of each partition in their order, up to where it ends now."""
        faults = BrokerFaults(self._connection, KafkaConsumer.DEFAULT_CONFIG["kafka_client"])
        try:
            with closing(self._consumer(faults)) as consumer:
                yield from self._read(consumer, topics, round(moment.timestamp() * MS))
        except (KafkaError, OSError, TypeError, ValueError) as error:
            faults.close()
            message = f"Kafka at {self._connection.bootstrap} does not say what was sent: {faults.said(error)}"
            raise TransportUnavailable(message) from error

    def _consumer(self, faults: BrokerFaults) -> KafkaConsumer:
        return KafkaConsumer(
            **self._connection.options(),
            kafka_client=faults,
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
        )

    def _read(self, consumer: KafkaConsumer, topics: Collection[str], since_ms: int) -> Iterator[Outgoing]:
        partitions = [
            TopicPartition(topic, number) for topic in topics for number in consumer.partitions_for_topic(topic) or ()
        ]
        consumer.assign(partitions)
        ends = consumer.end_offsets(partitions)
        starts = consumer.offsets_for_times(dict.fromkeys(partitions, since_ms))
        for partition in partitions:
            found = starts.get(partition)
            consumer.seek(partition, found.offset if found else ends[partition])
        patience_s = self._connection.timeout_ms / MS
        deadline = time.monotonic() + patience_s
        while any((consumer.position(partition) or 0) < ends[partition] for partition in partitions):
            polled = consumer.poll(timeout_ms=POLL_MS)
            if polled:
                deadline = time.monotonic() + patience_s
            elif time.monotonic() > deadline:
                raise KafkaTimeoutError
            for partition, records in polled.items():
                for record in records:
                    if record.offset < ends[partition]:
                        headers = tuple((name, value or b"") for name, value in record.headers)
                        yield Outgoing(record.topic, record.value or b"", record.key, headers)
