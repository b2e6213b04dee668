"""The two transports as contract tests use them: a way to send, a way to read, and mischief done to a topic."""

from __future__ import annotations

import threading
import time
import uuid
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from consumers.consumer import BatchLimits, Consumer
from consumers.kafka_records import KafkaRecords
from consumers.membership import Membership
from consumers.topic_file_records import TopicFileRecords
from sync_service.adapters.file_topics import FileTopics
from sync_service.adapters.kafka_topics import KafkaTopics
from sync_service.connecting.kafka_connection import KafkaConnection
from sync_service.messages.records import Outgoing
from sync_service.messages.transport_errors import TransportUnavailable

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from consumers.records import Positions, Records
    from sync_service.messages.records import Record
    from tests.fake_application import FakeApplication
    from tests.real_kafka import Kafka

PATIENCE_S = 30.0
LIMITS = BatchLimits(records_max=50, poll_timeout_ms=100)


class Topics(Protocol):
    """The port that both ways of sending fit."""

    def send(self, messages: list[Outgoing]) -> None: ...
    def close(self) -> None: ...


class Transport(Protocol):
    """One transport, with a topic of its own for the test."""

    topic: str
    topics: Topics

    def records(self, application: Positions, accepted: Collection[str] = ()) -> Records: ...
    def make_anew(self) -> None: ...
    def close(self) -> None: ...


class FileTransport:
    """Topic files in a directory."""

    def __init__(self, directory: Path) -> None:
        self.topic = f"t-{uuid.uuid4().hex}"
        self.topics: Topics = FileTopics(directory)
        self._directory = directory

    def records(self, application: Positions, accepted: Collection[str] = ()) -> Records:
        return TopicFileRecords(self._directory, [self.topic], application, accepted=accepted)

    def make_anew(self) -> None:
        (self._directory / f"{self.topic}.ndjson").unlink()

    def close(self) -> None:
        self.topics.close()


class KafkaTransport:
    """A topic with one partition on a real Kafka, and a group of its own."""

    def __init__(self, kafka: Kafka, partitions: int = 1) -> None:
        self.topic = f"t-{uuid.uuid4().hex}"
        connection = KafkaConnection(bootstrap=kafka.bootstrap)
        self.membership = Membership(connection=connection, group=self.topic)
        self.topics: Topics = KafkaTopics(connection)
        self._kafka, self._partitions = kafka, partitions
        kafka.create_topic(self.topic, partitions)

    def records(self, application: Positions, accepted: Collection[str] = ()) -> KafkaRecords:
        return KafkaRecords(self.membership, [self.topic], application, accepted=accepted)

    def make_anew(self) -> None:
        self._kafka.delete_topic(self.topic)
        self._kafka.create_topic(self.topic, self._partitions)

    def close(self) -> None:
        self.topics.close()


def messages_of(topic: str, values: list[bytes], key: bytes | None = b"edu:1") -> list[Outgoing]:
    """Give messages of one account with these values."""
    return [Outgoing(topic=topic, value=value, key=key) for value in values]


def numbered(count: int, first: int = 0) -> list[bytes]:
    """Give as many different lines of JSON."""
    return [b'{"id":"m-%d"}' % number for number in range(first, first + count)]


def polled(records: Records, count: int, records_max: int = 500, bytes_max: int = 10**7) -> list[Record]:
    """Poll until this many records have come, or nothing more does for too long."""
    found: list[Record] = []
    deadline = time.monotonic() + PATIENCE_S
    while len(found) < count:
        assert time.monotonic() < deadline, f"{len(found)} of {count} records came within {PATIENCE_S} s"
        found += records.poll(records_max, bytes_max, 200)
    return found


def received(records: Records, application: FakeApplication, count: int) -> None:
    """Poll, store and commit until this many records have come."""
    batch = polled(records, count)
    application.receive(batch)
    records.commit(batch)


def spread(topic: str, count: int, first: int = 0) -> list[Outgoing]:
    """Give messages of many accounts, so that every partition gets some."""
    values = enumerate(numbered(count, first))
    return [Outgoing(topic=topic, value=value, key=b"edu:%d" % (number % 40)) for number, value in values]


def wait_for(count: int, application: FakeApplication) -> None:
    """Wait until this many records are stored."""
    deadline = time.monotonic() + PATIENCE_S
    while len(application.values) < count:
        assert time.monotonic() < deadline, f"{len(application.values)} of {count} after {PATIENCE_S} s"
        time.sleep(0.02)


@contextmanager
def consuming(transport: KafkaTransport, application: FakeApplication) -> Iterator[None]:
    """Run a consumer of the transport's group, and stop it in order."""
    stopping, errors = threading.Event(), []

    def run() -> None:
        try:
            Consumer(transport.records(application), application, LIMITS).run(stopping)
        except TransportUnavailable as error:
            errors.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        thread.join(PATIENCE_S)
    assert not thread.is_alive()
    assert not errors
