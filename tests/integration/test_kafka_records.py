"""A consumer group on a real Kafka: members come and go, the broker restarts, topics grow."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest
import structlog
from kafka import KafkaAdminClient, KafkaConsumer, TopicPartition

from consumers.consumer import Consumer
from consumers.kafka_records import KafkaRecords
from consumers.membership import Membership
from sync_service.connecting.kafka_connection import KafkaConnection
from sync_service.messages.transport_errors import TransportUnavailable
from tests.fake_application import FakeApplication
from tests.real_kafka import REFUSED
from tests.transports import (
    LIMITS,
    PATIENCE_S,
    KafkaTransport,
    consuming,
    messages_of,
    numbered,
    polled,
    received,
    spread,
    wait_for,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sync_service.messages.records import Record
    from tests.fake_application import Counts
    from tests.real_kafka import Kafka

pytestmark = REFUSED


def is_gapless(application: FakeApplication) -> bool:
    """Tell whether each place's stored offsets are 0, 1, 2… and none of them came twice."""
    return all(
        [record.offset for record in application.stored if record.place == place] == list(range(position))
        for place, position in application.places.items()
    )


def test_members_come_and_go_and_nothing_is_lost_or_stored_twice(kafka: Kafka) -> None:
    transport, application = KafkaTransport(kafka, partitions=6), FakeApplication()
    with consuming(transport, application):
        transport.topics.send(spread(transport.topic, 500))
        wait_for(100, application)
        with consuming(transport, application):
            transport.topics.send(spread(transport.topic, 500, first=500))
            wait_for(1_000, application)
            transport.topics.send(spread(transport.topic, 500, first=1_000))
        wait_for(1_500, application)
    assert sorted(application.values) == sorted(numbered(1_500))
    assert is_gapless(application)
    transport.close()


def test_two_members_share_the_partitions(kafka: Kafka) -> None:
    transport = KafkaTransport(kafka, partitions=6)
    mine, other = FakeApplication(), FakeApplication()
    with consuming(transport, mine), consuming(transport, other):
        deadline = time.monotonic() + PATIENCE_S
        while not (mine.values and other.values):
            assert time.monotonic() < deadline, "one member got everything"
            transport.topics.send(spread(transport.topic, 60))
            time.sleep(0.2)
    transport.close()


def test_a_member_that_stops_leaves_at_once_and_tells_kafka_how_far_it_was(kafka: Kafka) -> None:
    transport, application = KafkaTransport(kafka, partitions=2), FakeApplication()
    transport.topics.send(spread(transport.topic, 40))
    with consuming(transport, application):
        wait_for(40, application)
    consumer = KafkaConsumer(bootstrap_servers=kafka.bootstrap, group_id=transport.topic)
    committed = [consumer.committed(TopicPartition(transport.topic, partition)) or 0 for partition in (0, 1)]
    consumer.close()
    assert sum(committed) == 40

    started = time.monotonic()
    with consuming(transport, application):
        transport.topics.send(spread(transport.topic, 10))
        wait_for(50, application)
    assert time.monotonic() - started < transport.membership.session_timeout_ms / 1000
    assert not application.repeats
    transport.close()


def test_a_member_that_goes_on_tells_kafka_now_and_then_how_far_it_is(kafka: Kafka) -> None:
    transport, application = KafkaTransport(kafka), FakeApplication()
    transport.topics.send(spread(transport.topic, 40))
    records = transport.records(application)
    received(records, application, 40)
    watching = KafkaConsumer(bootstrap_servers=kafka.bootstrap, group_id=transport.topic)
    deadline = time.monotonic() + PATIENCE_S
    while watching.committed(TopicPartition(transport.topic, 0)) != len(application.values):
        assert time.monotonic() < deadline, "what was stored is never told"
        assert records.poll(10, 10**6, 100) == []
    watching.close()
    records.close()
    transport.close()


def test_a_member_that_hung_stores_nothing_twice(kafka: Kafka) -> None:
    transport, application = KafkaTransport(kafka), FakeApplication()
    transport.topics.send(spread(transport.topic, 30))
    hung = transport.records(application)
    batch = polled(hung, 30)
    hung.close()  # the group takes it for gone, though it is about to store its batch
    with consuming(transport, application):
        wait_for(30, application)
    application.receive(batch)
    assert len(application.repeats) == 30
    assert is_gapless(application)
    transport.close()


def test_a_topic_that_gets_more_partitions_is_read_whole_however_short_the_polls(kafka: Kafka) -> None:
    transport, application = KafkaTransport(kafka, partitions=1), FakeApplication()
    records = transport.records(application)
    sent = 0
    for partitions in (2, 4):
        with KafkaAdminClient(bootstrap_servers=kafka.bootstrap) as admin:
            admin.create_partitions({transport.topic: partitions})
        deadline = time.monotonic() + PATIENCE_S
        while len({record.place for record in application.stored}) < partitions:
            assert time.monotonic() < deadline, f"not all of {partitions} partitions are read"
            transport.topics.close()  # so that it learns of the new partitions
            transport.topics.send(spread(transport.topic, 40, first=sent))
            sent += 40
            for _ in range(100):
                application.receive(records.poll(50, 10**6, 3))
    while len(application.values) < sent:
        application.receive(records.poll(50, 10**6, 3))
    records.close()
    assert sorted(application.values) == sorted(numbered(sent))
    transport.close()


@pytest.mark.parametrize("ending", ["stop", "kill"])
def test_the_broker_restarts_in_the_middle_and_that_is_said_once(
    kafka: Kafka, ending: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("consumers.topic_ids.ASK_INTERVAL_S", 0.5)
    transport, application = KafkaTransport(kafka, partitions=3), FakeApplication()
    with structlog.testing.capture_logs() as logs, consuming(transport, application):
        transport.topics.send(spread(transport.topic, 300))
        wait_for(50, application)
        (kafka.stop if ending == "stop" else kafka.kill)()
        kafka.start()
        transport.topics.send(spread(transport.topic, 300, first=300))
        wait_for(600, application)
        time.sleep(1)
    assert sorted(set(application.values)) == sorted(numbered(600))
    assert is_gapless(application)
    said = [entry["event"] for entry in logs if entry["event"].endswith("reachable")]
    assert said == ["kafka.unreachable", "kafka.reachable"]
    transport.close()


def test_an_unreachable_broker_at_the_start_is_one_clear_line_in_time() -> None:
    started = time.monotonic()
    nobody = KafkaConnection(bootstrap="127.0.0.1:1", timeout_ms=1_500)
    with pytest.raises(TransportUnavailable, match=r"127\.0\.0\.1:1: Connection refused") as raised:
        KafkaRecords(Membership(connection=nobody), ["t"], FakeApplication())
    assert time.monotonic() - started < 5
    assert "\n" not in str(raised.value)


def test_a_missing_topic_is_said_and_waited_for(kafka: Kafka, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("consumers.topic_ids.ASK_INTERVAL_S", 0.5)
    transport, application = KafkaTransport(kafka), FakeApplication()
    late = f"{transport.topic}.late"
    with structlog.testing.capture_logs() as logs:
        records = KafkaRecords(transport.membership, [transport.topic, late], application)
        transport.topics.send(spread(transport.topic, 3))
        received(records, application, 3)
        deadline = time.monotonic() + PATIENCE_S
        while "kafka.topics_missing" not in [entry["event"] for entry in logs]:
            assert time.monotonic() < deadline
            records.poll(10, 10**6, 100)
    kafka.create_topic(late)
    transport.topics.send(messages_of(late, numbered(2)))
    received(records, application, 2)
    records.close()
    assert len(application.stored) == 5
    transport.close()


class Failing(FakeApplication):
    """An application whose database is lost in the middle of a batch."""

    def receive(self, records: Sequence[Record]) -> Counts:
        raise ConnectionError


def test_a_batch_that_could_not_be_stored_comes_again_after_a_restart(kafka: Kafka) -> None:
    transport = KafkaTransport(kafka)
    transport.topics.send(spread(transport.topic, 5))
    failing, application = Failing(), FakeApplication()
    with pytest.raises(ConnectionError):
        Consumer(transport.records(failing), failing, LIMITS).run(threading.Event())
    with consuming(transport, application):
        wait_for(5, application)
    assert application.values == numbered(5)
    transport.close()
