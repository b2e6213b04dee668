"""Stands in for the application where transports are tested: keeps records and positions, as one transaction would."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sync_service.messages.records import Record


@dataclass(frozen=True)
class Counts:
    """What became of a batch: the shape of the application's own receipt."""

    received: int = 0
    stored: int = 0
    repeats: int = 0
    refused: int = 0
    parked: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.received + other.received,
            self.stored + other.stored,
            self.repeats + other.repeats,
            self.refused + other.refused,
            self.parked + other.parked,
        )


class FakeApplication:
    """Stores every record once by its position; several consumers may share it, as they share a database."""

    def __init__(self, positions: dict[str, int] | None = None) -> None:
        self.stored: list[Record] = []
        self.repeats: list[Record] = []
        self._positions = dict(positions or {})
        self._lock = threading.Lock()

    def positions(self, places: Collection[str]) -> dict[str, int]:
        with self._lock:
            return {place: self._positions[place] for place in places if place in self._positions}

    def known_places(self, prefix: str) -> dict[str, int]:
        with self._lock:
            return {place: offset for place, offset in self._positions.items() if place.startswith(prefix)}

    def receive(self, records: Sequence[Record]) -> Counts:
        with self._lock:
            before = len(self.stored)
            for record in records:
                if record.offset < self._positions.get(record.place, 0):
                    self.repeats.append(record)
                else:
                    self.stored.append(record)
                    self._positions[record.place] = record.next_offset
            stored = len(self.stored) - before
        return Counts(received=len(records), stored=stored, repeats=len(records) - stored)

    def pretend(self, place: str, position: int) -> None:
        """Have it that this place was read up to this position."""
        with self._lock:
            self._positions[place] = position

    @property
    def places(self) -> dict[str, int]:
        """All stored positions."""
        return self.known_places("")

    @property
    def values(self) -> list[bytes]:
        """The values that are stored, in order."""
        with self._lock:
            return [record.value for record in self.stored]
