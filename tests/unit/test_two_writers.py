"""A linked person has two writers: what one has cached, the other may have joined meanwhile."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from sync_service.adapters.memory_store import MemoryStore
from sync_service.aggregates.values import Account, account_stream
from sync_service.application import Application
from sync_service.messages.records import Record
from sync_service.unit_of_work import UnitOfWork
from tests.model import lines

KEY = "module:m1:2025-05-12"

MESSAGES: dict[str, Callable[[], bytes]] = {
    "registered": lambda: lines.registered("sovetnmo:s1"),
    "closed": lambda: lines.closed("sovetnmo:s1"),
    "completed": lambda: lines.completed("sovetnmo:s1"),
    "applied": lambda: lines.applied("sovetnmo:s1", KEY),
    "link again": lines.link_confirmed,
    "activated": lambda: lines.activated("sovetnmo:s1", "ZZZZ00001111", activity_id="x"),
    "link with a third": lambda: lines.link_confirmed("r2", "e2", "s1"),
}


@pytest.mark.parametrize("message", MESSAGES)
def test_a_stale_cache_of_a_person_who_was_joined_meanwhile_is_loaded_afresh(message: str) -> None:
    store = MemoryStore()
    first, second = (Application(store, lambda: datetime.now(UTC)) for _ in range(2))
    first.receive(records("a", 0, lines.registered("edu:e1"), lines.completed("edu:e1")))
    second.receive(records("b", 0, lines.registered("sovetnmo:s1"), lines.link_requested(), lines.link_confirmed()))
    receipt = first.receive(records("a", 2, MESSAGES[message]()))
    assert (receipt.received, receipt.stored) == (1, 1)


def records(place: str, start: int, *sent: bytes) -> list[Record]:
    return [Record(line, place, at, at + 1) for at, line in enumerate(sent, start)]


def test_what_the_service_decides_by_itself_is_decided_on_what_is_stored_and_not_on_what_it_knew() -> None:
    store = MemoryStore()
    replicator, consumer = (Application(store, lambda: datetime.now(UTC)) for _ in range(2))
    found: list[int] = []

    def look(work: UnitOfWork) -> None:  # records nothing, so no insert would tell that it was decided on what is old
        found.append(len(work.specialist(account_stream(Account.parse("edu:e1"))).entries))

    for number in range(3):
        consumer.receive(records("a", number, lines.completed("edu:e1", f"m{number}")))
        replicator.act(look)
    assert found == [1, 2, 3]
