"""What every transport out promises, proven on topic files and on a real Kafka."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest
from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType

from sync_service.adapters.file_topics import FileTopics
from sync_service.adapters.kafka_topics import KafkaTopics
from sync_service.connecting.kafka_connection import KafkaConnection
from sync_service.messages.records import Outgoing
from sync_service.messages.transport_errors import MessageTooLarge, TransportUnavailable
from tests.fake_application import FakeApplication
from tests.real_kafka import REFUSED
from tests.transports import FileTransport, KafkaTransport, Topics, Transport, messages_of, numbered, polled

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.real_kafka import Kafka

pytestmark = REFUSED

NOBODY = KafkaConnection(bootstrap="127.0.0.1:1", timeout_ms=1_500)


@pytest.fixture(params=["files", "kafka"])
def transport(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Transport]:
    made: Transport = (
        FileTransport(tmp_path) if request.param == "files" else KafkaTransport(request.getfixturevalue("kafka"))
    )
    yield made
    made.close()


def test_what_is_sent_arrives_in_order(transport: Transport) -> None:
    values = numbered(50)
    transport.topics.send(messages_of(transport.topic, values[:20]))
    transport.topics.send(messages_of(transport.topic, values[20:]))
    records = transport.records(FakeApplication())
    assert [record.value for record in polled(records, 50)] == values
    records.close()


@pytest.mark.parametrize(
    "value",
    [b"", b"\n", b"two\nlines", b'{"a":\n1}', b"\xff\x00\xfe", b" {}", b"{}\r", b'{"key": 1}', "«да»".encode()],
)
def test_any_bytes_arrive_as_they_are_with_key_and_headers(transport: Transport, value: bytes) -> None:
    message = Outgoing(
        transport.topic, value, key=b"\xffkey", headers=(("reason", "не JSON".encode()), ("raw", b"\x80"), ("e", b""))
    )
    transport.topics.send([message])
    records = transport.records(FakeApplication())
    (record,) = polled(records, 1)
    assert (record.value, record.key, record.headers) == (message.value, message.key, message.headers)
    assert record.topic == transport.topic
    records.close()


def test_a_message_with_headers_of_its_own_keeps_them_though_its_value_is_a_line_of_json(transport: Transport) -> None:
    transport.topics.send([Outgoing(transport.topic, b'{"a":1}', key=b"k", headers=(("ce_id", b"1"),))])
    records = transport.records(FakeApplication())
    (record,) = polled(records, 1)
    assert (record.value, record.key, record.headers) == (b'{"a":1}', b"k", (("ce_id", b"1"),))
    records.close()


def test_sending_nothing_is_no_error(transport: Transport) -> None:
    transport.topics.send([])


def test_one_closed_twice_can_still_send(transport: Transport) -> None:
    transport.topics.close()
    transport.topics.close()
    transport.topics.send(messages_of(transport.topic, numbered(1)))
    records = transport.records(FakeApplication())
    assert len(polled(records, 1)) == 1
    records.close()


def test_several_threads_may_send_at_once(transport: Transport) -> None:
    batches = [messages_of(transport.topic, numbered(100, first), key=b"%d" % first) for first in range(0, 400, 100)]
    threads = [threading.Thread(target=transport.topics.send, args=[batch]) for batch in batches]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    records = transport.records(FakeApplication())
    found = [record.value for record in polled(records, 400)]
    records.close()
    assert sorted(found) == sorted(numbered(400))
    for batch in batches:
        mine = {message.value for message in batch}
        assert [value for value in found if value in mine] == [message.value for message in batch]


@pytest.mark.parametrize("kind", ["files", "kafka"])
def test_what_cannot_be_reached_says_so_in_one_line_and_in_time(kind: str, tmp_path: Path) -> None:
    (tmp_path / "t.ndjson").mkdir()
    topics: Topics = FileTopics(tmp_path) if kind == "files" else KafkaTopics(NOBODY)
    started = time.monotonic()
    with pytest.raises(TransportUnavailable) as raised:
        topics.send(messages_of("t", numbered(3)))
    assert time.monotonic() - started < 10
    assert "\n" not in str(raised.value)
    topics.close()


def test_kafka_is_not_asked_to_take_more_than_it_would(kafka: Kafka) -> None:
    transport = KafkaTransport(kafka)
    topics = KafkaTopics(KafkaConnection(bootstrap=kafka.bootstrap), message_bytes_max=2_000)
    with pytest.raises(MessageTooLarge) as raised:
        topics.send(messages_of(transport.topic, [b"{}", b"x" * 2_000]))
    assert raised.value.limit_bytes == 2_000
    topics.send(messages_of(transport.topic, numbered(2)))
    records = transport.records(FakeApplication())
    assert [record.value for record in polled(records, 2)] == numbered(2)
    for opened in (records, topics, transport):
        opened.close()


def test_sending_goes_on_after_a_failure(kafka: Kafka) -> None:
    transport = KafkaTransport(kafka)
    topics = KafkaTopics(KafkaConnection(bootstrap=kafka.bootstrap, timeout_ms=1_500))
    with pytest.raises(TransportUnavailable):
        topics.send(messages_of("no-such-topic", numbered(1)))
    topics.send(messages_of(transport.topic, numbered(2)))
    records = transport.records(FakeApplication())
    assert [record.value for record in polled(records, 2)] == numbered(2)
    for opened in (records, topics, transport):
        opened.close()


def test_kafka_topics_are_created_once_and_described(kafka: Kafka) -> None:
    transport = KafkaTransport(kafka, partitions=2)
    topics = KafkaTopics(KafkaConnection(bootstrap=kafka.bootstrap))
    wanted = {f"{transport.topic}.a": 3, transport.topic: 5}
    assert topics.create_topics(wanted) == [f"{transport.topic}.a"]
    assert topics.create_topics(wanted) == []
    found = topics.describe()
    assert found.brokers == 1
    assert (found.partitions[f"{transport.topic}.a"], found.partitions[transport.topic]) == (3, 2)
    for opened in (topics, transport):
        opened.close()


def test_a_topic_is_made_with_the_retention_that_is_asked_for_and_never_compacted(kafka: Kafka) -> None:
    name = f"{KafkaTransport(kafka).topic}.kept"
    topics = KafkaTopics(KafkaConnection(bootstrap=kafka.bootstrap))
    topics.create_topics({name: 1}, retention_h={name: 48})
    with KafkaAdminClient(bootstrap_servers=kafka.bootstrap) as admin:
        configs = admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name)])
    topics.close()
    text = str(configs)
    for setting in ("retention.ms", "segment.ms", "cleanup.policy"):
        assert setting in text
    assert str(48 * 3_600_000) in text
    assert str(12 * 3_600_000) in text


def test_an_unreachable_kafka_is_described_in_one_line() -> None:
    with pytest.raises(TransportUnavailable, match=r"127\.0\.0\.1:1: .*refused") as raised:
        KafkaTopics(NOBODY).describe()
    assert "\n" not in str(raised.value)
