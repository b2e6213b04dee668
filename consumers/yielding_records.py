"""Records that give way: none are handed out while somebody else would be kept waiting by them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final, Protocol

import structlog

from sync_service import working

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from consumers.records import Records
    from sync_service.messages.records import Record

log = structlog.get_logger(__name__)

LOOK_AGAIN_S: Final = 0.02
TELL_AFTER_S: Final = 5.0
"""Waiting for so long is told (seconds): shorter waits are how a backfill goes."""


class Stopping(Protocol):
    """What tells a wait to end; a threading.Event is one."""

    def wait(self, timeout: float) -> bool:
        """Wait for so many seconds, or less if told to stop, which is said."""


class YieldingRecords:
    """The records of another source, once the way is free; fits `consumers.records.Records`.

    `blocked` says why they must wait just now, None if they need not. Waiting ends when `stopping` is set, and never
    otherwise: an empty poll still means what it means to the source behind. So nothing is fetched, and no memory
    grows, while others are at it.
    """

    def __init__(self, records: Records, blocked: Callable[[], str | None], stopping: Stopping) -> None:
        self._records, self._blocked, self._stopping = records, blocked, stopping

    def poll(self, records_max: int, bytes_max: int, timeout_ms: int) -> list[Record]:
        """Give the next records when the way is free; none once told to stop."""
        return self._records.poll(records_max, bytes_max, timeout_ms) if self._wait_for_way() else []

    def commit(self, records: Sequence[Record]) -> None:
        """Tell the source that these are stored."""
        self._records.commit(records)

    def close(self) -> None:
        """Leave the source."""
        self._records.close()

    def _wait_for_way(self) -> bool:
        """Whether the way came free before we were told to stop."""
        since, told = time.monotonic(), False
        while (why := self._blocked()) is not None:
            if self._stopping.wait(LOOK_AGAIN_S):
                return False
            if not told and time.monotonic() - since > TELL_AFTER_S:
                told = True
                log.warning("backfill.waiting", reason=why)
                working.hindered("way", why)
        if told:
            log.info("backfill.resumed", waited_s=round(time.monotonic() - since, 1))
            working.hindered("way", None)
        return True
