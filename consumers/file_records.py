"""Records from one NDJSON file, read to its end and resumed where it stopped, or from a stream that has no place."""

from __future__ import annotations

import hashlib
import os
import stat
import uuid
from typing import TYPE_CHECKING

from consumers.lines import CHUNK_BYTES, Line, LineCutter
from consumers.ready_records import ReadyRecords
from sync_service.messages.records import Record
from sync_service.messages.transport_errors import OffsetsWentBack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from consumers.records import Positions

    Progress = Callable[[int, int | None], None]
    """Told the bytes that are stored and the bytes there are, None where nobody knows."""

STDIN = 0


class FileRecords:
    """The lines of one file or stream, blank ones left out; fits `consumers.records.Records`.

    A file is known by its path and content together: it resumes where it stopped, and another content under the
    same path is another file. A stream (stdin, a pipe) cannot be resumed: every reading of it is a place of its own.
    `poll` gives an empty list at the end only; it waits for a stream as long as that takes.

    Raises:
        OSError: there is no such file, or it cannot be read.
    """

    def __init__(self, path: Path | None, application: Positions, progress: Progress | None = None) -> None:
        self._name = str(path or "stdin")
        self._file = STDIN if path is None else os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        self._progress = progress or _silent
        self._size: int | None = None
        self.place = f"stdin:{uuid.uuid4().hex}"
        if path is not None and stat.S_ISREG(os.fstat(self._file).st_mode):
            digest, self._size = _digest(path, self._file)
            self.place = f"file:{digest}"
        position = application.positions([self.place]).get(self.place, 0)
        self._read_bytes = position
        if self._size is not None:
            os.lseek(self._file, position, os.SEEK_SET)
        self._cutter = LineCutter(position)
        self._lines: Iterator[Record] = iter(())
        self._ready, self._ended = ReadyRecords(), False
        self._progress(position, self._size)

    def poll(self, records_max: int, bytes_max: int, timeout_ms: int) -> list[Record]:  # noqa: ARG002 - a file is there
        """Give the next lines; an empty list is the end."""
        batch = self._ready.take(records_max, bytes_max, self._lines)
        while not batch and not self._ended:
            self._lines = map(self._record_of, self._read())
            batch = self._ready.take(records_max, bytes_max, self._lines)
        return batch

    def commit(self, records: Sequence[Record]) -> None:
        """Tell the progress how far the stored records go."""
        if records:
            self._progress(records[-1].next_offset, self._size)

    def close(self) -> None:
        """Close the file; stdin is left open."""
        if self._file != STDIN:
            os.close(self._file)
            self._file = STDIN
        self._ended, self._lines = True, iter(())
        self._ready.clear()

    def _read(self) -> Iterator[Line]:
        wanted = CHUNK_BYTES if self._size is None else min(CHUNK_BYTES, self._size - self._read_bytes)
        chunk = os.read(self._file, wanted) if wanted > 0 else b""
        self._read_bytes += len(chunk)
        if chunk:
            return self._cutter.feed(chunk)
        self._ended = True
        if wanted > 0 and self._size is not None:
            raise OffsetsWentBack(topic=self._name, partition=0, stored=self._size, found=self._read_bytes)
        self._progress(self._read_bytes, self._size)
        return self._cutter.finish()

    def _record_of(self, line: Line) -> Record:
        return Record(value=line.content, place=self.place, offset=line.start, next_offset=line.following)


def _digest(path: Path, file: int) -> tuple[str, int]:
    """Give the digest of the file's absolute path and content, and the size in bytes of that content."""
    digest = hashlib.blake2b(os.fsencode(path.absolute()) + b"\0", digest_size=20)
    size = 0
    while chunk := os.pread(file, CHUNK_BYTES, size):
        digest.update(chunk)
        size += len(chunk)
    return digest.hexdigest(), size


def _silent(_done: int, _total: int | None) -> None:
    """Tell nobody."""
