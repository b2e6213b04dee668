"""A real Kafka for benchmarks, and topics filled quickly; without one, what needs it is left out and says so."""

from __future__ import annotations

import sys
from contextlib import ExitStack, contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Final, Literal

from kafka import KafkaProducer

from sync_service.topic_names import TopicNames, portal_of_topic
from tests import real_kafka
from tests.jvm_kafka import CannotStart

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from tests.real_kafka import Kafka

Keyed = tuple[str, bytes, bytes]
"""A topic, a key and a value."""

ON_THE_WAY_MAX: Final = 10_000
LINGER_MS: Final = 20
BATCH_BYTES: Final = 256 * 1024


@contextmanager
def a_broker(directory: Path) -> Iterator[Kafka | None]:
    """A Kafka that dies at the end; None, and a line that says why, where there is none to be had."""
    with ExitStack() as opened:
        kafka = None
        try:
            kafka = opened.enter_context(real_kafka.broker(directory))
        except CannotStart as missing:
            sys.stderr.write(f"left out, as it needs a Kafka: {missing}\n")
        yield kafka


def make_topics(kafka: Kafka, prefix: str, partitions: int) -> None:
    """Make the topics that the service reads."""
    for topic in TopicNames(prefix).all_in():
        kafka.create_topic(topic, partitions)


def send(bootstrap: str, messages: Iterable[Keyed], compression: Literal["lz4"] | None = None) -> int:
    """Send them all with the client's own producer, never too many on the way; how many there were."""
    producer = KafkaProducer(
        bootstrap_servers=bootstrap, linger_ms=LINGER_MS, batch_size=BATCH_BYTES, compression_type=compression
    )
    sent, left = 0, iter(messages)
    try:
        while some := list(islice(left, ON_THE_WAY_MAX)):
            for topic, key, value in some:
                producer.send(topic, value, key)
            producer.flush()
            sent += len(some)
    finally:
        producer.close()
    return sent


def opening_and_rest(messages: Iterable[Keyed]) -> tuple[list[Keyed], list[Keyed]]:
    """What the generator sends first, the catalogue and everybody's registration; and what comes then."""
    every = list(messages)
    opened = next(
        place
        for place, (topic, _, line) in enumerate(every)
        if portal_of_topic(topic) and b"account.registered" not in line
    )
    return every[:opened], every[opened:]
