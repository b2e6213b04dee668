"""How much the door takes at once and in a second: a pace for each credential, and a bound on what is under way."""

from __future__ import annotations

import math
import threading
import time
from contextlib import contextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING

from sync_service.limiting import RateLimit
from sync_service.portal_door.faults import MUCH_LATER_S, SOON_S, Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LOOK_S = 5.0
"""So old what is known of unread messages may be."""


class Pace:
    """So many events a second for each credential, over time; at once as many as one request may hold."""

    def __init__(self, events_per_s: float, at_once: int) -> None:
        self._per_s = events_per_s
        self._limit = RateLimit(events_per_s * 60, max(at_once, events_per_s))

    def take(self, name: str, events: int) -> None:
        """Count events of this credential; raises Refused (429), and counts nothing, if they come too soon."""
        wait_s = self._limit.wait_s(name, events)
        if wait_s > 0:
            raise Refused(
                HTTPStatus.TOO_MANY_REQUESTS,
                "rate",
                f"не больше {self._per_s:g} событий в секунду / at most {self._per_s:g} events a second",
                retry_after_s=math.ceil(wait_s),
            )


class Hold:
    """The bytes of one request that is under way."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self.size_bytes = 0

    def add(self, size_bytes: int) -> None:
        """Count more bytes; raises Refused (429) if there is no room for them."""
        self._room.take(size_bytes)
        self.size_bytes += size_bytes


class Room:
    """All requests that are under way and their bytes, and the bounds of both."""

    def __init__(self, bytes_max: int, requests_max: int) -> None:
        self._bytes_max, self._requests_max = bytes_max, requests_max
        self._guard = threading.Lock()
        self._bytes, self._requests = 0, 0

    @contextmanager
    def hold(self) -> Iterator[Hold]:
        """Count one request and its bytes until it is answered; raises Refused (429) if there is no room for it."""
        with self._guard:
            if self._requests >= self._requests_max:
                raise _busy()
            self._requests += 1
        held = Hold(self)
        try:
            yield held
        finally:
            self.take(-held.size_bytes)
            with self._guard:
                self._requests -= 1

    def take(self, size_bytes: int) -> None:
        """Take so much of the room, or give it back; raises Refused (429)."""
        with self._guard:
            if size_bytes > 0 and self._bytes + size_bytes > self._bytes_max:
                raise _busy()
            self._bytes += size_bytes


def _busy() -> Refused:
    return Refused(
        HTTPStatus.TOO_MANY_REQUESTS,
        "busy",
        "сейчас принимается слишком много, чуть позже / too much is being taken just now, try again soon",
        retry_after_s=SOON_S,
    )


class Backlog:
    """How much waits before what a source sends now would be dealt with; looked at again after a few seconds."""

    def __init__(
        self,
        unread: Callable[[str], float | None],
        unread_max: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`unread` counts for a source, None if that is not known just now."""
        self._unread, self._unread_max, self._clock = unread, unread_max, clock
        self._guard = threading.Lock()
        self._seen: dict[str, tuple[float, float]] = {}

    def check(self, source: str) -> None:
        """Raise Refused (429) while too much of this source waits."""
        if self._waiting(source) > self._unread_max:
            raise Refused(
                HTTPStatus.TOO_MANY_REQUESTS,
                "behind",
                f"служба отстала: ждёт больше {self._unread_max} сообщений"
                f" / the service is behind: more than {self._unread_max} messages wait",
                retry_after_s=MUCH_LATER_S,
            )

    def _waiting(self, source: str) -> float:
        with self._guard:
            seen = self._seen.get(source)
            if seen is None or self._clock() - seen[0] > LOOK_S:
                seen = self._seen[source] = (self._clock(), self._unread(source) or 0)
            return seen[1]
