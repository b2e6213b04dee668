"""How much of each source is not read yet: a thread looks where sources end, also while no consumer runs."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final, Protocol

import msgspec

from sync_service.messages.transport_errors import TransportUnavailable
from sync_service.operations.beating import BookUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from threading import Event as Stopping

LOOK_S: Final = 5.0
"""How often the ends are looked at (seconds); ages of unread records are known as exactly as that."""


class SourceEnd(msgspec.Struct, frozen=True):
    """Where one place ends now; `unread` counts messages behind the stored position, None if that is not known."""

    place: str
    topic: str
    end_offset: int
    unread: int | None


class EndBook(Protocol):
    """Remembers where sources ended, and when that was seen."""

    def look(self, ends: Sequence[SourceEnd]) -> None:
        """Note where the sources end now; raises BookUnavailable."""


def look_on(book: EndBook, ends: Callable[[], Sequence[SourceEnd]], stopping: Stopping, look_s: float = LOOK_S) -> None:
    """Look until told to stop. What cannot be seen now is not noted, and what was noted shows its age."""
    while not stopping.is_set():
        began = time.monotonic()
        try:
            found = ends()
            if found:
                book.look(found)
        except (TransportUnavailable, BookUnavailable, OSError):
            pass
        stopping.wait(max(0.0, look_s - (time.monotonic() - began)))
