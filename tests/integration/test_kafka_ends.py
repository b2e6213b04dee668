"""Where Kafka's topics end is seen without any consumer, under the names that stored positions have."""

from __future__ import annotations

from contextlib import closing

import pytest

from consumers.source_ends import KafkaSources
from sync_service.adapters.kafka_topics import KafkaEnds
from sync_service.connecting.kafka_connection import KafkaConnection
from sync_service.messages.transport_errors import TransportUnavailable
from tests.fake_application import FakeApplication
from tests.real_kafka import REFUSED, Kafka
from tests.transports import KafkaTransport, consuming, spread, wait_for

pytestmark = REFUSED


def test_ends_are_seen_whether_or_not_somebody_reads(kafka: Kafka) -> None:
    transport, application = KafkaTransport(kafka, partitions=3), FakeApplication()
    with closing(
        KafkaSources(
            KafkaEnds(KafkaConnection(bootstrap=kafka.bootstrap)), [transport.topic, "none.such.topic"], application
        )
    ) as sources:
        look(transport, application, sources)


def look(transport: KafkaTransport, application: FakeApplication, sources: KafkaSources) -> None:
    transport.topics.send(spread(transport.topic, 30))
    before = sources.ends()
    assert [end.topic for end in before] == [transport.topic] * 3
    assert sum(end.end_offset for end in before) == sum(end.unread or 0 for end in before) == 30
    with consuming(transport, application):
        wait_for(30, application)
    after = sources.ends()
    assert {end.place for end in after} >= application.places.keys()
    assert sum(end.unread or 0 for end in after) == 0
    transport.topics.send(spread(transport.topic, 5, first=30))
    assert sum(end.unread or 0 for end in sources.ends()) == 5


def test_a_broker_that_is_away_is_said_and_seen_again_later(kafka: Kafka) -> None:
    with pytest.raises(TransportUnavailable):
        KafkaEnds(KafkaConnection(bootstrap="localhost:1", timeout_ms=500)).spans(["x"])
    with closing(KafkaEnds(KafkaConnection(bootstrap=kafka.bootstrap))) as watched:
        assert watched.spans([]) == {}
