"""Makes identifiers: the same UUIDs as the standard library's, without the checks that cost most of its time.

A message touches half a dozen of them, so they are a large part of what receiving costs.
"""

from __future__ import annotations

from hashlib import sha1
from typing import Final
from uuid import UUID

NAMESPACE: Final = UUID("6f7a3f1c-55d1-5f0e-9c1e-2b0a8c6d4e10")
"""The namespace of every stream's id; it must never change, for the ids are derived from it."""

_SEED = sha1(NAMESPACE.bytes, usedforsecurity=False)
_SAFE: Final = UUID(int=0).is_safe
_KEPT: Final = ~(0xF000 << 64 | 0xC000 << 48)
_VERSION_5: Final = 5 << 76 | 0x8000 << 48
_new = object.__new__
_set = object.__setattr__


def identifier(sixteen: bytes) -> UUID:
    """The UUID of 16 bytes."""
    return _made(int.from_bytes(sixteen, "big"))


def named(name: str) -> UUID:
    """The UUID of a name in our namespace: `uuid5(NAMESPACE, name)` (RFC 9562, version 5)."""
    digest = _SEED.copy()
    digest.update(name.encode())
    return _made(int.from_bytes(digest.digest()[:16], "big") & _KEPT | _VERSION_5)


def _made(number: int) -> UUID:
    made = _new(UUID)
    _set(made, "int", number)
    _set(made, "is_safe", _SAFE)
    return made
