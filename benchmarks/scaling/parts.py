"""What a simulated service is made of: processors that are shared by slices, and queues that readers take from."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import simpy

if TYPE_CHECKING:
    from collections.abc import Generator

    Work = Generator[simpy.Event, object, None]

SLICE_S = 0.002


class Cores:
    """Some processors, given out by slices in turns, as an operating system does."""

    def __init__(self, env: simpy.Environment, count: int, both_busy: float = 1.0) -> None:
        self._env, self._slots, self._both_busy = env, simpy.Resource(env, count), both_busy
        self.count, self.busy_s = count, 0.0

    def work(self, seconds: float) -> Work:
        """Work for so many seconds of processor time."""
        while seconds > 0:
            part = min(seconds, SLICE_S)
            seconds -= part
            with self._slots.request() as slot:
                yield slot
                took = part * self._both_busy if self._slots.count > 1 else part
                yield self._env.timeout(took)
                self.busy_s += took


class OwnCore:
    """A processor that only one uses."""

    def __init__(self, env: simpy.Environment) -> None:
        self._env = env

    def work(self, seconds: float) -> Work:
        """Work for so many seconds."""
        if seconds > 0:
            yield self._env.timeout(seconds)


class Queue:
    """What waits for one reader, in order: groups with the moment at which their messages came."""

    def __init__(self, env: simpy.Environment) -> None:
        self._env, self._groups, self._news = env, deque[tuple[float, float]](), simpy.Event(env)
        self.waiting = 0.0

    def put(self, at_s: float, count: float) -> None:
        """Let so many more wait, which came at that moment."""
        if count:
            self._groups.append((at_s, count))
            self.waiting += count
            if not self._news.triggered:
                self._news.succeed()

    def take(self, most: float) -> list[tuple[float, float]]:
        """The first groups, up to so many in all."""
        taken, left = [], most
        while self._groups and left > 0:
            at_s, count = self._groups.popleft()
            part = min(count, left)
            if part < count:
                self._groups.appendleft((at_s, count - part))
            taken.append((at_s, part))
            left -= part
        self.waiting -= sum(count for _, count in taken)
        return taken

    def news(self) -> simpy.Event:
        """Happens when something waits."""
        if not self._groups and self._news.triggered:
            self._news = simpy.Event(self._env)
        return self._news
