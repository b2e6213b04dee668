"""The cache's bound is in bytes: what aggregates say they weigh is about what they take."""

from __future__ import annotations

import gc
import tracemalloc
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec
import pytest

from simulation.bulk import bulk
from sync_service.adapters.memory_store import MemoryStore
from sync_service.aggregates.specialist_facts import ActivationRecorded
from sync_service.application import Application, Limits
from sync_service.messages.records import Record
from sync_service.unit_of_work import AggregateCache

if TYPE_CHECKING:
    from collections.abc import Collection
    from uuid import UUID

    from sync_service.aggregates.aggregate import Event

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def _fed(store: MemoryStore, people: int, messages: int, linked: float, limits: Limits | None = None) -> Application:
    application = Application(store, lambda: NOW, limits=limits)
    lines = [line for _, _, line in bulk(3, messages, people, linked)]
    records = [Record(line, "file:a", number, number + 1) for number, line in enumerate(lines)]
    for start in range(0, len(records), 500):
        application.receive(records[start : start + 500])
    return application


class _Copies(MemoryStore):
    """Gives every event as a copy of its own, as a database does."""

    def load(self, streams: Collection[UUID], until: int | None = None) -> dict[UUID, list[Event]]:
        found = super().load(streams, until)
        return {stream: [_copied(event) for event in events] for stream, events in found.items()}


def _copied(event: Event) -> Event:
    fact = msgspec.json.decode(msgspec.json.encode(event.fact), type=type(event.fact))
    return msgspec.structs.replace(event, fact=fact)


@pytest.mark.parametrize(("messages", "linked"), [(1_500, 0.0), (6_000, 0.0), (6_000, 1.0)])
def test_people_weigh_about_what_they_take(messages: int, linked: float) -> None:
    store = _Copies()
    _fed(store, 100, messages, linked)
    accounts = {event.fact.account for event in store.read(0, 10**6) if hasattr(event.fact, "account")}
    reader = Application(store, lambda: NOW)
    gc.collect()
    tracemalloc.start()
    people = reader.look(lambda work: [work.person(account) for account in sorted(accounts)])
    distinct = {id(person): person for person in people}.values()
    reader._cache = AggregateCache(0)  # noqa: SLF001 - only these people are to be weighed
    gc.collect()
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(distinct) >= 100
    assert 0.5 < sum(person.weight for person in distinct) / taken < 2


def test_a_cache_stays_within_its_bound() -> None:
    store = MemoryStore()
    application = _fed(store, 50, 1_500, 0.3, Limits(cache_bytes_max=100_000))
    kept = application._cache  # noqa: SLF001 - its bound is what is tested
    assert 0 < sum(aggregate.weight for aggregate, _ in kept._cached.values()) <= 100_000  # noqa: SLF001


def test_a_cache_of_nothing_keeps_nobody() -> None:
    store = MemoryStore()
    application = _fed(store, 5, 200, 0.0, Limits(cache_bytes_max=0))
    assert not application._cache._cached  # noqa: SLF001 - what it keeps is what is tested
    account = next(event.fact.account for event in store.read(0, 10**6) if isinstance(event.fact, ActivationRecorded))
    assert application.look(lambda work: work.known_person(account)).entries
