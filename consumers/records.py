"""What a source of records is to us: a port that Kafka, topic files and `ingest` all fit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sync_service.messages.records import Record


class Records(Protocol):
    """A source of records that knows, from the stored positions, where reading goes on.

    Every record is delivered at least once, in order within its place. A record comes again only after its
    place was handed to another reader, or after a restart: whoever stores records drops repeats by position.
    """

    def poll(self, records_max: int, bytes_max: int, timeout_ms: int) -> list[Record]:
        """Give the next records: at most `records_max`, and `bytes_max` of values unless the first alone is larger.

        An empty list means that nothing came within `timeout_ms`, or that a source with an end is at its end.

        Raises:
            SourceChanged: the source is not what the stored positions speak of.
            TransportUnavailable: the source refuses us in a way that waiting does not mend.
        """
        ...

    def commit(self, records: Sequence[Record]) -> None:
        """Tell the source that these are stored: a hint for those who watch it, never what we go by; it cannot fail."""
        ...

    def close(self) -> None:
        """Leave the source; may be called twice."""
        ...


class Positions(Protocol):
    """What a source asks the application: how far the stored events go, by place."""

    def positions(self, places: Collection[str]) -> dict[str, int]:
        """Give the stored next offset of each of these places; one that is absent was never read."""
        ...

    def known_places(self, prefix: str) -> dict[str, int]:
        """Give every stored place whose name starts with `prefix`, with its next offset."""
        ...
