"""The operators' questions: how everything stands now, and how it went over a day, a week or a quarter."""

from __future__ import annotations

import threading
from collections import deque
from datetime import timedelta
from typing import TYPE_CHECKING

from sync_service.operations.judging_counts import (
    PORTALS,
    honest_sum,
    link_standing,
    mail_standing,
    parked_standing,
    refusal_standings,
    replica_standing,
)
from sync_service.operations.judging_parts import ROLES, part_standing, role_standing
from sync_service.operations.judging_readers import log_standing, part_of, reader_standing, source_standings
from sync_service.operations.limits import MEMORY_S
from sync_service.operations.series import Period, Series, series_of
from sync_service.operations.standing import Standing

if TYPE_CHECKING:
    from sync_service.operations.judging_readers import SourceOf
    from sync_service.operations.readings import OperationsStore, Readings


class Operations:
    """Asks the store, and remembers for two minutes what it read, to tell speeds. Threads may share it.

    One look is a snapshot of some twenty short statements, none of which counts rows that grow with the store
    (`adapters/postgres_readings.py` says how), so it takes a few milliseconds at any size.
    """

    def __init__(self, store: OperationsStore, source_of: SourceOf) -> None:
        """`source_of` gives the source that a topic is of."""
        self._store = store
        self._source_of = source_of
        self._guard = threading.Lock()
        self._remembered: deque[Readings] = deque()

    def standing(self) -> Standing:
        """How everything stands now."""
        readings = self._store.readings()
        return standing(readings, self._source_of, self._earlier(readings))

    def series(self, period: Period) -> Series:
        """How it went: messages received, refusals, parked messages and applied replicas, step by step."""
        return series_of(period, *self._store.counted(period.span, period.step_s, period.steps))

    def _earlier(self, readings: Readings) -> Readings | None:
        """The oldest readings of the last two minutes; the present ones are remembered in their turn."""
        with self._guard:
            known = self._remembered
            while known and readings.now - known[0].now > timedelta(seconds=MEMORY_S):
                known.popleft()
            if not known or readings.now - known[-1].now > timedelta(seconds=MEMORY_S / 20):
                known.append(readings)
            return known[0] if known[0] is not readings else None


def standing(readings: Readings, source_of: SourceOf, before: Readings | None = None) -> Standing:
    """Make the standing of one snapshot; `before` is an earlier one, which tells speeds."""
    parts = tuple(part_standing(row, readings.now) for row in readings.parts)
    ended = {row.instance: row.ended_at for row in readings.parts if row.ended_at is not None}
    roles = {part: role_standing(part, parts, ended) for part in ROLES}
    hindrances = {about: why for one in parts if one.part == "projections" for about, why in one.hindrances.items()}
    readers = [reader_standing(row, readings, roles.get(part_of(row)), before, hindrances) for row in readings.readers]
    is_view = {row.name: row.is_view for row in readings.readers}
    return Standing(
        taken_at=readings.now,
        roles=tuple(roles.values()),
        parts=parts,
        sources=source_standings(readings, source_of, roles["consumers"], before),
        log=log_standing(readings),
        views=tuple(one for one in readers if is_view[one.name]),
        followers=tuple(one for one in readers if not is_view[one.name]),
        replicas=tuple(replica_standing(portal, readings) for portal in PORTALS),
        people_waiting=readings.people_waiting,
        links=link_standing(readings),
        refusals=refusal_standings(readings),
        parked=parked_standing(readings),
        mail=mail_standing(readings, parts),
        sum=honest_sum(readings),
    )
