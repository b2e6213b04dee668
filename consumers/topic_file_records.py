"""Records from the topic files of the embedded default: one append-only NDJSON file a topic, followed as it grows."""

from __future__ import annotations

import fcntl
import os
import time
from collections import deque
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from consumers.lines import CHUNK_BYTES, LineCutter
from consumers.ready_records import ReadyRecords
from consumers.starting_points import Partition, prefix_of, refuse_if_made_anew, starting_point
from sync_service.messages.records import Record
from sync_service.messages.topic_lines import identity_of, parts_of, path_of
from sync_service.messages.transport_errors import OffsetsWentBack

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from pathlib import Path

    from consumers.lines import Line
    from consumers.records import Positions

TRANSPORT = "topic"
LOOK_INTERVAL_S = 0.02
LOCK_INTERVAL_S = 0.001
LOCK_TRIES = 100
HEAD_BYTES_MAX = 4096
CLOSED = -1


class TopicFileRecords:
    """The complete lines of several topic files, in turn; fits `consumers.records.Records`.

    A file that is not there yet is waited for. `accepted` holds the tokens of `SourceChanged` errors that an
    operator has answered.
    """

    def __init__(
        self, directory: Path, topics: Sequence[str], application: Positions, *, accepted: Collection[str] = ()
    ) -> None:
        self._files = deque(_TopicFile(directory, topic, application, frozenset(accepted)) for topic in topics)

    def poll(self, records_max: int, bytes_max: int, timeout_ms: int) -> list[Record]:
        """Give the next records of one of the files, each file in its turn."""
        deadline = time.monotonic() + timeout_ms / 1000
        while True:
            for _ in range(len(self._files)):
                batch = self._files[0].take(records_max, bytes_max)
                self._files.rotate(-1)
                if batch:
                    return batch
            if time.monotonic() >= deadline:
                return []
            time.sleep(LOOK_INTERVAL_S)

    def commit(self, records: Sequence[Record]) -> None:
        """Nobody watches a file's readers."""

    def close(self) -> None:
        """Close the files."""
        for file in self._files:
            file.close()


class _TopicFile:
    """One topic's file, and how far it has been read.

    It is known by its first line, which every copy and every restored backup of it shares, and which no file made
    anew has. It is read under the lock that its writers take, so that what is read is complete and on the disk.
    """

    def __init__(self, directory: Path, topic: str, application: Positions, accepted: frozenset[str]) -> None:
        self._path, self._topic = path_of(directory, topic), topic
        self._application, self._accepted = application, accepted
        self._file = CLOSED
        self._read_to_end_of: os.stat_result | None = None
        self._source: Partition | None = None
        self._position = 0
        self._ready = ReadyRecords()

    def take(self, records_max: int, bytes_max: int) -> list[Record]:
        """Give the next records; none if nothing was added, or a writer is at it."""
        if not self._ready:
            with suppress(FileNotFoundError):
                self._read(self._path.stat())
        return self._ready.take(records_max, bytes_max)

    def close(self) -> None:
        """Close the file; it is opened again when it is read again."""
        if self._file != CLOSED:
            os.close(self._file)
        self._file = CLOSED

    def _read(self, found: os.stat_result) -> None:
        if self._read_to_end_of and _unchanged(found, self._read_to_end_of):
            return
        if self._file == CLOSED or not os.path.samestat(found, os.fstat(self._file)):
            self.close()
            self._file = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
        with _read_lock(self._file) as locked:
            if not locked:
                return
            now = os.fstat(self._file)
            if self._identify(now.st_size):
                self._ready.extend(map(self._record_of, self._next_lines()))
            self._read_to_end_of = None if self._ready else now

    def _identify(self, size: int) -> bool:
        """Make sure that this is the file of the position, or find the position of this file; false if it has none."""
        head = os.pread(self._file, HEAD_BYTES_MAX, 0)
        first_line, newline, _ = head.partition(b"\n")
        if newline or len(head) == HEAD_BYTES_MAX:
            source = Partition(TRANSPORT, self._topic, identity_of(first_line), 0)
            if source != self._source:
                known = self._application.known_places(prefix_of(TRANSPORT, self._topic))
                refuse_if_made_anew(source, known, self._accepted)
                self._position = starting_point(source, known, 0, size, self._accepted)
                self._source = source
        if self._position > size:
            raise OffsetsWentBack(topic=self._topic, partition=0, stored=self._position, found=size)
        return self._source is not None

    def _next_lines(self) -> list[Line]:
        """Read on until a line has ended, and give those that have; what has not ended is read again later."""
        cutter, offset = LineCutter(self._position), self._position
        while chunk := os.pread(self._file, CHUNK_BYTES, offset):
            offset += len(chunk)
            lines = list(cutter.feed(chunk))
            self._position = cutter.start
            if lines:
                return lines
        return []

    def _record_of(self, line: Line) -> Record:
        value, key, headers = parts_of(line.content)
        place = self._source.place if self._source else ""
        return Record(value, place, line.start, line.following, key, headers, self._topic)


def _unchanged(one: os.stat_result, other: os.stat_result) -> bool:
    return os.path.samestat(one, other) and (one.st_size, one.st_mtime_ns) == (other.st_size, other.st_mtime_ns)


@contextmanager
def _read_lock(file: int) -> Iterator[bool]:
    """Share the file with other readers but not with a writer; false if one kept it for too long."""
    for _ in range(LOCK_TRIES):
        with suppress(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            break
        time.sleep(LOCK_INTERVAL_S)
    else:
        yield False
        return
    try:
        yield True
    finally:
        fcntl.flock(file, fcntl.LOCK_UN)
