"""What the door does when more comes than can be taken: portals come again later, and nothing is kept for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sync_service.portal_door.door import DoorLimits, Lane
from tests.model import lines
from tests.unit.portal.desk import BATCH, LINES, NAMES, Desk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sync_service.portal_door.sinks import Valid


class Kept:
    """Keeps what it is given."""

    def __init__(self) -> None:
        self.events: list[tuple[str, bytes | None, bytes]] = []

    def keep(self, topic: str, events: Sequence[Valid]) -> None:
        self.events += [(topic, event.key, event.value) for event in events]

    def close(self) -> None:
        """Nothing is held open."""


def test_a_credential_that_sends_too_fast_is_told_when_to_come_again_and_others_are_not_held_back() -> None:
    desk = Desk(DoorLimits(events_per_s=1, events_max=3))
    body = b"[" + b",".join(lines.registered(f"edu:e{number}") for number in range(3)) + b"]"
    assert desk.ask(body, "edu", BATCH)[0] == 202
    status, answered = desk.ask(body, "edu", BATCH)
    assert (status, answered["code"]) == (429, "rate")
    assert desk.ask(lines.registered("sovetnmo:s1"))[0] == 202


def test_a_request_without_events_is_counted_too() -> None:
    desk = Desk(DoorLimits(events_per_s=1, events_max=5))
    assert [desk.ask(b"\n\n", "edu", LINES)[0] for _ in range(8)] == [202] * 5 + [429] * 3


def test_while_the_service_is_behind_portals_are_asked_to_wait() -> None:
    desk = Desk(DoorLimits(unread_max=10), waiting={Lane.LIVE: 11})
    status, answered = desk.ask(lines.registered("edu:e1"), "edu")
    assert (status, answered["code"]) == (429, "behind")
    calm = Desk(DoorLimits(unread_max=10), waiting={Lane.LIVE: 10})
    assert calm.ask(lines.registered("edu:e1"), "edu")[0] == 202


def test_history_goes_by_a_topic_of_its_own_with_the_same_receipts() -> None:
    sink = Kept()
    desk = Desk(sink=sink)
    event = lines.registered("edu:e1")
    status, answered = desk.ask_by(Lane.BACKFILL, event, "edu")
    assert (status, answered["receipts"][0]["status"]) == (202, "accepted")
    assert sink.events == [(NAMES.topic_of("/portals/edu", backfill=True), b"e1", event)]


@pytest.mark.parametrize("lane", list(Lane))
def test_one_lane_that_is_full_does_not_close_the_other(lane: Lane) -> None:
    desk = Desk(DoorLimits(unread_max=10), waiting={lane: 11})
    found = {one: desk.ask_by(one, lines.registered("edu:e1"), "edu")[0] for one in Lane}
    assert found == {one: 429 if one is lane else 202 for one in Lane}


def test_so_many_requests_are_under_way_at_once_and_no_more_queue_up_behind_a_slow_database() -> None:
    desk = Desk(DoorLimits(under_way_requests_max=2))
    with desk.door.rooms[Lane.LIVE].hold(), desk.door.rooms[Lane.LIVE].hold():
        status, answered = desk.ask(lines.registered("edu:e1"), "edu")
        assert (status, answered["code"]) == (429, "busy")
    assert [desk.ask(lines.registered("edu:e1"), "edu")[0] for _ in range(5)] == [202] * 5


def test_history_that_fills_its_room_leaves_the_live_way_open() -> None:
    desk = Desk(DoorLimits(under_way_requests_max=2))
    with desk.door.rooms[Lane.BACKFILL].hold():
        found = {one: desk.ask_by(one, lines.registered("edu:e1"), "edu")[0] for one in Lane}
    assert found == {Lane.LIVE: 202, Lane.BACKFILL: 429}


def test_what_is_under_way_is_bounded_and_given_back() -> None:
    desk = Desk(DoorLimits(under_way_bytes_max=1_000))
    status, answered = desk.ask(b" " * 2_000, "edu", LINES)
    assert (status, answered["code"]) == (429, "busy")
    for _ in range(10):
        assert desk.ask(lines.registered("edu:e1"), "edu")[0] == 202
