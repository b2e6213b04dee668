"""The port of encryption at rest: what is personal is sealed with a key of its owner, and found by keyed hashes.

Who destroys an owner's key destroys everything that was ever sealed with it, in every copy and backup.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from uuid import UUID


class KeyDestroyed(LookupError):
    """What was sealed can no longer be opened by anybody: the owner's key was destroyed (the person was erased)."""


class SealBroken(ValueError):
    """Sealed bytes were altered, stand in another place than they were made for, or the store's key is not theirs."""


class Sealer(Protocol):
    """Seals and opens bytes. The same bytes, owner and context give the same sealed bytes: rebuilt rows are equal."""

    def seal(self, owner: UUID | None, plain: bytes, *context: bytes) -> bytes:
        """Seal with the owner's key (None: the store's own). `context` is where it will stand, and is verified."""

    def open(self, owner: UUID | None, sealed: bytes, *context: bytes) -> bytes:
        """What was sealed for this owner and context; raises KeyDestroyed or SealBroken."""

    def hashed(self, kind: str, value: str) -> bytes:
        """A keyed hash (16 bytes) to find a value by: equal for equal values of one kind, and telling nothing."""


class MasterKeys(Protocol):
    """Keeps the master key, which wraps the store's few secrets; a key management service fits as well as a file."""

    def current(self) -> str:
        """The id of the key that wraps now; makes the first key if there is none yet."""

    def has_any(self) -> bool:
        """Whether there is a key already."""

    def wrap(self, plain: bytes) -> tuple[str, bytes]:
        """Wrap a secret with the current key; its id, and the wrapped bytes."""

    def unwrap(self, key_id: str, wrapped: bytes) -> bytes:
        """What was wrapped; raises MasterKeyMissing or SealBroken."""

    def renew(self) -> str:
        """Make a new current key beside the old ones; its id."""

    def forget(self, keep: frozenset[str]) -> int:
        """Remove every key but these and the current one; how many were removed."""


class MasterKeyMissing(RuntimeError):
    """The master key that wraps this store's secrets is not at hand; says which, and where it was looked for."""
