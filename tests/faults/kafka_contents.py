"""Reads what a real Kafka holds, apart from any consumer group: the truth that everything is compared with."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

from kafka import KafkaConsumer, TopicPartition

if TYPE_CHECKING:
    from collections.abc import Collection

READ_TIMEOUT_S = 60.0


class Held(NamedTuple):
    """One record as the broker holds it."""

    topic: str
    partition: int
    key: bytes | None
    value: bytes
    headers: dict[str, bytes]


def contents(bootstrap: str, topics: Collection[str]) -> list[Held]:
    """Every record of these topics, those of one partition in their order."""
    held: list[Held] = []
    consumer = _consumer(bootstrap)
    try:
        partitions = _assigned(consumer, topics)
        missing = sum(consumer.end_offsets(partitions).values())
        deadline = time.monotonic() + READ_TIMEOUT_S
        while len(held) < missing:
            assert time.monotonic() < deadline, f"{len(held)} of {missing} records within {READ_TIMEOUT_S} s"
            for records in consumer.poll(timeout_ms=200).values():
                held += [
                    Held(record.topic, record.partition, record.key, record.value or b"", dict(record.headers))
                    for record in records
                ]
    finally:
        consumer.close()
    return held


def records_count(bootstrap: str, topics: Collection[str]) -> int:
    """How many records these topics hold."""
    consumer = _consumer(bootstrap)
    try:
        return sum(consumer.end_offsets(_assigned(consumer, topics)).values())
    finally:
        consumer.close()


def _consumer(bootstrap: str) -> KafkaConsumer:
    return KafkaConsumer(
        bootstrap_servers=bootstrap,
        group_id=None,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        reconnect_backoff_max_ms=1_000,
    )


def _assigned(consumer: KafkaConsumer, topics: Collection[str]) -> list[TopicPartition]:
    partitions = [
        TopicPartition(topic, number) for topic in topics for number in sorted(consumer.partitions_for_topic(topic))
    ]
    consumer.assign(partitions)
    return partitions
