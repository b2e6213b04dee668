"""A backfill gives way: it waits while others are behind, tells when that takes long, and loses nothing by it."""

from __future__ import annotations

import threading
from contextvars import copy_context
from typing import TYPE_CHECKING

import pytest
import structlog

from consumers import yielding_records
from consumers.file_records import FileRecords
from consumers.yielding_records import YieldingRecords
from sync_service import working
from sync_service.operations.giving_way import LIVE_UNREAD_MAX, Bounds, Traffic, way_is_blocked
from sync_service.working import Working
from tests.fake_application import FakeApplication

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BOUNDS = Bounds(lag_events_max=1_000, lag_max_s=1.0)
ALL, BYTES = 100, 1024 * 1024


class Way:
    """Is blocked for as many looks as it is told, and counts the waits that fill them."""

    def __init__(self, looks: int, stop_after: int | None = None) -> None:
        self._left, self._stop_after = looks, stop_after
        self.waits = 0

    def blocked(self) -> str | None:
        self._left -= 1
        return "somebody is behind" if self._left >= 0 else None

    def wait(self, timeout: float) -> bool:
        assert timeout > 0
        self.waits += 1
        return self.waits == self._stop_after


@pytest.fixture
def lines(tmp_path: Path) -> Iterator[FileRecords]:
    file = tmp_path / "history.ndjson"
    file.write_bytes(b'{"a":1}\n{"a":2}\n')
    records = FileRecords(file, FakeApplication())
    yield records
    records.close()


def values(records: YieldingRecords) -> list[bytes]:
    return [record.value for record in records.poll(ALL, BYTES, 10)]


@pytest.mark.parametrize(
    "traffic",
    [
        Traffic(),
        Traffic(reader="publisher", lag_events=1_000, lag_s=1.0),
        Traffic(live_unread=LIVE_UNREAD_MAX),
    ],
)
def test_the_way_is_free_while_nobody_is_further_behind_than_the_bounds(traffic: Traffic) -> None:
    assert way_is_blocked(traffic, BOUNDS) is None


@pytest.mark.parametrize(
    ("traffic", "named"),
    [
        (Traffic(reader="publisher", lag_events=1_001), "publisher"),
        (Traffic(reader="learning_plan", lag_events=1, lag_s=1.1), "learning_plan"),
        (Traffic(live_unread=LIVE_UNREAD_MAX + 1), "live messages"),
    ],
)
def test_the_way_is_blocked_for_whoever_is_behind_and_that_is_named(traffic: Traffic, named: str) -> None:
    assert named in (way_is_blocked(traffic, BOUNDS) or "")


def test_records_come_when_the_way_is_free_and_the_end_is_still_the_end(lines: FileRecords) -> None:
    way = Way(looks=3)
    records = YieldingRecords(lines, way.blocked, way)
    assert values(records) == [b'{"a":1}', b'{"a":2}']
    assert way.waits == 3
    assert values(records) == []


def test_who_is_told_to_stop_while_waiting_takes_nothing(lines: FileRecords) -> None:
    way = Way(looks=10, stop_after=2)
    assert values(YieldingRecords(lines, way.blocked, way)) == []
    assert values(YieldingRecords(lines, lambda: None, threading.Event())) == [b'{"a":1}', b'{"a":2}']


def test_a_long_wait_is_told_once_and_its_end_too(lines: FileRecords, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yielding_records, "TELL_AFTER_S", 0)
    role, way = Working("backfill"), Way(looks=5)
    seen: list[dict[str, str]] = []

    def blocked() -> str | None:
        seen.append(role.hindrances)
        return way.blocked()

    def as_role() -> None:
        working.begin(role)
        values(YieldingRecords(lines, blocked, way))

    with structlog.testing.capture_logs() as told:
        copy_context().run(as_role)
    assert [line["event"] for line in told] == ["backfill.waiting", "backfill.resumed"]
    assert {"way": "somebody is behind"} in seen
    assert role.hindrances == {}
