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
    """The bytes of all requests that are under way, and their bound."""

    def __init__(self, bytes_max: int) -> None:
        self._bytes_max = bytes_max
        self._guard = threading.Lock()
        self._bytes = 0

    @contextmanager
    def hold(self) -> Iterator[Hold]:
        """Count the bytes of one request until it is answered."""
        held = Hold(self)
        try:
            yield held
        finally:
            self.take(-held.size_bytes)

    def take(self, size_bytes: int) -> None:
        """Take so much of the room, or give it back; raises Refused (429)."""
        with self._guard:
            if size_bytes > 0 and self._bytes + size_bytes > self._bytes_max:
                raise Refused(
                    HTTPStatus.TOO_MANY_REQUESTS,
                    "busy",
                    "сейчас принимается слишком много, чуть позже / too much is being taken just now, try again soon",
                    retry_after_s=SOON_S,
                )
            self._bytes += size_bytes


class Backlog:
    """How many messages of a source wait to be read; looked at again after a few seconds."""

    def __init__(
        self,
        unread: Callable[[str], int | None],
        unread_max: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`unread` counts for a source, None if that is not known just now."""
        self._unread, self._unread_max, self._clock = unread, unread_max, clock
        self._guard = threading.Lock()
        self._seen: dict[str, tuple[float, int]] = {}

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

    def _waiting(self, source: str) -> int:
        with self._guard:
            seen = self._seen.get(source)
            if seen is None or self._clock() - seen[0] > LOOK_S:
                seen = self._seen[source] = (self._clock(), self._unread(source) or 0)
            return seen[1]
