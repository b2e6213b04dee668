"""How the whole service stands now: every part, what it has not read yet, what waits, was refused or is parked.

Pure: `standing` makes it from the figures of one snapshot, and from what the same process has read before, which tells
speeds. What is not known is None, and never zero.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec


class PartState(StrEnum):
    """What a running part does, judged by its heartbeat and by when its loop last came round."""

    WORKING = "working"
    STANDING_BY = "standing_by"
    HUNG = "hung"
    STOPPED = "stopped"
    ENDED = "ended"
    ABSENT = "absent"


class ReaderState(StrEnum):
    """Where a reader of the log or of a source stands; `stopped` does not move although there is something to read."""

    AT_HEAD = "at_head"
    BEHIND = "behind"
    STOPPED = "stopped"
    UNKNOWN = "unknown"


class PartStanding(msgspec.Struct, frozen=True, kw_only=True):
    """One role of one process. `did` is the last batch it finished, `hindrance` what keeps it from its work."""

    part: str
    instance: str
    version: str
    started_at: datetime
    beat_at: datetime
    turned_at: datetime
    state: PartState
    leads: bool | None
    did: str | None
    did_at: datetime | None
    position: int | None
    hindrance: str | None
    hindrances: dict[str, str]
    hindered_since: datetime | None


class RoleStanding(msgspec.Struct, frozen=True, kw_only=True):
    """One role over all processes: the best state of any, and since when it is not working."""

    part: str
    state: PartState
    since: datetime | None
    processes: int
    hindrance: str | None = None
    hindered_since: datetime | None = None

    @property
    def is_up(self) -> bool:
        """Whether some process works in it."""
        return self.state in {PartState.WORKING, PartState.STANDING_BY}


class SourceStanding(msgspec.Struct, frozen=True, kw_only=True):
    """What comes from one source: rates from whole minutes, and what is not read yet as of `measured_at`.

    `backfill_waiting` are the messages of its history that are not read yet; they make nothing late.
    """

    source: str
    received: int
    per_minute: int
    per_s: float
    spark: tuple[int, ...]
    waiting: int | None
    waiting_bytes: int | None
    oldest_s: float | None
    measured_at: datetime | None
    state: ReaderState
    grows: bool = False
    backfill_waiting: int | None = None


class LogStanding(msgspec.Struct, frozen=True):
    """The log's end: its position, when that was recorded, and how fast it moved in the last minute."""

    head: int
    recorded_at: datetime | None
    events_per_s: float


class ReaderStanding(msgspec.Struct, frozen=True, kw_only=True):
    """A view or a follower of the log, measured against the log's head.

    `lag_events` is the distance in positions (positions may have gaps; zero is exact); `lag_s` the age of the oldest
    event that it has not read.
    """

    name: str
    part: str
    position: int
    lag_events: int
    lag_s: float
    moved_at: datetime
    state: ReaderState
    since: datetime | None
    catches_up_s: float | None
    grows: bool = False
    hindrance: str | None = None


class ReplicaStanding(msgspec.Struct, frozen=True, kw_only=True):
    """The replicas at one portal; those that wait by age, the longest waiting with the specialist's id."""

    portal: str
    waiting: int
    by_age: dict[str, int]
    deferred: int
    refused: int
    refused_day: int
    applied: int
    applied_day: int
    people: int
    oldest_since: datetime | None
    oldest_specialist_id: UUID | None
    answered_at: datetime | None


class LinkStanding(msgspec.Struct, frozen=True, kw_only=True):
    """Attempts to link by state, and since when the longest has been showing history."""

    backfilling: int
    requested: int
    confirmed: int
    completed: int
    refused: int
    oldest_since: datetime | None


class RefusalStanding(msgspec.Struct, frozen=True):
    """How often something was refused for a reason, and how often that is usual (None for a store too young to tell).

    `usual_hour` is the middle value of the same hour of the days before, `usual_day` of the days before.
    """

    reason: str
    day: int
    usual_day: float | None
    hour: int
    usual_hour: float | None


class ParkedStanding(msgspec.Struct, frozen=True, kw_only=True):
    """Parked messages: open ones, and how many were parked lately, by the class of their first reason."""

    open: int
    hour: int
    usual_hour: float | None
    day: int
    by_reason: dict[str, int]
    hour_by_reason: dict[str, int]
    oldest_at: datetime | None


class MailStanding(msgspec.Struct, frozen=True, kw_only=True):
    """Notices that wait, are being sent or are parked; `oldest_waiting_since` is the one that is due for longest."""

    waiting: int
    sending: int
    parked: int
    parked_by_reason: dict[str, int]
    sent_day: int
    last_sent_at: datetime | None
    oldest_waiting_since: datetime | None
    held: bool | None
    hindrance: str | None


class HonestSum(msgspec.Struct, frozen=True, kw_only=True):
    """What was ever received and what became of it: `received` and `repeats` are counted by place, the rest by row."""

    received: int
    stored: int
    repeats: int
    parked: int
    refused: int

    @property
    def off_by(self) -> int:
        """How many messages more were received than are accounted for; 0 when the sum holds."""
        return self.received - self.stored - self.repeats - self.parked

    @property
    def holds(self) -> bool:
        """Whether received = stored + repeats + parked (CONTRACT.md section 2, promise 1)."""
        return self.off_by == 0


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """The whole service at one moment of the database's clock."""

    taken_at: datetime
    roles: tuple[RoleStanding, ...]
    parts: tuple[PartStanding, ...]
    sources: tuple[SourceStanding, ...]
    log: LogStanding
    views: tuple[ReaderStanding, ...]
    followers: tuple[ReaderStanding, ...]
    replicas: tuple[ReplicaStanding, ...]
    people_waiting: int
    links: LinkStanding
    refusals: tuple[RefusalStanding, ...]
    parked: ParkedStanding
    mail: MailStanding
    sum: HonestSum

    def role(self, part: str) -> RoleStanding:
        """A role's standing; raises LookupError for one that there is not."""
        return next(role for role in self.roles if role.part == part)
