"""What the role that runs in this thread is at: marked where the work is done, told by heartbeats and `/metrics`.

A role's loop marks its turns through the `Watched` that tells it to stop; what it does it marks by `did` and
`hindered`, which cost nothing and say nothing where no role runs (a command, a test).
"""

from __future__ import annotations

import threading
import time
from bisect import bisect_left
from contextvars import ContextVar
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable

SECONDS_BOUNDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
ITEMS_BOUNDS: Final = (1.0, 10.0, 50.0, 100.0, 250.0, 500.0, 1_000.0, 2_500.0, 5_000.0)
WAIT_SLICE_S: Final = 1.0


class Spread(msgspec.Struct):
    """How often values fell under each bound; the last count is of those above all of them."""

    bounds: tuple[float, ...]
    counts: list[int]
    total: float = 0.0

    @classmethod
    def over(cls, bounds: tuple[float, ...]) -> Spread:
        """An empty spread over these bounds."""
        return cls(bounds, [0] * (len(bounds) + 1))

    def add(self, value: float) -> None:
        """Count one value."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += value


class Batches(msgspec.Struct):
    """The batches of one kind of work: how long each took, and how many things it held."""

    seconds: Spread = msgspec.field(default_factory=lambda: Spread.over(SECONDS_BOUNDS))
    items: Spread = msgspec.field(default_factory=lambda: Spread.over(ITEMS_BOUNDS))


class Working:
    """One role in this process. Its own thread writes, the heartbeat's reads; every write is a single assignment.

    Instants are the monotonic clock's. `hindrances` are what keeps it from its work, by what they are about.
    """

    def __init__(self, part: str, *, is_looping: bool = True, clock: Callable[[], float] = time.monotonic) -> None:
        self.part = part
        self.is_looping = is_looping
        self.clock = clock
        self.turned_at = clock()
        self.leads: bool | None = None
        self.did: str | None = None
        self.did_at: float | None = None
        self.position: int | None = None
        self.hindrances: dict[str, str] = {}
        self.hindered_at: float | None = None
        self.batches: dict[str, Batches] = {}

    def turn(self) -> None:
        """Mark that the role's loop has come round."""
        self.turned_at = self.clock()

    def note(self, what: str, items: int, seconds: float, position: int | None) -> None:
        """Note a finished batch."""
        self.did, self.did_at = what, self.clock()
        self.position = self.position if position is None else position
        batches = self.batches.setdefault(what, Batches())
        batches.seconds.add(seconds)
        batches.items.add(items)

    def hinder(self, about: str, why: str | None) -> None:
        """Note what keeps the role from its work, or with None that it no longer does."""
        if self.hindrances.get(about) == why:
            return
        rest = {name: text for name, text in self.hindrances.items() if name != about}
        self.hindrances = rest if why is None else rest | {about: why}
        self.hindered_at = (self.hindered_at or self.clock()) if self.hindrances else None


class Watched(threading.Event):
    """Tells a role's loop to stop, and marks a turn whenever the loop asks."""

    def __init__(self, stopping: threading.Event, working: Working) -> None:
        super().__init__()
        self._stopping, self._working = stopping, working

    def is_set(self) -> bool:
        """Whether to stop."""
        self._working.turn()
        return self._stopping.is_set()

    def set(self) -> None:
        """Tell every role to stop."""
        self._stopping.set()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait as any event does; a role that waits on purpose is not hanging."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while True:
            self._working.turn()
            left = WAIT_SLICE_S if deadline is None else deadline - time.monotonic()
            if self._stopping.wait(max(0.0, min(left, WAIT_SLICE_S))):
                return True
            if deadline is not None and left <= WAIT_SLICE_S:
                return False


_here: ContextVar[Working | None] = ContextVar("working", default=None)


def begin(working: Working) -> None:
    """Let this thread be the role's."""
    _here.set(working)


def did(what: str, *, items: int, seconds: float, position: int | None = None) -> None:
    """Note a finished batch of the role that runs here, if one does."""
    if working := _here.get():
        working.note(what, items, seconds, position)


def hindered(about: str, why: str | None) -> None:
    """Note what keeps the role that runs here from its work, or with None that it no longer does."""
    if working := _here.get():
        working.hinder(about, why)


def leads(*, is_leader: bool) -> None:
    """Note whether this process leads in the role that runs here."""
    if working := _here.get():
        working.leads = is_leader
