"""The two transports as contract tests use them: a way to send, a way to read, and mischief done to a topic."""

from __future__ import annotations

import time
import uuid
from typing import TYPE_CHECKING, Protocol

from consumers.kafka_records import KafkaRecords
from consumers.membership import Membership
from consumers.topic_file_records import TopicFileRecords
from sync_service.adapters.file_topics import FileTopics
from sync_service.adapters.kafka_topics import KafkaTopics
from sync_service.messages.records import Outgoing

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from consumers.records import Positions, Records
    from sync_service.messages.records import Record
    from tests.fake_application import FakeApplication
    from tests.real_kafka import Kafka

PATIENCE_S = 20.0


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
        self.membership = Membership(bootstrap=kafka.bootstrap, group=self.topic)
        self.topics: Topics = KafkaTopics(kafka.bootstrap)
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
