"""The publisher: at least once, in order, through outages and crashes; and what holds for everything that it sends."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

from simulation.bulk import bulk
from sync_service.adapters.memory_store import MemoryStore
from sync_service.aggregates.values import Portal
from sync_service.messages.outcome_messages import OUTGOING_BODIES
from sync_service.messages.records import Outgoing, Record
from sync_service.messages.transport_errors import MessageTooLarge, TransportUnavailable
from sync_service.publishing import Publisher
from tests.model import lines
from tests.model.streams import stream
from tests.told import NAMES, Service, assert_sound, opened

if TYPE_CHECKING:
    from collections.abc import Sequence

KEY = "module:m1:2025-05-12"
LINKED = (lines.link_requested(), lines.link_confirmed())


class FakeTopics:
    """Keeps what was sent; fails as often as told, and refuses what is too large."""

    def __init__(self, failures: int = 0, bytes_max: int = 1_000_000) -> None:
        self.sent: list[Outgoing] = []
        self.failures = failures
        self._bytes_max = bytes_max

    def send(self, messages: Sequence[Outgoing]) -> None:
        if self.failures:
            self.failures -= 1
            raise TransportUnavailable("nobody answers")
        for message in messages:
            if len(message.value) > self._bytes_max:
                raise MessageTooLarge(message.topic, len(message.value), self._bytes_max)
        self.sent += messages

    def close(self) -> None:
        """Nothing is open."""


class FakeStopping:
    """Says stop after so many looks, and remembers the pauses."""

    def __init__(self, looks: int) -> None:
        self._looks = looks
        self.pauses_s: list[float] = []

    def is_set(self) -> bool:
        self._looks -= 1
        return self._looks < 0

    def wait(self, timeout: float) -> bool:
        self.pauses_s.append(timeout)
        return False


class ForgetfulStore(MemoryStore):
    """Dies once between the sending and the storing of the position."""

    is_dying = True

    def follow(self, follower: str, position: int) -> None:
        if self.is_dying:
            self.is_dying = False
            raise KeyboardInterrupt
        super().follow(follower, position)


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
def linked(service: Service) -> Service:
    """The accounts edu:e1 and sovetnmo:s1 are one person's."""
    return service.given(*LINKED)


def test_a_publisher_begins_at_the_log_s_beginning_and_goes_on_where_it_stopped(linked: Service) -> None:
    topics = FakeTopics()
    publisher = Publisher(linked.store, topics, NAMES)
    assert publisher.publish_next(1_000) == linked.store.head()
    assert publisher.publish_next(1_000) == 0
    sent = list(topics.sent)
    linked.given(lines.completed("edu:e1"))
    Publisher(linked.store, topics, NAMES).publish_next(1_000)
    assert topics.sent == sent + linked.outgoing()[-1:]
    assert linked.store.followers().keys() == {"publisher"}


def test_a_crash_between_sending_and_storing_the_position_sends_the_same_messages_again() -> None:
    service = Service(ForgetfulStore()).given(lines.completed("edu:e1"), *LINKED)
    topics = FakeTopics()
    with pytest.raises(KeyboardInterrupt):
        Publisher(service.store, topics, NAMES).publish_next(1_000)
    first = list(topics.sent)
    Publisher(service.store, topics, NAMES).publish_next(1_000)
    assert first
    assert topics.sent == first + first


def test_a_publisher_survives_an_outage_with_growing_pauses_and_says_so_once(linked: Service) -> None:
    topics, stopping = FakeTopics(failures=7), FakeStopping(looks=8)
    waits_s: list[float] = []
    with capture_logs() as logged:
        Publisher(linked.store, topics, NAMES).run(stopping, waits_s.append)
    assert stopping.pauses_s == [1, 2, 4, 8, 16, 30, 30]
    assert topics.sent == linked.outgoing()
    assert [line["event"] for line in logged] == ["publisher.interrupted", "batch.published", "publisher.started"]
    assert logged[0]["reason"] == "nobody answers"
    assert len(waits_s) == 1


def test_a_publisher_that_does_not_lead_sends_nothing(linked: Service) -> None:
    topics, stopping = FakeTopics(), FakeStopping(looks=4)
    leads = iter((False, False, True, True))
    with capture_logs() as logged:
        Publisher(linked.store, topics, NAMES).run(stopping, lambda _: None, lambda: next(leads))
    assert len(stopping.pauses_s) == 2
    assert [line["event"] for line in logged] == ["publisher.stood_by", "batch.published", "publisher.started"]
    assert topics.sent == linked.outgoing()


def test_a_dead_letter_that_is_too_large_to_copy_holds_back_nobody(linked: Service) -> None:
    large = Record(b"x" * 5_000, "kafka:nmo.edu.events.v1:abc:3", 0, 1, b"e7", topic="nmo.edu.events.v1")
    linked.given_records([large]).given(lines.completed("edu:e1"))
    topics = FakeTopics(bytes_max=2_000)
    with capture_logs() as logged:
        Publisher(linked.store, topics, NAMES, sealer=linked.sealer).publish_next(1_000)
    assert topics.sent == [message for message in linked.outgoing() if len(message.value) < 2_000]
    assert [line["event"] for line in logged] == ["dead_letter.not_copied", "batch.published"]
    assert 5_000 < logged[0]["size_bytes"] < 5_100


def test_an_outcome_that_is_too_large_stops_the_publisher_with_its_reason(linked: Service) -> None:
    with pytest.raises(MessageTooLarge, match="Raise the topic's"):
        Publisher(linked.store, FakeTopics(bytes_max=100), NAMES).publish_next(1_000)
    assert linked.store.followed("publisher") == 0


def test_a_batch_ends_where_its_bytes_do(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sync_service.publishing.BATCH_BYTES_MAX", 5_000)
    broken = [b"%d" % number + b"x" * 4_000 for number in range(3)]
    topic = NAMES.events(Portal.EDU)
    service.given_records([Record(value, f"kafka:{topic}:abc:3", 0, 1, topic=topic) for value in broken])
    topics = FakeTopics()
    publisher = Publisher(service.store, topics, NAMES, sealer=service.sealer)
    assert [publisher.publish_next(1_000) for _ in range(3)] == [2, 1, 0]
    assert topics.sent == service.outgoing()


def test_what_goes_out_keeps_the_order_in_which_an_account_s_events_were_stored(linked: Service) -> None:
    linked.given(lines.completed("edu:e1"), lines.completed("edu:e1", "m2"), lines.reversal("edu:e1", KEY))
    topics = FakeTopics()
    assert Publisher(linked.store, topics, NAMES).publish_next(3) == 3
    while Publisher(linked.store, topics, NAMES).publish_next(2):
        pass
    assert topics.sent == linked.outgoing()
    shown = [opened(message) for message in topics.sent if message.topic == NAMES.replicas(Portal.SOVETNMO)]
    assert [(one.kind, one.said["activity_key"]) for one in shown] == [
        ("replica.requested", KEY),
        ("replica.requested", "module:m2:2025-05-12"),
        ("replica.withdrawn", KEY),
    ]


# What holds for everything that goes out


def test_what_bulk_messages_lead_to_is_sound() -> None:
    """Every message is checked against its model where it is opened."""
    service = Service().given_records(
        [Record(line, topic, 0, 0, key, topic=topic) for topic, key, line in bulk(5, 3_000, 300, 0.5, malformed=5)]
    )
    sent = service.told()
    assert_sound(sent)
    kinds = Counter(one.kind for one in sent)
    assert kinds["link.completed"] + kinds["link.progressed"] >= 300
    assert kinds["message.parked"] == 5
    assert min(kinds[kind] for kind in ("replica.requested", "activation.accepted", "activation.refused")) > 20


def test_what_messages_in_any_order_lead_to_is_sound() -> None:
    """Streams with closings, reversals, declined links, malformed lines and reused ids."""
    kinds: set[str] = set()
    for seed in range(12):
        sent = Service().given(*stream(seed, 250)).told()
        assert_sound(sent)
        kinds |= {one.kind for one in sent}
    every = {body.TYPE.removeprefix("ru.nmo.").removesuffix(".v1") for body in OUTGOING_BODIES}
    assert kinds == every - {"account.erased"}  # only people erase
