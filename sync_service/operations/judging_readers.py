"""Judges how far readers are behind: views and followers behind the log's head, consumers behind their sources."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from sync_service.operations.limits import LAG_S, SIGHT_S, STILL_S
from sync_service.operations.standing import LogStanding, ReaderStanding, ReaderState, SourceStanding
from sync_service.topic_names import is_backfill

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from sync_service.operations.readings import FlowRow, ReaderRow, Readings, UnreadRow
    from sync_service.operations.standing import RoleStanding

    SourceOf = Callable[[str | None], str | None]

SPARK_MINUTES: Final = 30
MAIN_SOURCES: Final = ("sovetnmo", "edu", "catalogue")
PART_OF_FOLLOWER: Final = {"publisher": "publisher", "replication": "replicator", "notifier": "notifier"}
BEFORE: Final = "before"
"""What was counted before sources were told apart."""
MINUTE: Final = timedelta(minutes=1)


def part_of(row: ReaderRow) -> str:
    """The role that moves a reader on."""
    return "projections" if row.is_view else PART_OF_FOLLOWER.get(row.name, row.name)


def log_standing(readings: Readings) -> LogStanding:
    """The log's end."""
    return LogStanding(readings.head, readings.head_at, readings.events_last_minute / 60)


def reader_standing(
    row: ReaderRow,
    readings: Readings,
    role: RoleStanding | None,
    before: Readings | None,
    hindrances: Mapping[str, str],
) -> ReaderStanding:
    """One view or follower; `before` are earlier readings of the same process, which tell its speed."""
    lag = max(0, readings.head - row.position) if row.unread_since else 0
    lag_s = (readings.now - row.unread_since).total_seconds() if row.unread_since else 0.0
    still_s = (readings.now - row.moved_at).total_seconds()
    stands = lag > 0 and min(lag_s, still_s) > STILL_S
    is_down = role is not None and not role.is_up and lag > 0
    state = ReaderState.STOPPED if stands or is_down else _state(lag_s)
    return ReaderStanding(
        name=row.name,
        part=part_of(row),
        position=row.position,
        lag_events=lag,
        lag_s=max(0.0, lag_s),
        moved_at=row.moved_at,
        state=state,
        since=row.moved_at if state is ReaderState.STOPPED else None,
        catches_up_s=None if state is ReaderState.STOPPED else _catches_up_s(row, lag, readings, before),
        grows=_lag_before(row, before) is not None and lag_s > (_lag_before(row, before) or 0.0),
        hindrance=hindrances.get(row.name),
    )


def _state(lag_s: float) -> ReaderState:
    return ReaderState.BEHIND if lag_s > LAG_S else ReaderState.AT_HEAD


def _earlier(row: ReaderRow, before: Readings | None) -> ReaderRow | None:
    return next((one for one in before.readers if one.name == row.name), None) if before else None


def _lag_before(row: ReaderRow, before: Readings | None) -> float | None:
    earlier = _earlier(row, before)
    if earlier is None or before is None:
        return None
    return (before.now - earlier.unread_since).total_seconds() if earlier.unread_since else 0.0


def _catches_up_s(row: ReaderRow, lag: int, readings: Readings, before: Readings | None) -> float | None:
    """When it will stand at the head at the present speeds; None if it does not come nearer or nobody knows."""
    earlier = _earlier(row, before)
    if earlier is None or before is None or lag == 0:
        return 0.0 if lag == 0 else None
    gained = (before.head - earlier.position) - lag
    return lag * (readings.now - before.now).total_seconds() / gained if gained > 0 else None


def source_standings(
    readings: Readings, source_of: SourceOf, role: RoleStanding, before: Readings | None
) -> tuple[SourceStanding, ...]:
    """Every source; `source_of` gives the source of a topic."""
    ever = {source_name(row.source): row.received for row in readings.flows if row.span == 0 and row.source != BEFORE}
    names = [*MAIN_SOURCES, *sorted(ever.keys() - set(MAIN_SOURCES))]
    return tuple(_source(name, ever.get(name, 0), readings, source_of, role, before) for name in names)


def source_name(source: str) -> str:
    """The short name of a message's source: `/portals/edu` is edu."""
    return source.rpartition("/")[2]


def _source(
    name: str,
    received: int,
    readings: Readings,
    source_of: SourceOf,
    role: RoleStanding,
    before: Readings | None,
) -> SourceStanding:
    places = _places(name, readings, source_of)
    minutes = _minutes(
        [row for row in readings.flows if row.span == 1 and source_name(row.source) == name], readings.now
    )
    seen_at = max((row.looked_at for row in places), default=None)
    is_seen = seen_at is not None and (readings.now - seen_at).total_seconds() <= SIGHT_S
    oldest_s = _oldest_s(places, readings.now) if is_seen else None
    was_s = _oldest_s(_places(name, before, source_of), before.now) if before else None
    return SourceStanding(
        source=name,
        received=received,
        per_minute=minutes[-2],
        per_s=_rate(minutes, readings.now),
        spark=tuple(minutes[:-1]),
        waiting=_waiting(places) if is_seen else None,
        backfill_waiting=_waiting(_places(name, readings, source_of, backfill=True)) if is_seen else None,
        waiting_bytes=_waiting_bytes(places) if is_seen else None,
        oldest_s=oldest_s,
        measured_at=seen_at,
        state=_source_state(oldest_s, role),
        grows=oldest_s is not None and was_s is not None and oldest_s > was_s,
    )


def _places(name: str, readings: Readings, source_of: SourceOf, *, backfill: bool = False) -> list[UnreadRow]:
    """The places of a source that its latest look saw, of what is live or of its backfill.

    What the look did not see is not there any more.
    """
    found = [
        row
        for row in readings.unread
        if source_name(source_of(row.topic) or "") == name and is_backfill(row.topic) is backfill
    ]
    newest = max((row.looked_at for row in found), default=readings.now)
    return [row for row in found if newest - row.looked_at <= timedelta(seconds=SIGHT_S)]


def _minutes(rows: Sequence[FlowRow], now: datetime) -> list[int]:
    """The messages of each of the last whole minutes, oldest first, and of the present one."""
    this = now.replace(second=0, microsecond=0)
    found = {row.since: row.received for row in rows}
    return [found.get(this - MINUTE * back, 0) for back in range(SPARK_MINUTES, -1, -1)]


def _rate(minutes: Sequence[int], now: datetime) -> float:
    """Messages a second over the present minute and the one before."""
    return (minutes[-1] + minutes[-2]) / (60 + now.second)


def _behind(row: UnreadRow) -> int:
    return max(0, row.end_offset - (row.next_offset or 0))


def _waiting(places: Sequence[UnreadRow]) -> int | None:
    counts = [row.unread if _behind(row) else 0 for row in places]
    return None if None in counts else sum(count for count in counts if count is not None)


def _waiting_bytes(places: Sequence[UnreadRow]) -> int | None:
    """In topic files offsets are bytes."""
    files = [row for row in places if row.place.startswith("topic:")]
    return sum(map(_behind, files)) if files else None


def _oldest_s(places: Sequence[UnreadRow], now: datetime) -> float | None:
    if not places:
        return None
    ages = [(now - row.oldest_at).total_seconds() for row in places if _behind(row) and row.oldest_at]
    return max(ages, default=0.0)


def _source_state(oldest_s: float | None, role: RoleStanding) -> ReaderState:
    if oldest_s is None:
        return ReaderState.UNKNOWN if role.is_up else ReaderState.STOPPED
    if not role.is_up:
        return ReaderState.STOPPED
    return _state(oldest_s) if oldest_s > 2 * SIGHT_S / 3 else ReaderState.AT_HEAD
