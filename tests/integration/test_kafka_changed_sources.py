"""Topics of a real Kafka that are not what the stored positions speak of: nothing is skipped in silence."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest
import structlog

from consumers.consumer import Consumer
from sync_service.messages.transport_errors import OffsetsWentBack, RecordsLost, SourceMadeAnew
from tests.fake_application import FakeApplication
from tests.transports import (
    LIMITS,
    PATIENCE_S,
    KafkaTransport,
    consuming,
    numbered,
    polled,
    received,
    spread,
    wait_for,
)

if TYPE_CHECKING:
    from tests.real_kafka import Kafka


def stored_once(transport: KafkaTransport, application: FakeApplication) -> dict[str, int]:
    """Consume all that is there, and give the stored positions."""
    with consuming(transport, application):
        wait_for(1, application)
        time.sleep(0.2)
    return application.places


def test_a_topic_made_anew_stops_its_consumer_before_it_stores_anything_of_it(kafka: Kafka) -> None:
    transport, application = KafkaTransport(kafka, partitions=2), FakeApplication()
    transport.topics.send(spread(transport.topic, 20))
    consumer = Consumer(transport.records(application), application, LIMITS)
    stopped: list[SourceMadeAnew] = []

    def run() -> None:
        try:
            consumer.run(threading.Event())
        except SourceMadeAnew as error:
            stopped.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    wait_for(20, application)
    transport.make_anew()
    transport.topics.close()
    transport.topics.send(spread(transport.topic, 4, first=100))
    thread.join(PATIENCE_S)
    assert not thread.is_alive()
    assert stopped[0].token == f"kafka:{transport.topic}:{stopped[0].found_id}"
    assert sorted(application.values) == sorted(numbered(20))
    transport.close()


def test_offsets_that_went_back_stop_the_consumer(kafka: Kafka) -> None:
    transport, application = KafkaTransport(kafka), FakeApplication()
    transport.topics.send(spread(transport.topic, 20))
    ((place, _),) = stored_once(transport, application).items()
    application.pretend(place, 21)
    with pytest.raises(OffsetsWentBack, match=r"position is 21, but it ends at 20"):
        Consumer(transport.records(application), application, LIMITS).run(threading.Event())
    transport.close()


def test_records_lost_to_retention_stop_the_consumer_until_an_operator_accepts_the_gap(kafka: Kafka) -> None:
    transport, application = KafkaTransport(kafka), FakeApplication()
    transport.topics.send(spread(transport.topic, 10))
    stored_once(transport, application)
    transport.topics.send(spread(transport.topic, 10, first=10))
    kafka.delete_records(transport.topic, 0, before_offset=15)
    with pytest.raises(RecordsLost, match="position is 10, but it begins at 15") as raised:
        Consumer(transport.records(application), application, LIMITS).run(threading.Event())

    accepting = transport.records(application, accepted=[raised.value.token or ""])
    received(accepting, application, 5)
    accepting.close()
    assert application.values == numbered(10) + numbered(5, first=15)
    transport.close()


def test_records_lost_under_a_running_reader_stop_it(kafka: Kafka) -> None:
    transport, application = KafkaTransport(kafka), FakeApplication()
    transport.topics.send(spread(transport.topic, 10))
    records = transport.records(application)
    received(records, application, 10)
    time.sleep(1)  # until the fetch that was on its way has come back empty
    transport.topics.send(spread(transport.topic, 10, first=10))
    kafka.delete_records(transport.topic, 0, before_offset=15)
    with pytest.raises(RecordsLost) as raised:
        polled(records, 1)
    records.close()
    assert (raised.value.stored, raised.value.found) == (10, 15)
    transport.close()


def test_a_partition_never_read_starts_where_it_begins_and_says_so(kafka: Kafka) -> None:
    transport, application = KafkaTransport(kafka), FakeApplication()
    transport.topics.send(spread(transport.topic, 10))
    kafka.delete_records(transport.topic, 0, before_offset=7)
    with structlog.testing.capture_logs() as logs:
        records = transport.records(application)
        received(records, application, 3)
        records.close()
    assert [record.offset for record in application.stored] == [7, 8, 9]
    (said,) = [entry for entry in logs if entry["event"] == "kafka.started_after_zero"]
    assert (said["offset"], said["partition"], said["log_level"]) == (7, 0, "warning")
    transport.close()
