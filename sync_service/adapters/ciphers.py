"""The few cryptographic primitives in use: AES-SIV seals, keyed BLAKE2b hashes, one AES block hides an identifier."""

from __future__ import annotations

import threading
from hashlib import blake2b
from secrets import token_bytes
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from sync_service.aggregates.identifiers import identifier
from sync_service.sealing import KeyDestroyed, SealBroken

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

KEY_BYTES: Final = 32
_MARK: Final = b"\x01"
"""What sealed bytes begin with; JSON begins with nothing like it."""
_ID_BYTES: Final = 4


def new_key() -> bytes:
    """A fresh random key (256 bits)."""
    return token_bytes(KEY_BYTES)


def derived(key: bytes, purpose: str, size: int = 64) -> bytes:
    """A key of another purpose (up to 16 characters of ASCII), drawn from a key."""
    return blake2b(key=key, digest_size=size, person=purpose.encode()).digest()


def key_id(key: bytes) -> bytes:
    """What tells keys apart, without telling anything of them (4 bytes)."""
    return derived(key, "sync key id", _ID_BYTES)


def is_sealed(stored: bytes) -> bool:
    """Whether stored bytes are sealed, rather than JSON."""
    return stored[:1] == _MARK


class Seal:
    """AES-SIV (RFC 5297, 256 bits) with one key: deterministic, so that no nonce can be used twice by mistake."""

    __slots__ = ("_cipher", "_head")

    def __init__(self, key: bytes) -> None:
        self._cipher = AESSIV(derived(key, "sync seal"))
        self._head = _MARK + key_id(key)

    def seal(self, plain: bytes, *context: bytes) -> bytes:
        """Seal bytes (an empty text too) for a place."""
        return self._head + self._cipher.encrypt(plain + b"\0", list(context))

    def open(self, sealed: bytes, *context: bytes) -> bytes:
        """What was sealed; raises KeyDestroyed if it was with another key, SealBroken if it was altered or moved."""
        if not sealed.startswith(self._head):
            raise KeyDestroyed if is_sealed(sealed) else SealBroken
        try:
            return self._cipher.decrypt(sealed[len(self._head) :], list(context))[:-1]
        except InvalidTag:
            raise SealBroken from None


class Hashes:
    """Keyed hashes, one key a kind of value."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._keys: dict[str, bytes] = {}

    def hashed(self, kind: str, value: str) -> bytes:
        """A keyed hash of 16 bytes."""
        key = self._keys.get(kind)
        if key is None:
            key = self._keys[kind] = blake2b(kind.encode(), key=self._key, person=b"sync look-up").digest()
        return blake2b(value.encode(), key=key, digest_size=16).digest()


class _Blocks(threading.local):
    """AES over whole blocks; each thread has its own, as no two may be inside of one at once."""

    def __init__(self, key: bytes) -> None:
        cipher = Cipher(algorithms.AES(key), modes.ECB())  # noqa: S305 - every block is an identifier of its own
        self.hide = cipher.encryptor().update
        self.reveal = cipher.decryptor().update


class Identifiers:
    """Turns UUIDs into others and back, one to one, by a key: one block of AES is as long as a UUID.

    Streams' ids are drawn from accounts and codes; as they stand in the database, nobody can try out whose they are.
    """

    def __init__(self, key: bytes) -> None:
        self._blocks = _Blocks(derived(key, "sync ids", KEY_BYTES))

    def hidden(self, identifier: UUID) -> bytes:
        """The 16 bytes that stand for it in the database."""
        return self._blocks.hide(identifier.bytes)

    def all_hidden(self, identifiers: Iterable[bytes]) -> list[bytes]:
        """The same of many at once, given by their 16 bytes."""
        blocks = self._blocks.hide(b"".join(identifiers))
        return [blocks[at : at + 16] for at in range(0, len(blocks), 16)]

    def revealed(self, hidden: bytes) -> UUID:
        """The identifier that these bytes stand for."""
        return identifier(self._blocks.reveal(hidden))
