"""Seals with keys in memory, one an owner, and can destroy one: fits the port Sealer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_service.adapters.ciphers import Hashes, Seal, new_key
from sync_service.sealing import KeyDestroyed

if TYPE_CHECKING:
    from uuid import UUID


class FakeSealer:
    """The real primitives, and keys that nothing stores."""

    def __init__(self) -> None:
        self._seals: dict[UUID | None, Seal] = {}
        self._destroyed: set[UUID] = set()
        self.hashed = Hashes(new_key()).hashed

    def seal(self, owner: UUID | None, plain: bytes, *context: bytes) -> bytes:
        return self._seal_of(owner).seal(plain, *context)

    def open(self, owner: UUID | None, sealed: bytes, *context: bytes) -> bytes:
        return self._seal_of(owner).open(sealed, *context)

    def destroy(self, owner: UUID) -> None:
        """Destroy the key of an owner."""
        self._destroyed.add(owner)

    def _seal_of(self, owner: UUID | None) -> Seal:
        if owner in self._destroyed:
            raise KeyDestroyed
        return self._seals.setdefault(owner, Seal(new_key()))
