"""What every source of records promises, proven on topic files and on a real Kafka."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from sync_service.messages.transport_errors import OffsetsWentBack, SourceMadeAnew
from tests.fake_application import FakeApplication
from tests.transports import FileTransport, KafkaTransport, Transport, messages_of, numbered, polled, received

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(params=["files", "kafka"])
def transport(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Transport]:
    made: Transport = (
        FileTransport(tmp_path) if request.param == "files" else KafkaTransport(request.getfixturevalue("kafka"))
    )
    yield made
    made.close()


def test_offsets_lead_from_one_record_to_the_next(transport: Transport) -> None:
    transport.topics.send(messages_of(transport.topic, numbered(5)))
    records = transport.records(FakeApplication())
    found = polled(records, 5)
    records.close()
    assert found[0].offset == 0
    assert [record.offset for record in found[1:]] == [record.next_offset for record in found[:-1]]
    assert len({record.place for record in found}) == 1


def test_reading_goes_on_where_the_stored_positions_are(transport: Transport) -> None:
    application = FakeApplication()
    transport.topics.send(messages_of(transport.topic, numbered(10)))
    first = transport.records(application)
    batch = polled(first, 4, records_max=4)
    application.receive(batch)
    first.commit(batch)
    assert len(polled(first, 3, records_max=3)) == 3, "delivered, but neither stored nor committed"
    first.close()

    second = transport.records(application)
    received(second, application, 6)
    second.close()
    assert application.values == numbered(10)
    assert not application.repeats


def test_a_committed_position_is_not_trusted(transport: Transport) -> None:
    transport.topics.send(messages_of(transport.topic, numbered(3)))
    first = transport.records(FakeApplication())
    first.commit(polled(first, 3))
    first.close()

    second = transport.records(FakeApplication())
    assert [record.value for record in polled(second, 3)] == numbered(3)
    second.close()


def test_what_comes_while_reading_is_read(transport: Transport) -> None:
    application = FakeApplication()
    records = transport.records(application)
    assert records.poll(10, 10**6, 50) == []
    for number in range(3):
        transport.topics.send(messages_of(transport.topic, numbered(1, number)))
        received(records, application, 1)
    records.close()
    assert application.values == numbered(3)


def test_a_batch_keeps_both_limits(transport: Transport) -> None:
    transport.topics.send(messages_of(transport.topic, [b'{"text":"%s"}' % (b"x" * 989)] * 20))
    records = transport.records(FakeApplication())
    assert len(polled(records, 1, records_max=3)) == 3
    assert len(polled(records, 1, bytes_max=4_999)) == 4
    assert len(polled(records, 1, bytes_max=1)) == 1, "the first alone is given, however large"
    assert len(polled(records, 12, records_max=5)) == 12
    records.close()


def test_a_large_record_comes_whole(transport: Transport) -> None:
    large = b'{"text":"%s"}' % (b"x" * 700_000)
    transport.topics.send(messages_of(transport.topic, [b"{}", large, large, b"{}"]))
    records = transport.records(FakeApplication())
    assert [len(record.value) for record in polled(records, 4)] == [2, len(large), len(large), 2]
    records.close()


def test_a_poll_that_brings_nothing_ends_in_time(transport: Transport) -> None:
    application = FakeApplication()
    transport.topics.send(messages_of(transport.topic, numbered(1)))
    records = transport.records(application)
    received(records, application, 1)
    started = time.monotonic()
    assert records.poll(10, 10**6, 300) == []
    assert 0.25 < time.monotonic() - started < 3
    records.close()


def test_a_source_made_anew_stops_the_reader_until_an_operator_accepts_it(transport: Transport) -> None:
    application = FakeApplication()
    transport.topics.send(messages_of(transport.topic, numbered(5)))
    records = transport.records(application)
    received(records, application, 5)
    records.close()
    transport.make_anew()
    transport.topics.send(messages_of(transport.topic, numbered(9, first=100)))

    stopped = transport.records(application)
    with pytest.raises(SourceMadeAnew) as raised:
        polled(stopped, 1)
    stopped.close()
    assert transport.topic in str(raised.value)
    assert raised.value.stored_id != raised.value.found_id
    assert raised.value.token is not None

    accepting = transport.records(application, accepted=[raised.value.token])
    received(accepting, application, 3)
    accepting.close()
    later = transport.records(application)
    received(later, application, 9 - len(application.stored) + 5)
    later.close()
    assert application.values == numbered(5) + numbered(9, first=100)


def test_a_source_made_anew_under_a_running_reader_stops_it(transport: Transport) -> None:
    application = FakeApplication()
    transport.topics.send(messages_of(transport.topic, numbered(5)))
    records = transport.records(application)
    received(records, application, 5)
    transport.make_anew()
    transport.topics.send(messages_of(transport.topic, numbered(2, first=100)))
    with pytest.raises(SourceMadeAnew):
        polled(records, 1)
    records.close()
    assert application.values == numbered(5)


def test_a_source_that_ends_before_the_stored_position_stops_the_reader(transport: Transport) -> None:
    application = FakeApplication()
    transport.topics.send(messages_of(transport.topic, numbered(5)))
    records = transport.records(application)
    received(records, application, 5)
    records.close()
    ((place, position),) = application.places.items()
    application.pretend(place, position + 100)

    stopped = transport.records(application)
    with pytest.raises(OffsetsWentBack) as raised:
        polled(stopped, 1)
    stopped.close()
    assert (raised.value.stored, raised.value.found) == (position + 100, position)
    assert str(position) in str(raised.value)


def test_one_closed_twice_is_closed(transport: Transport) -> None:
    records = transport.records(FakeApplication())
    records.close()
    records.close()
