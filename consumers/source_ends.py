"""Where the sources end now, whoever reads them: so that what is not read can be told also while no consumer runs."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Protocol

from consumers.starting_points import Partition, prefix_of
from consumers.topic_file_records import HEAD_BYTES_MAX
from consumers.topic_file_records import TRANSPORT as TOPIC_FILES
from sync_service.messages.topic_lines import identity_of, path_of
from sync_service.operations.unread import SourceEnd

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from consumers.records import Positions

KAFKA = "kafka"
"""The transport's name in the places of `kafka_records`, which would bring Kafka's client with it."""
COUNTED_BYTES_MAX = 64 * 1024 * 1024
"""In so many bytes lines are counted; how many a larger rest holds is not known."""
CHUNK_BYTES = 1024 * 1024


class Spans(Protocol):
    """Who looks at Kafka."""

    def spans(self, topics: Sequence[str]) -> Mapping[tuple[str, str, int], tuple[int, int]]:
        """Beginning and end of every partition, by topic, topic id and number; raises TransportUnavailable."""

    def close(self) -> None:
        """Close the connection."""


class FileSources:
    """Topic files."""

    def __init__(self, directory: Path, topics: Sequence[str], positions: Positions) -> None:
        self._directory, self._topics, self._positions = directory, topics, positions

    def close(self) -> None:
        """Nothing is held open between looks."""

    def ends(self) -> list[SourceEnd]:
        """Where the files end; one that is not there holds nothing, one without a whole line is left out."""
        paths = [(topic, path_of(self._directory, topic)) for topic in self._topics]
        return [end for topic, path in paths for end in _file_end(path, topic, self._positions)]


class KafkaSources:
    """Kafka's partitions."""

    def __init__(self, watched: Spans, topics: Sequence[str], positions: Positions) -> None:
        self._watched, self._topics, self._positions = watched, topics, positions

    def close(self) -> None:
        """Close the connection."""
        self._watched.close()

    def ends(self) -> list[SourceEnd]:
        """Where the partitions end; raises TransportUnavailable."""
        spans = {Partition(KAFKA, *key): span for key, span in self._watched.spans(self._topics).items()}
        known = self._positions.positions([partition.place for partition in spans])
        return [
            SourceEnd(partition.place, partition.topic, end, max(0, end - known.get(partition.place, beginning)))
            for partition, (beginning, end) in spans.items()
        ]


def _file_end(path: Path, topic: str, positions: Positions) -> Iterator[SourceEnd]:
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        yield SourceEnd(f"{prefix_of(TOPIC_FILES, topic)}:0", topic, 0, 0)  # nothing was ever sent
        return
    try:
        head = os.pread(file, HEAD_BYTES_MAX, 0)
        first_line, newline, _ = head.partition(b"\n")
        if newline or len(head) == HEAD_BYTES_MAX:
            place = Partition(TOPIC_FILES, topic, identity_of(first_line), 0).place
            position = positions.positions([place]).get(place, 0)
            end = os.fstat(file).st_size
            yield SourceEnd(place, topic, end, _lines(file, position, end))
    finally:
        os.close(file)


def _lines(file: int, start: int, end: int) -> int | None:
    """How many lines there are between two places, None if they are too far apart to count."""
    if end - start > COUNTED_BYTES_MAX:
        return None
    count = 0
    while start < end and (chunk := os.pread(file, min(CHUNK_BYTES, end - start), start)):
        count += chunk.count(b"\n")
        start += len(chunk)
    return count
