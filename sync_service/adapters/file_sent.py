"""Reads what was sent to the topic files of the embedded default."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_service.messages.records import Outgoing
from sync_service.messages.topic_lines import parts_of, path_of
from sync_service.messages.transport_errors import TransportUnavailable

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import datetime
    from pathlib import Path


class FileSent:
    """The whole of the topic files, as their lines do not say when they were sent; fits SentMessages."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def since(self, topics: Collection[str], moment: datetime) -> Iterator[Outgoing]:
        """Every message in the files; a line that has no end was never sent."""
        del moment
        for topic in topics:
            path = path_of(self._directory, topic)
            try:
                with path.open("rb") as lines:
                    for line in lines:
                        if line.endswith(b"\n"):
                            yield Outgoing(topic, *parts_of(line[:-1]))
            except FileNotFoundError:
                continue
            except OSError as error:
                raise TransportUnavailable(f"{path} cannot be read: {error.strerror}") from error
