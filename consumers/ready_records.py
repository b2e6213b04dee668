"""Holds records that a source has read and not handed out yet, and cuts batches from them."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync_service.messages.records import Record


class ReadyRecords(deque["Record"]):
    """Records in order, ready to be handed out."""

    def take(self, records_max: int, bytes_max: int, more: Iterator[Record] | None = None) -> list[Record]:
        """Take the next batch, drawing from `more` as needed: within both limits, but one record if there is any."""
        taken: list[Record] = []
        size_bytes = 0
        while len(taken) < records_max:
            if not self and (drawn := next(more, None) if more else None):
                self.append(drawn)
            if not self:
                break
            size_bytes += len(self[0].value)
            if taken and size_bytes > bytes_max:
                break
            taken.append(self.popleft())
        return taken
