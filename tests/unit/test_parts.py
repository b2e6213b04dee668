"""A call's records are received by parts, and the next part is decoded while the store is busy with the last."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sync_service.adapters.memory_store import MemoryStore
from sync_service.application import Application, Limits
from sync_service.messages.decoding import Unreadable
from sync_service.messages.records import Record
from sync_service.receiving import Parts
from tests.model import lines

if TYPE_CHECKING:
    from collections.abc import Callable

    from sync_service.event_store import Work

SENT = [lines.completed("edu:e1", f"m{number}") for number in range(7)]


class Watched(MemoryStore):
    """Notes how many messages each transaction has, and can fail at one of them."""

    def __init__(self, *, fails_at: int = -1) -> None:
        super().__init__()
        self.stored: list[int] = []
        self._fails_at = fails_at

    def append(self, work: Work, meanwhile: Callable[[], object] = lambda: None) -> int:
        if len(self.stored) == self._fails_at:
            raise ConnectionError
        self.stored.append(len(work.messages))
        return super().append(work, meanwhile)


def records() -> list[Record]:
    return [Record(line, "file:a", at, at + 1) for at, line in enumerate(SENT)]


def test_each_part_is_a_transaction_and_the_counts_are_of_all() -> None:
    store = Watched()
    receipt = Application(store, lambda: datetime.now(UTC), limits=Limits(records_max=3)).receive(records())
    assert store.stored == [3, 3, 1]
    assert (receipt.received, receipt.stored) == (7, 7)


def test_what_an_earlier_part_stored_stays_when_a_later_one_fails() -> None:
    store = Watched(fails_at=2)
    application = Application(store, lambda: datetime.now(UTC), limits=Limits(records_max=3))
    try:
        application.receive(records())
    except ConnectionError:
        assert application.positions(["file:a"]) == {"file:a": 6}
    again = Application(store, lambda: datetime.now(UTC))
    store._fails_at = -1  # noqa: SLF001 - the store is back
    assert again.receive(records()).received == 1


def test_a_part_is_decoded_once_before_it_is_taken_or_when_it_is() -> None:
    decoded: list[int] = []

    def decode(record: Record) -> Unreadable:
        decoded.append(record.offset)
        return Unreadable(reasons=("nothing",))

    parts = Parts(records(), 3, decode)
    assert [record.offset for record, _ in parts.take()] == [0, 1, 2]
    parts.prepare()
    parts.prepare()
    assert decoded == [0, 1, 2, 3, 4, 5]
    assert [record.offset for record, _ in parts.take()] == [3, 4, 5]
    assert [record.offset for record, _ in parts.take()] == [6]
    assert parts.take() == []
