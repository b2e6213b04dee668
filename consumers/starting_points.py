"""Decides where reading a partition starts, or why it must not: never by a silent jump."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from sync_service.messages.transport_errors import OffsetsWentBack, RecordsLost, SourceMadeAnew

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping


class Partition(msgspec.Struct, frozen=True):
    """One partition as it is found: the topic's id tells it from another topic that had its name before."""

    transport: str
    topic: str
    topic_id: str
    number: int

    @property
    def generation(self) -> str:
        """The part of the place's name that all partitions of this very topic share."""
        return f"{prefix_of(self.transport, self.topic)}{self.topic_id}"

    @property
    def place(self) -> str:
        """The name of its stored position."""
        return f"{self.generation}:{self.number}"


def prefix_of(transport: str, topic: str) -> str:
    """Give what the places of every topic that ever had this name start with; no topic's name contains a colon."""
    return f"{transport}:{topic}:"


def refuse_if_made_anew(partition: Partition, known_places: Iterable[str], accepted: Collection[str]) -> None:
    """Raise `SourceMadeAnew` if stored positions speak only of other topics of this name.

    Once a position under the new id is stored the change has been accepted, so the setting may go again.
    """
    ids = sorted({place.split(":")[2] for place in known_places})
    if ids and partition.topic_id not in ids and partition.generation not in accepted:
        raise SourceMadeAnew(
            topic=partition.topic,
            partition=partition.number,
            stored_id=", ".join(ids),
            found_id=partition.topic_id,
            token=partition.generation,
        )


def starting_point(
    partition: Partition, stored: Mapping[str, int], beginning: int, end: int, accepted: Collection[str]
) -> int:
    """Give the offset to read from, `beginning` and `end` being the offsets that the partition holds now.

    A partition never read starts at its beginning, wherever that is: nothing was promised about it yet.

    Raises:
        OffsetsWentBack: the stored position lies beyond the end.
        RecordsLost: it lies before the beginning, and no operator has accepted that gap.
    """
    position = stored.get(partition.place)
    if position is None:
        return beginning
    if position > end:
        raise OffsetsWentBack(topic=partition.topic, partition=partition.number, stored=position, found=end)
    if position >= beginning:
        return position
    token = f"{partition.place}@{beginning}"
    if token in accepted:
        return beginning
    raise RecordsLost(topic=partition.topic, partition=partition.number, stored=position, found=beginning, token=token)
