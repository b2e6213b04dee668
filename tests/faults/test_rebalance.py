"""What another member of the group does while partitions are placed here is no sign of a changed topic."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from tests.fake_application import FakeApplication
from tests.real_kafka import REFUSED
from tests.transports import KafkaTransport, messages_of, numbered, polled

if TYPE_CHECKING:
    from tests.real_kafka import Kafka


pytestmark = REFUSED

POLL_TIMEOUT_MS = 2_000


class BusyPredecessor(FakeApplication):
    """The partition's last owner receives and stores one more record just before the positions are asked for."""

    def __init__(self, transport: KafkaTransport) -> None:
        super().__init__()
        self._transport = transport
        self.published = 0
        self.placings = 0

    def known_places(self, prefix: str) -> dict[str, int]:
        self.placings += 1
        known = super().known_places(prefix)
        self.publish(1)
        for place in known:
            self.pretend(place, self.published)
        return super().known_places(prefix)

    def publish(self, count: int) -> None:
        """Publish so many records more."""
        self._transport.topics.send(messages_of(self._transport.topic, numbered(count, self.published)))
        self.published += count


def test_a_record_that_the_last_owner_stores_while_its_partition_is_placed_stops_nobody(kafka: Kafka) -> None:
    transport = KafkaTransport(kafka)
    application = BusyPredecessor(transport)
    application.publish(3)
    with closing(transport.records(application)) as records:
        application.receive(polled(records, 3))
    placings = application.placings
    with closing(transport.records(application)) as records:
        while application.placings == placings:
            assert records.poll(500, 10**7, 200) == []
        expected = application.published
        application.publish(1)
        (record,) = polled(records, 1)
    assert record.offset == expected
    transport.close()
