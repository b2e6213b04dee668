"""Where the master key is kept: a file that only the service may read, or a setting."""

from __future__ import annotations

import os
import secrets
from base64 import b64decode, b64encode
from contextlib import suppress
from typing import TYPE_CHECKING

import structlog

from sync_service.adapters.ciphers import KEY_BYTES, Seal, key_id, new_key
from sync_service.sealing import KeyDestroyed, MasterKeyMissing, SealBroken

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

log = structlog.get_logger()
OTHERS_MAY = 0o077


class WrittenMasterKeys:
    """Master keys that are given as texts, the current one first; fits MasterKeys."""

    def __init__(self, texts: Sequence[str], place: str) -> None:
        self._place = place
        self._keys = {key_id(key).hex(): key for key in map(self._key_of, texts)}

    def _key_of(self, text: str) -> bytes:
        with suppress(ValueError):
            key = b64decode(text, validate=True)
            if len(key) == KEY_BYTES:
                return key
        raise MasterKeyMissing(f"{self._place}: no key of {KEY_BYTES} bytes in Base64")

    def has_any(self) -> bool:
        """Whether there is a key."""
        return bool(self._keys)

    def current(self) -> str:
        """The id of the first key."""
        if not self._keys:
            raise MasterKeyMissing(f"{self._place} holds no master key")
        return next(iter(self._keys))

    def wrap(self, plain: bytes) -> tuple[str, bytes]:
        """Wrap a secret with the first key."""
        current = self.current()
        return current, Seal(self._keys[current]).seal(plain, b"secret")

    def unwrap(self, key_id: str, wrapped: bytes) -> bytes:
        """What was wrapped with the key of this id; raises MasterKeyMissing or SealBroken."""
        if key_id not in self._keys:
            raise MasterKeyMissing(
                f"the store's secrets are wrapped with the master key {key_id}, and {self._place} does not hold it:"
                " give the service the key that the store was made with"
            )
        try:
            return Seal(self._keys[key_id]).open(wrapped, b"secret")
        except KeyDestroyed:
            raise SealBroken from None

    def renew(self) -> str:
        """A setting cannot be changed from here; raises MasterKeyMissing that says what to write there."""
        raise MasterKeyMissing(f"write a new key before the others in {self._place}, separated by a comma, then rotate")

    def forget(self, keep: frozenset[str]) -> int:
        """Nothing can be removed from a setting."""
        del keep
        return 0


class FileMasterKeys(WrittenMasterKeys):
    """Master keys in a file, one a line in Base64, the current one first; the first key is made when it is needed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        super().__init__(self._read(), str(path))

    def _read(self) -> list[str]:
        try:
            if self._path.stat().st_mode & OTHERS_MAY:
                log.warning("master_key.readable_by_others", path=str(self._path))
            return self._path.read_text(encoding="ascii").split()
        except FileNotFoundError:
            return []

    def current(self) -> str:
        """The id of the first key in the file; makes the file with a new key if it is not there."""
        if not self._keys:
            self._write([new_key()], is_new=True)
            log.info("master_key.made", path=str(self._path))
        return super().current()

    def unwrap(self, key_id: str, wrapped: bytes) -> bytes:
        """What was wrapped; a key that is not known was perhaps written to the file meanwhile."""
        if key_id not in self._keys:
            self._read_again()
        return super().unwrap(key_id, wrapped)

    def renew(self) -> str:
        """Write a new key before the others."""
        self._write([new_key(), *self._keys.values()])
        return super().current()

    def forget(self, keep: frozenset[str]) -> int:
        """Remove from the file every key but these and the current one."""
        kept = {key_id: key for key_id, key in self._keys.items() if key_id in keep | {self.current()}}
        gone = len(self._keys) - len(kept)
        if gone:
            self._write(list(kept.values()))
        return gone

    def _write(self, keys: list[bytes], *, is_new: bool = False) -> None:
        """Replace the file in one step; a file that another process has made first stands."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        beside = self._path.with_name(f"{self._path.name}.{secrets.token_hex(4)}")
        lines = "".join(b64encode(key).decode() + "\n" for key in keys)
        opened = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(opened, "w", encoding="ascii") as file:
            file.write(lines)
            file.flush()
            os.fsync(file.fileno())
        try:
            if is_new:
                with suppress(FileExistsError):
                    os.link(beside, self._path)
                beside.unlink()
            else:
                beside.replace(self._path)
        finally:
            beside.unlink(missing_ok=True)
        self._read_again()

    def _read_again(self) -> None:
        self._keys = {key_id(key).hex(): key for key in map(self._key_of, self._read())}
