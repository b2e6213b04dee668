"""Whoever publishes in the simulated world, when its messages are due."""

from __future__ import annotations

import heapq
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, Final

from simulation.wire import Event, instant

if TYPE_CHECKING:
    from collections.abc import Iterable

    from simulation.script import Happening

EPOCH: Final = datetime(2025, 1, 1, tzinfo=UTC)
"""The base instant of a publisher that is given none."""


class Publisher:
    """Publishes its messages when they are due, by a clock that counts seconds since `base`."""

    def __init__(self, name: str, happenings: Iterable[Happening] = (), base: datetime = EPOCH) -> None:
        self.name = name
        self.base = base
        self.now_s = 0.0
        self._order = count()
        self._due: list[tuple[float, int, Event]] = []
        for happening in happenings:
            self.publish_later(happening.at_s, happening.event)

    @property
    def waiting(self) -> int:
        """How many messages are still to be published."""
        return len(self._due)

    def publish_later(self, at_s: float, event: Event) -> None:
        """Publish this message when its moment has come."""
        heapq.heappush(self._due, (at_s, next(self._order), event))

    def messages_due(self, now_s: float) -> list[Event]:
        """What is to be published by now and was not yet, the earliest first."""
        self.now_s = max(self.now_s, now_s)
        due = []
        while self._due and self._due[0][0] <= self.now_s:
            due.append(heapq.heappop(self._due)[2])
        return due

    def stamp(self) -> str:
        """The present moment as messages carry it."""
        return instant(self.base + timedelta(seconds=self.now_s))
