"""Judges what heartbeats say: which part works, hangs, is silent or has ended."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from sync_service.operations.beating import HUNG_AFTER_S, SILENT_AFTER_S
from sync_service.operations.standing import PartStanding, PartState, RoleStanding

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sync_service.operations.readings import PartRow

ROLES: Final = ("consumers", "projections", "rebuilder", "publisher", "replicator", "notifier", "console")
"""Every part, in the order of the flow."""
_BEST_FIRST: Final = tuple(PartState)


def part_standing(row: PartRow, now: datetime) -> PartStanding:
    """One role of one process."""
    return PartStanding(
        part=row.part,
        instance=row.instance,
        version=row.version,
        started_at=row.started_at,
        beat_at=row.beat_at,
        turned_at=row.turned_at,
        state=_state(row, now),
        leads=row.leads,
        did=row.did,
        did_at=row.did_at,
        position=row.position,
        hindrance="; ".join(row.hindrances.values()) or None,
        hindrances=row.hindrances,
        hindered_since=row.hindered_since,
    )


def _state(row: PartRow, now: datetime) -> PartState:
    if row.ended_at is not None:
        return PartState.ENDED
    if now - row.beat_at > timedelta(seconds=SILENT_AFTER_S):
        return PartState.STOPPED
    if now - row.turned_at > timedelta(seconds=HUNG_AFTER_S):
        return PartState.HUNG
    return PartState.STANDING_BY if row.leads is False else PartState.WORKING


def role_standing(part: str, parts: Sequence[PartStanding], ended: dict[str, datetime]) -> RoleStanding:
    """A role over all its processes: the best state of any; `ended` is when processes said that they end."""
    mine = [one for one in parts if one.part == part]
    if not mine:
        return RoleStanding(part=part, state=PartState.ABSENT, since=None, processes=0)
    best = min((one.state for one in mine), key=_BEST_FIRST.index)
    latest = max((one for one in mine if one.state is best), key=lambda one: one.beat_at)
    since = {
        PartState.HUNG: latest.turned_at,
        PartState.STOPPED: latest.beat_at,
        PartState.ENDED: ended.get(latest.instance, latest.beat_at),
    }
    hindered = next((one for one in mine if one.state is best and one.hindrance), None)
    return RoleStanding(
        part=part,
        state=best,
        since=since.get(best),
        processes=sum(one.state in {PartState.WORKING, PartState.STANDING_BY} for one in mine),
        hindrance=hindered.hindrance if hindered else None,
        hindered_since=hindered.hindered_since if hindered else None,
    )
