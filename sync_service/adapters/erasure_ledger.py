"""The ledger of erasures as a file of NDJSON, which only ever grows."""

from __future__ import annotations

import fcntl
import os
from typing import TYPE_CHECKING

import msgspec

from sync_service.erasures.ledger import Entry

if TYPE_CHECKING:
    from pathlib import Path
    from uuid import UUID

_FILE_MODE = 0o600
_DIRECTORY_MODE = 0o700
_decode = msgspec.json.Decoder(Entry).decode


class FileLedger:
    """Keeps the ledger in one file; fits Ledger. Raises OSError where it cannot be read or written."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def add(self, entry: Entry) -> None:
        """Append a line, and return when it is on the disk."""
        self._path.parent.mkdir(mode=_DIRECTORY_MODE, parents=True, exist_ok=True)
        file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, _FILE_MODE)
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            size = os.fstat(file).st_size
            is_torn = size > 0 and os.pread(file, 1, size - 1) != b"\n"  # by a writer that was killed
            os.write(file, (b"\n" if is_torn else b"") + msgspec.json.encode(entry) + b"\n")
            os.fsync(file)
        finally:
            os.close(file)

    def entries(self) -> list[Entry]:
        """The latest line of each erasure, in the order in which they began; a line half written is none."""
        found: dict[UUID, Entry] = {}
        try:
            lines = self._path.read_bytes().splitlines()
        except FileNotFoundError:
            return []
        for line in lines:
            try:
                entry = _decode(line)
            except (msgspec.DecodeError, UnicodeDecodeError):
                continue
            found[entry.id] = entry
        return list(found.values())
