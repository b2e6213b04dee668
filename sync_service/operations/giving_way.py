"""Whom a backfill keeps waiting: it stores the next batch only while everybody who follows the log is close behind.

Portals are told, and views filled, in the order of the log. So what a backfill stores faster than it is read stands in
front of every live message that comes after it. Hence it is held back by how far the readers of the log are behind,
and besides by live messages that are not even stored yet.
"""

from __future__ import annotations

from typing import Final, Protocol

import msgspec

LIVE_UNREAD_MAX: Final = 100
"""So many messages of a live topic may be unread: fewer are one short batch, or markers that nobody ever reads."""


class Traffic(msgspec.Struct, frozen=True, kw_only=True):
    """What is under way at one moment. `reader` is the reader of the log that is furthest behind.

    `lag_events` is its distance from the log's head in positions, `lag_s` the age of the oldest event that it has not
    read (seconds). `live_unread` counts the messages of that place of a live topic which holds the most unread ones.
    """

    reader: str = ""
    lag_events: int = 0
    lag_s: float = 0.0
    live_unread: int = 0


class TrafficReport(Protocol):
    """Tells what is under way."""

    def traffic(self) -> Traffic:
        """What is under way now, cheap enough to be asked many times a second."""


class Bounds(msgspec.Struct, frozen=True, kw_only=True):
    """How far any reader of the log may be behind before a backfill waits: events, and seconds."""

    lag_events_max: int = 500
    lag_max_s: float = 1.0


def way_is_blocked(traffic: Traffic, bounds: Bounds) -> str | None:
    """Why a backfill has to wait now, for operators; None if it may go on."""
    if traffic.live_unread > LIVE_UNREAD_MAX:
        return f"{traffic.live_unread} live messages are unread"
    if traffic.lag_events > bounds.lag_events_max or traffic.lag_s > bounds.lag_max_s:
        return f"{traffic.reader} is {traffic.lag_events} events behind"
    return None
