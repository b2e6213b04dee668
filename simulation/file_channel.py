"""A channel of NDJSON files, one a topic in one directory: the embedded default's transport, seen by the portals."""

from __future__ import annotations

import base64
import fcntl
import os
from collections import defaultdict
from contextlib import contextmanager
from typing import TYPE_CHECKING

import orjson

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

_READ_BYTES_MAX = 4 * 1024 * 1024
_TAIL_BYTES = 64 * 1024
_WRAPPED_START = b'{"key":'
_FILE_MODE = 0o600
_DIRECTORY_MODE = 0o700


class FileChannel:
    """Appends whole lines to `<directory>/<topic>.ndjson`, and follows the whole lines of others.

    Raises OSError where the directory cannot be written.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._lines: defaultdict[str, list[bytes]] = defaultdict(list)
        self._read_to: dict[str, int] = {}
        directory.mkdir(mode=_DIRECTORY_MODE, parents=True, exist_ok=True)

    def publish(self, topic: str, key: bytes, value: bytes) -> None:  # noqa: ARG002  the line names its account
        """Take a message to be written with the next flush."""
        self._lines[topic].append(value + b"\n")

    def flush(self) -> None:
        """Write what was taken, and return when the disk has it."""
        for topic in list(self._lines):
            with _locked(self._path(topic)) as descriptor:
                _append(descriptor, b"".join(self._lines[topic]))
            del self._lines[topic]

    def read(self, topics: Collection[str]) -> list[tuple[str, bytes]]:
        """The messages in the whole lines that came on these topics since the last read, a few megabytes at most."""
        return [(topic, line) for topic in topics for line in self._new_lines(topic)]

    def _new_lines(self, topic: str) -> list[bytes]:
        start = self._read_to.get(topic, 0)
        try:
            with self._path(topic).open("rb") as stream:
                stream.seek(start)
                block = stream.read(_READ_BYTES_MAX)
        except FileNotFoundError:
            return []
        whole = block[: block.rfind(b"\n") + 1]
        self._read_to[topic] = start + len(whole)
        return [_value_of(line) for line in whole.split(b"\n") if line.strip()]

    def _path(self, topic: str) -> Path:
        return self._directory / f"{topic}.ndjson"


def _value_of(line: bytes) -> bytes:
    """The message in a line: the line itself, unless the service had to wrap it to keep its headers."""
    if not line.startswith(_WRAPPED_START):
        return line
    return base64.b64decode(orjson.loads(line)["value_base64"])


@contextmanager
def _locked(path: Path) -> Iterator[int]:
    """The file, open for appending, with no other writer in it."""
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, _FILE_MODE)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)


def _append(descriptor: int, lines: bytes) -> None:
    """Append and sync; a line that a killed writer left half written was never safe, and is cut off first."""
    size = os.fstat(descriptor).st_size
    whole = _end_of_lines(descriptor, size)
    if whole < size:
        os.ftruncate(descriptor, whole)
    left = memoryview(lines)
    while left:
        left = left[os.write(descriptor, left) :]
    os.fsync(descriptor)


def _end_of_lines(descriptor: int, size: int) -> int:
    """Where the last whole line ends."""
    end = size
    while end > 0:
        start = max(0, end - _TAIL_BYTES)
        newline = os.pread(descriptor, end - start, start).rfind(b"\n")
        if newline >= 0:
            return start + newline + 1
        end = start
    return 0
