"""Looks at the whole service at most once a tick, however many people look at the dashboard."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec.structs import replace

from sync_service.operations.problem import Problem
from sync_service.operations.problems import headline, problems, waiting_line
from sync_service.operations.standing import Standing
from sync_service.sentences.words import Sentence

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import tzinfo

    from sync_service.console.ports import Operators
    from sync_service.operations.series import Period, Series

TICK_S: Final = 2.0
"""How often the dashboard looks while somebody watches it."""
KEPT_S: Final = 0.75 * TICK_S
STALE_S: Final = 5 * TICK_S
"""What was seen longer ago is shown as old, also while a look is under way that does not come to an end."""
CHARTS_KEPT_S: Final = 15.0
"""The charts' steps are a quarter of an hour and more; a page that is opened reads them with its figures."""


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """One look at the service, and what it means; `is_stale` says that the database has not answered since."""

    standing: Standing
    found: tuple[Problem, ...]
    headline: Sentence
    waiting: Sentence
    is_stale: bool = False

    @property
    def is_new(self) -> bool:
        """Whether nothing has ever been received or stored."""
        return self.standing.log.head == 0 and self.standing.sum.received == 0


class Watch:
    """The latest look, shared by all; threads may ask at once.

    `unavailable` are the errors that mean that the database is away: then the last look is shown, as stale.
    """

    def __init__(
        self,
        operators: Operators,
        zone: tzinfo,
        unavailable: tuple[type[Exception], ...],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._operators = operators
        self._zone = zone
        self._unavailable = unavailable
        self._clock = clock
        self._looking = threading.Lock()
        self._counting = threading.Lock()
        self._latest: Look | None = None
        self._seen_at = self._tried_at = float("-inf")
        self._is_away = False
        self._charts: dict[Period, tuple[float, Series]] = {}

    def look(self) -> Look:
        """The latest look; raises what the database raises if there has never been one.

        Who comes while another looks gets the look before, and does not wait.
        """
        if self._latest is None:
            with self._looking:
                return self._looked()
        if self._looking.acquire(blocking=False):
            try:
                return self._looked()
            finally:
                self._looking.release()
        return self._shown(self._latest)

    def series(self, period: Period, kept_s: float = CHARTS_KEPT_S) -> Series:
        """How it went over a period, read at most `kept_s` ago (seconds), or the last one that could be read."""
        kept = self._charts.get(period)
        if kept and self._clock() - kept[0] < kept_s:
            return kept[1]
        if not self._counting.acquire(blocking=kept is None):
            return self._charts[period][1]
        try:
            series = self._operators.series(period)
        except self._unavailable:
            if kept is None:
                raise
            return kept[1]
        finally:
            self._counting.release()
        self._charts[period] = (self._clock(), series)
        return series

    def _looked(self) -> Look:
        if self._latest and self._clock() - self._tried_at < KEPT_S:
            return self._shown(self._latest)
        self._tried_at = self._clock()
        try:
            standing = self._operators.standing()
        except self._unavailable:
            if self._latest is None:
                raise
            self._is_away = True
            return self._shown(self._latest)
        found = problems(standing, self._zone)
        self._latest = Look(
            standing=standing,
            found=tuple(found),
            headline=headline(found, standing),
            waiting=waiting_line(found, standing),
        )
        self._is_away, self._seen_at = False, self._clock()
        return self._shown(self._latest)

    def _shown(self, latest: Look) -> Look:
        """The latest look, marked if the last try did not succeed, or if it is long ago."""
        is_stale = self._is_away or self._clock() - self._seen_at > STALE_S
        return replace(latest, is_stale=is_stale)
