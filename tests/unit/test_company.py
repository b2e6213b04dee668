"""Writers beside each other: what one hears of the others, and when it waits for its turn."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import structlog

from sync_service.adapters.memory_store import MemoryStore
from sync_service.application import Application
from sync_service.company import CROWDED_TURNS
from sync_service.messages.records import Record
from tests.model import lines

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID


class Room:
    """All writers of a store in memory; counts their turns and their questions."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store
        self.turns = self.asked = 0

    def written_after(self, position: int) -> tuple[dict[UUID, int], int]:
        self.asked += 1
        written = [event for event in self._store.read(0, 1_000) if event.position > position]
        return {event.stream: event.version for event in written}, self._store.head()

    @contextmanager
    def turn(self) -> Iterator[None]:
        self.turns += 1
        yield


class Loads(MemoryStore):
    """Counts what is loaded."""

    loaded = 0

    def load(self, streams, until=None):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
        self.loaded += len(streams)
        return super().load(streams, until)


def test_who_writes_alone_asks_nobody_and_waits_for_nobody() -> None:
    store = MemoryStore()
    room = Room(store)
    writer = writer_in(store, room)
    for number in range(5):
        receive(writer, "a", number, lines.completed("edu:e1", f"m{number}"))
    assert (room.asked, room.turns) == (0, 0)


def test_what_another_wrote_is_loaded_afresh_before_it_collides() -> None:
    store = MemoryStore()
    room = Room(store)
    first, second = writer_in(store, room), writer_in(store, room)
    receive(first, "a", 0, lines.completed("edu:e1", "m1"))
    receive(second, "b", 0, lines.completed("edu:e1", "m2"), lines.completed("edu:e2", "m1"))
    receive(first, "a", 1, lines.completed("edu:e3", "m1"))  # here it sees that somebody wrote between
    assert room.asked == 0
    receive(first, "a", 2, lines.completed("edu:e1", "m3"))
    assert (room.asked, room.turns) == (1, 0), "no conflict, so no turns"
    assert len(store.read(0, 100)) == store.head()


def test_after_a_conflict_transactions_take_turns_for_a_while() -> None:
    store = MemoryStore()
    room = Room(store)
    first, second = writer_in(store, room), writer_in(store, room)
    receive(first, "a", 0, lines.completed("edu:e1", "m1"))
    receive(second, "b", 0, lines.completed("edu:e1", "m2"))
    receive(first, "a", 1, lines.completed("edu:e1", "m3"))  # decided on what was cached: a conflict, and once more
    assert room.turns == 1
    for number in range(2, 2 * CROWDED_TURNS):
        receive(first, "a", number, lines.completed("edu:e1", f"m{number + 2}"))
    assert room.turns == CROWDED_TURNS


def test_two_who_write_about_the_same_person_collide_once() -> None:
    store = MemoryStore()
    room = Room(store)
    writers = {"a": writer_in(store, room), "b": writer_in(store, room)}
    with structlog.testing.capture_logs() as logs:
        for number in range(10):
            for place, writer in writers.items():
                receive(writer, place, number, lines.completed("edu:e1", f"m-{place}-{number}"))
    assert len(store.read(0, 100)) == store.head()
    assert [entry["event"] for entry in logs].count("batch.conflicted") == len(writers)


def test_what_another_wrote_about_others_is_not_loaded() -> None:
    store = Loads()
    room = Room(store)
    first, second = writer_in(store, room), writer_in(store, room)
    receive(first, "a", 0, lines.completed("edu:e1", "m1"))
    receive(second, "b", 0, lines.completed("edu:e2", "m1"))
    receive(first, "a", 1, lines.completed("edu:e1", "m1"))
    before = store.loaded
    receive(first, "a", 2, lines.completed("edu:e1", "m1", on="2025-06-01"))
    assert store.loaded == before


def writer_in(store: MemoryStore, room: Room) -> Application:
    return Application(store, lambda: datetime.now(UTC), others=room)


def receive(writer: Application, place: str, start: int, *sent: bytes) -> None:
    writer.receive([Record(line, place, at, at + 1) for at, line in enumerate(sent, start)])
