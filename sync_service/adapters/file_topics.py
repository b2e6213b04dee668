"""Topics of the embedded default: one append-only NDJSON file each, safe on disk before `send` returns."""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from sync_service.messages.topic_lines import line_of, path_of
from sync_service.messages.transport_errors import TransportUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from sync_service.messages.records import Outgoing

BLOCK_BYTES = 64 * 1024
FILE_MODE = 0o600
DIRECTORY_MODE = 0o700


class FileTopics:
    """Appends messages to `<directory>/<topic>.ndjson`; fits the port `Topics`.

    Several processes may write to one directory: each appends under the file's lock, and first cuts off what a
    writer that was killed left of a last line. Readers that take the lock too never see half of an append.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        directory.mkdir(mode=DIRECTORY_MODE, parents=True, exist_ok=True)

    def send(self, messages: Sequence[Outgoing]) -> None:
        """Append the messages, each topic's in their order, and return when they are on the disk.

        Raises:
            TransportUnavailable: a file cannot be written; some of the messages may be in it.
            ValueError: a topic's name is none that Kafka would take; nothing was written.
        """
        lines: dict[Path, list[bytes]] = {}
        for message in messages:
            lines.setdefault(path_of(self._directory, message.topic), []).append(line_of(message))
        for path, added in lines.items():
            try:
                _append(path, b"".join(added))
            except OSError as error:
                message_text = f"{path} cannot be written: {error.strerror}"
                raise TransportUnavailable(message_text) from error

    def close(self) -> None:
        """Nothing is held open between calls."""


def _append(path: Path, lines: bytes) -> None:
    with _locked(path) as file:
        created = _cut_torn_line(file) == 0
        left = memoryview(lines)
        try:
            while left:
                left = left[os.write(file, left) :]
        except OSError:
            with suppress(OSError):
                _cut_torn_line(file)
            raise
        os.fsync(file)
    if created:
        _sync_directory(path.parent)


@contextmanager
def _locked(path: Path) -> Iterator[int]:
    """Open the file that stands under this path once it is ours, whoever replaced it while we waited."""
    while True:
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, FILE_MODE)
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            with suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(file), path.stat()):
                    yield file
                    return
        finally:
            os.close(file)


def _cut_torn_line(file: int) -> int:
    """Cut off what follows the last newline, and give the size that is left in bytes."""
    size = end = os.fstat(file).st_size
    while end:
        start = max(0, end - BLOCK_BYTES)
        newline = os.pread(file, end - start, start).rfind(b"\n")
        if newline >= 0:
            end = start + newline + 1
            break
        end = start
    if end < size:
        os.ftruncate(file, end)
    return end


def _sync_directory(directory: Path) -> None:
    """Make the file's name as lasting as its content."""
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
