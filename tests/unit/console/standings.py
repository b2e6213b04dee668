"""Standings of a service that is new, well or broken, and someone who tells them as if they had been read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from msgspec.structs import replace

from sync_service.operations.series import Period, Series
from sync_service.operations.standing import (
    HonestSum,
    LinkStanding,
    LogStanding,
    MailStanding,
    ParkedStanding,
    PartStanding,
    PartState,
    ReaderStanding,
    ReaderState,
    RefusalStanding,
    ReplicaStanding,
    RoleStanding,
    SourceStanding,
    Standing,
)

NOW = datetime(2026, 5, 21, 11, 32, 7, tzinfo=UTC)
"""14:32:07 in Moscow."""
PERSON = UUID("7f0c1c1e-1111-4222-8333-944455566677")
ROLES = ("consumers", "projections", "publisher", "replicator", "notifier", "console")
VIEWS = (
    "learning_plan",
    "replica_ledger",
    "link_progress",
    "code_register",
    "directory",
    "sync_health",
    "decision_cases",
)
FOLLOWERS = {"publisher": "publisher", "replication": "replicator", "notifier": "notifier"}
HEAD = 48_213_907
DID = {"consumers": "batch.received", "projections": "batch.projected", "publisher": "batch.published"}


def ago(**length: float) -> datetime:
    """An instant so long before the look."""
    return NOW - timedelta(**length)


def part(role: str, state: PartState = PartState.WORKING, **changes: object) -> PartStanding:
    """One running process of a role."""
    usual = PartStanding(
        part=role,
        instance=f"sync-1-{100 + ROLES.index(role)}-a1b2c3",
        version="0.4.0",
        started_at=ago(hours=30),
        beat_at=ago(seconds=3),
        turned_at=ago(seconds=1),
        state=state,
        leads=True,
        did=DID.get(role),
        did_at=ago(seconds=2) if role in DID else None,
        position=HEAD,
        hindrance=None,
        hindrances={},
        hindered_since=None,
    )
    return replace(usual, **changes)


def reader(name: str, role: str = "projections", lag_s: float = 0.4, lag_events: int = 3) -> ReaderStanding:
    """A view or follower that moves."""
    return ReaderStanding(
        name=name,
        part=role,
        position=HEAD - lag_events,
        lag_events=lag_events,
        lag_s=lag_s,
        moved_at=ago(seconds=1),
        state=ReaderState.BEHIND if lag_s > 2 else ReaderState.AT_HEAD,
        since=None,
        catches_up_s=0.0,
    )


def source(name: str, per_s: float, received: int) -> SourceStanding:
    """A source that is read as it comes."""
    spark = tuple(round(per_s * 60) + (minute * 7) % 31 for minute in range(30))
    return SourceStanding(
        source=name,
        received=received,
        per_minute=round(per_s * 60),
        per_s=per_s,
        spark=spark,
        waiting=3,
        waiting_bytes=None,
        oldest_s=0.8,
        measured_at=ago(seconds=2),
        state=ReaderState.AT_HEAD,
    )


def replicas(portal: str, waiting: int = 9, **changes: object) -> ReplicaStanding:
    """The replicas at a portal that answers."""
    ages = {"minute": waiting, "ten_minutes": 0, "hour": 0, "day": 0, "older": 0}
    usual = ReplicaStanding(
        portal=portal,
        waiting=waiting,
        by_age=ages,
        deferred=min(waiting, 1),
        refused=12,
        refused_day=0,
        applied=9_120_455,
        applied_day=88_102,
        people=waiting,
        oldest_since=ago(seconds=2) if waiting else None,
        oldest_specialist_id=PERSON if waiting else None,
        answered_at=ago(seconds=7),
    )
    return replace(usual, **changes)


def healthy() -> Standing:
    """A service that works, with three messages of each source under way."""
    return Standing(
        taken_at=NOW,
        roles=tuple(RoleStanding(part=role, state=PartState.WORKING, since=None, processes=1) for role in ROLES),
        parts=tuple(part(role) for role in ROLES),
        sources=(
            source("sovetnmo", 3.1, 16_000_000),
            source("edu", 4.6, 25_000_000),
            source("catalogue", 0.2, 207_553),
        ),
        log=LogStanding(HEAD, ago(seconds=1), 7.9),
        views=tuple(reader(name) for name in VIEWS),
        followers=tuple(reader(name, role) for name, role in FOLLOWERS.items()),
        replicas=(replicas("sovetnmo", 4), replicas("edu", 9)),
        people_waiting=12,
        links=LinkStanding(
            backfilling=26, requested=40, confirmed=3, completed=310_552, refused=918, oldest_since=ago(minutes=4)
        ),
        refusals=(RefusalStanding("code_unknown", 184, 170.0, 6, 5.0), RefusalStanding("code_taken", 61, 64.0, 2, 3.0)),
        parked=ParkedStanding(open=0, hour=0, usual_hour=2.0, day=0, by_reason={}, hour_by_reason={}, oldest_at=None),
        mail=MailStanding(
            waiting=2,
            sending=1,
            parked=0,
            parked_by_reason={},
            sent_day=18_204,
            last_sent_at=ago(seconds=9),
            oldest_waiting_since=ago(seconds=3),
            held=False,
            hindrance=None,
        ),
        sum=HonestSum(received=41_207_553, stored=40_918_083, repeats=289_470, parked=0, refused=3_412_870),
    )


def empty() -> Standing:
    """A service that runs and has never received anything."""
    nothing = {"received": 0, "per_minute": 0, "per_s": 0.0, "spark": (0,) * 30, "waiting": 0, "oldest_s": 0.0}
    none = {"answered_at": None, "applied": 0, "applied_day": 0, "refused": 0}
    calm = healthy()
    return replace(
        calm,
        sources=tuple(replace(one, **nothing) for one in calm.sources),
        parts=tuple(replace(one, did=None, did_at=None, position=0) for one in calm.parts),
        log=LogStanding(0, None, 0.0),
        views=tuple(replace(one, position=0, lag_events=0, lag_s=0.0) for one in calm.views),
        followers=(),
        replicas=(replicas("sovetnmo", 0, **none), replicas("edu", 0, **none)),
        people_waiting=0,
        links=LinkStanding(backfilling=0, requested=0, confirmed=0, completed=0, refused=0, oldest_since=None),
        refusals=(),
        parked=replace(calm.parked, usual_hour=None),
        mail=replace(calm.mail, waiting=0, sending=0, sent_day=0, last_sent_at=None, oldest_waiting_since=None),
        sum=HonestSum(received=0, stored=0, repeats=0, parked=0, refused=0),
    )


def broken() -> Standing:
    """Projections are silent since 14:18, edu has not answered for 41 minutes, and messages are parked."""
    calm, silent_at = healthy(), ago(minutes=14)
    old = {"minute": 216, "ten_minutes": 331, "hour": 741, "day": 0, "older": 0}
    reason = "held_on: missing"
    return replace(
        calm,
        roles=tuple(
            replace(role, state=PartState.STOPPED, since=silent_at, processes=0) if role.part == "projections" else role
            for role in calm.roles
        ),
        parts=tuple(
            part(one.part, PartState.STOPPED, beat_at=silent_at, turned_at=silent_at, did_at=silent_at)
            if one.part == "projections"
            else one
            for one in calm.parts
        ),
        views=tuple(
            replace(one, lag_events=6_640, lag_s=840.0, moved_at=silent_at, state=ReaderState.STOPPED, since=silent_at)
            for one in calm.views
        ),
        replicas=(
            replicas("sovetnmo", 4),
            replicas("edu", 1_288, by_age=old, people=1_107, oldest_since=ago(minutes=41), answered_at=ago(minutes=41)),
        ),
        people_waiting=1_107,
        parked=ParkedStanding(
            open=37,
            hour=37,
            usual_hour=2.0,
            day=39,
            by_reason={reason: 37, "other": 2},
            hour_by_reason={reason: 35, "other": 2},
            oldest_at=ago(minutes=52),
        ),
        sum=HonestSum(received=41_207_553, stored=40_918_046, repeats=289_470, parked=37, refused=3_412_870),
    )


def series(period: Period, scale: int = 100) -> Series:
    """A series in which the middle step is the highest."""
    count = period.steps
    starts = tuple(NOW - timedelta(seconds=period.step_s * back) for back in range(count - 1, -1, -1))
    wave = [scale * min(step + 1, count - step) // count for step in range(count)]
    return Series(
        period=period,
        step_s=period.step_s,
        starts=starts,
        inflow={"sovetnmo": tuple(wave), "edu": tuple(2 * one for one in wave), "catalogue": (0,) * count},
        refusals={"code_unknown": tuple(one // 10 for one in wave)},
        parked=(0,) * count,
        replicas_applied={"sovetnmo": tuple(wave), "edu": tuple(wave)},
    )


class Told:
    """Tells what it was given, and counts how often it was asked; `away` makes it raise."""

    def __init__(self, standing: Standing | None = None, scale: int = 100) -> None:
        self.told = standing or healthy()
        self.away: Exception | None = None
        self.asked = 0
        self.asked_for_series = 0
        self._scale = scale

    def standing(self) -> Standing:
        """The standing that it was given."""
        self.asked += 1
        if self.away:
            raise self.away
        return self.told

    def series(self, period: Period) -> Series:
        """A series of the given height."""
        self.asked_for_series += 1
        if self.away:
            raise self.away
        return series(period, self._scale)
