"""What is read for one look at the whole service: plain figures of one moment, and the port that gives them."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol
from uuid import UUID

import msgspec


class PartRow(msgspec.Struct, frozen=True):
    """The latest heartbeat of one role of one process."""

    part: str
    instance: str
    version: str
    started_at: datetime
    beat_at: datetime
    turned_at: datetime
    leads: bool | None
    did: str | None
    did_at: datetime | None
    position: int | None
    hindrances: dict[str, str]
    hindered_since: datetime | None
    ended_at: datetime | None


class FlowRow(msgspec.Struct, frozen=True):
    """What came from a source in a span of minutes (0: ever), and what became of it."""

    span: int
    since: datetime
    source: str
    received: int
    stored: int
    repeats: int
    refused: int
    parked: int


class UnreadRow(msgspec.Struct, frozen=True):
    """One place: where it ended when it was looked at, how far it is read, since when the oldest unread was there."""

    topic: str
    place: str
    end_offset: int
    next_offset: int | None
    unread: int | None
    looked_at: datetime
    oldest_at: datetime | None


class ReaderRow(msgspec.Struct, frozen=True):
    """A view or follower of the log; `unread_since` is when the oldest event was recorded that it has not read."""

    name: str
    is_view: bool
    position: int
    moved_at: datetime
    unread_since: datetime | None


class ReplicaRow(msgspec.Struct, frozen=True):
    """How many replicas stand so; `minute` is the one in which they were requested, if they wait."""

    portal: str
    state: str
    is_waiting: bool
    is_deferred: bool
    minute: datetime
    replicas: int


class OldestRow(msgspec.Struct, frozen=True):
    """The replica that waits longest for a portal, and whose it is."""

    portal: str
    owner: UUID
    requested_at: datetime


class HappenedRow(msgspec.Struct, frozen=True):
    """How often something happened in the last day and hour, and in the same hour of each of the days before."""

    type: str
    source: str
    outcome: str
    day: int
    hour: int
    same_hours: dict[int, int]
    days: dict[int, int]


class Readings(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is read for one look, all of one snapshot. `now` is the database's clock."""

    now: datetime
    began_at: datetime | None
    parts: tuple[PartRow, ...]
    flows: tuple[FlowRow, ...]
    received: int
    repeats: int
    unread: tuple[UnreadRow, ...]
    head: int
    head_at: datetime | None
    events_last_minute: int
    readers: tuple[ReaderRow, ...]
    replicas: tuple[ReplicaRow, ...]
    people: dict[str, int]
    people_waiting: int
    oldest: tuple[OldestRow, ...]
    answered: dict[str, datetime]
    links: dict[str, int]
    oldest_link: datetime | None
    happened: tuple[HappenedRow, ...]
    letters: dict[str, int]
    oldest_letter: datetime | None
    mails: dict[str, int]
    mails_parked: dict[str, int]
    mails_sent_day: int
    last_sent_at: datetime | None
    oldest_mail: datetime | None


class CountRow(msgspec.Struct, frozen=True):
    """How many there were in one step of a series."""

    since: datetime
    kind: str
    name: str
    count: int


class OperationsStore(Protocol):
    """Reads what operators are told."""

    def readings(self) -> Readings:
        """Everything for one look, in one snapshot."""

    def counted(self, span: int, step_s: int, steps: int) -> tuple[datetime, list[CountRow]]:
        """The counts of the latest `steps` steps from the counters of so many minutes, and the store's present time.

        Kinds are `inflow` (by source), `refusals` (by reason), `parked` and `applied` (by portal).
        """
