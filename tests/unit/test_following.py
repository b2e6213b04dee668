"""How the publisher follows the log: as few looks as can be, none missed, and nothing of what another leader sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sync_service import publishing
from sync_service.adapters.memory_store import MemoryStore
from sync_service.publishing import Publisher
from tests.model import lines
from tests.told import NAMES, Service
from tests.unit.test_publishing import LINKED, FakeStopping, FakeTopics

if TYPE_CHECKING:
    from sync_service.aggregates.aggregate import Event


class CountingStore(MemoryStore):
    """Counts how often it is asked."""

    reads = 0
    asked_for_position = 0

    def read(self, after: int, limit: int) -> list[Event]:
        self.reads += 1
        return super().read(after, limit)

    def followed(self, follower: str) -> int:
        self.asked_for_position += 1
        return super().followed(follower)


@pytest.fixture
def store() -> CountingStore:
    return CountingStore()


@pytest.fixture
def service(store: CountingStore) -> Service:
    return Service(store).given(*LINKED)


def test_what_was_read_to_the_log_s_end_is_read_again_only_with_news(store: CountingStore, service: Service) -> None:
    topics, news = FakeTopics(), iter([lines.completed("edu:e1"), None])
    looked: list[int] = []

    def wait(_: float) -> None:
        looked.append(store.reads)
        if line := next(news):
            service.given(line)

    Publisher(store, topics, NAMES).run(FakeStopping(looks=2), wait)
    assert looked == [1, 2]
    assert topics.sent == service.outgoing()


def test_the_position_is_asked_for_once_while_a_publisher_leads(store: CountingStore, service: Service) -> None:
    publisher = Publisher(store, FakeTopics(), NAMES)
    for number in range(5):
        service.given(lines.completed("edu:e1", f"m{number}"))
        publisher.publish_next()
    assert store.asked_for_position == 1
    assert store.followers()["publisher"][0] == store.head()


def test_who_leads_again_goes_on_where_the_other_leader_stopped(service: Service) -> None:
    topics, leads = FakeTopics(), iter([True, False, True])

    def is_leader() -> bool:
        led = next(leads)
        if not led:
            service.given(lines.completed("edu:e1"))
            Publisher(service.store, topics, NAMES).publish_next()
        return led

    Publisher(service.store, topics, NAMES).run(FakeStopping(looks=3), lambda _: None, is_leader)
    assert topics.sent == service.outgoing()


def test_a_batch_that_ends_before_the_log_does_is_followed_by_the_next_at_once(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publishing, "BATCH_BYTES_MAX", 1)
    service.given(*(lines.completed("edu:e1", f"m{number}") for number in range(3)))
    topics, waits_s = FakeTopics(), list[float]()
    Publisher(service.store, topics, NAMES).run(FakeStopping(looks=4), waits_s.append)
    assert topics.sent == service.outgoing()
    assert len(waits_s) == 1
