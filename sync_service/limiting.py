"""How often something may be done: a limit of so many a minute for each key, kept in the memory of one process."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

KEYS_MAX = 10_000


class TooOften(Exception):
    """Something was asked for more often than it may be; `wait_s` are the seconds after which it may be again."""

    def __init__(self, wait_s: float) -> None:
        super().__init__(f"too often; again in {wait_s:.0f} s")
        self.wait_s = wait_s


class RateLimit:
    """Lets through `per_minute` for each key, and up to `burst` of them at once (by default a minute's worth).

    A key is one number: the instant at which all that was taken is paid back (the generic cell rate algorithm, which
    is a token bucket turned round). Of more than `keys_max` keys the one that was used the longest ago is forgotten.
    """

    def __init__(
        self,
        per_minute: float,
        burst: float | None = None,
        *,
        keys_max: int = KEYS_MAX,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._cost_s = 60 / per_minute
        self._burst_s = self._cost_s * (per_minute if burst is None else burst)
        self._keys_max = keys_max
        self._clock = clock
        self._paid_at: dict[str, float] = {}
        self._guard = threading.Lock()

    def wait_s(self, key: str, cost: float = 1) -> float:
        """Take `cost` and give 0; or take nothing, and give the seconds until there is so much."""
        with self._guard:
            now = self._clock()
            paid_at = max(self._paid_at.pop(key, now), now) + cost * self._cost_s
            wait = paid_at - now - self._burst_s
            if wait > 0:
                paid_at -= cost * self._cost_s
            self._paid_at[key] = paid_at  # at the end: the order of the keys is the order of their use
            if len(self._paid_at) > self._keys_max:
                del self._paid_at[next(iter(self._paid_at))]
            return max(0.0, wait)

    def take(self, key: str, cost: float = 1) -> None:
        """Take `cost`; raises TooOften."""
        wait = self.wait_s(key, cost)
        if wait:
            raise TooOften(wait)
