"""The book of restores in memory; fits RestoreBook and SentBook."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from uuid import UUID

    from sync_service.resumption import Restored, Tail


class MemoryRestores:
    """What one restored store knows of what happened after its backup."""

    def __init__(self) -> None:
        self._restored: Restored | None = None
        self._is_settled = True
        self._lift = 0
        self._sent: Counter[UUID] = Counter()
        self.goes_on_behind = 0

    def begin(self, restored: Restored) -> None:
        """The store was restored just now."""
        self._restored, self._is_settled = restored, False

    def restored(self) -> Restored | None:
        return self._restored

    def learn(self, restored: Restored, identities: Iterable[UUID], tail: Tail) -> int:
        assert restored == self._restored
        before = self._sent.total()
        self._sent.update(identities)
        self._lift, self.goes_on_behind = max(self._lift, tail.revision), tail.newest
        return self._sent.total() - before

    def caught_up(self, restored: Restored) -> None:
        assert restored == self._restored
        self._restored = None

    def is_settled(self) -> bool:
        return self._is_settled

    def lift(self) -> int:
        return self._lift

    def counted(self, identities: Collection[UUID]) -> dict[UUID, int]:
        return {identity: self._sent[identity] for identity in identities if identity in self._sent}

    def strike(self, identities: Mapping[UUID, int]) -> None:
        self._sent.subtract(identities)

    def has_caught_up(self) -> bool:
        return self._restored is None

    def settle(self) -> int:
        left = self._sent.total()
        self._sent.clear()
        self._is_settled = True
        return left
