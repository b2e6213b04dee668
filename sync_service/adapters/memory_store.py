"""An event store in memory, for tests of rules: what PostgreSQL keeps, without the disk."""

from __future__ import annotations

from collections import defaultdict
from contextlib import nullcontext
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from sync_service.aggregates.dead_letter import Parked, Retried, RetriedEdited
from sync_service.event_store import (
    Conflict,
    EditedBytes,
    Erasure,
    MessageCounts,
    ParkedBytes,
    StoredMessage,
    Work,
    idle,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from contextlib import AbstractContextManager
    from uuid import UUID

    from sync_service.aggregates.aggregate import Event
    from sync_service.event_store import Append


class MemoryStore:
    """Keeps everything in dictionaries; fits EventStore."""

    def __init__(self) -> None:
        self._log: list[Event] = []
        self._streams: dict[UUID, list[Event]] = defaultdict(list)
        self._messages: dict[UUID, StoredMessage] = {}
        self._parked: dict[UUID, ParkedBytes] = {}
        self._edited: dict[UUID, EditedBytes] = {}
        self._places: dict[str, tuple[int, int, int]] = {}
        self._followers: dict[str, tuple[int, datetime]] = {}

    def load(self, streams: Collection[UUID], until: int | None = None) -> dict[UUID, list[Event]]:
        """The events of these streams, at or before the position `until`."""
        found = {
            stream: [event for event in self._streams[stream] if until is None or event.position <= until]
            for stream in streams
            if stream in self._streams
        }
        return {stream: events for stream, events in found.items() if events}

    def seen(self, messages: Collection[UUID]) -> dict[UUID, UUID]:
        """The contents of those messages that are stored, by key."""
        return {key: self._messages[key].content for key in messages if key in self._messages}

    def letters(self, messages: Collection[UUID]) -> dict[UUID, list[UUID]]:
        """The parked letters that carry these messages' keys."""
        found: dict[UUID, list[UUID]] = {}
        wanted = set(messages)
        for parked in self._parked.values():
            if parked.message in wanted and parked.message is not None:
                found.setdefault(parked.message, []).append(parked.letter)
        return found

    def parked_bytes(self, letter: UUID) -> ParkedBytes | None:
        """The bytes of a parked message."""
        return self._parked.get(letter)

    def edited_bytes(self, letter: UUID) -> EditedBytes | None:
        """What a parked message was applied as, if somebody had edited it."""
        return self._edited.get(letter)

    def letter_streams(self, *, waiting: bool = False, limit: int | None = None) -> list[list[Event]]:
        """The events of every parked message, or of those that wait for a decision, in order of arrival."""
        found = [self._streams[letter] for letter in self._parked]
        if waiting:
            found = [events for events in found if isinstance(events[-1].fact, Parked)]
        return sorted(found, key=lambda events: events[0].position)[:limit]

    def latest_letters(self, skip: int, limit: int) -> list[list[Event]]:
        """The events of the parked messages that came last, the last one first."""
        return self.letter_streams()[::-1][skip : skip + limit]

    def letter_counts(self) -> tuple[int, int]:
        """How many parked messages wait for a decision, and how many there ever were."""
        return len(self.letter_streams(waiting=True)), len(self._parked)

    def positions(self, places: Collection[str]) -> dict[str, int]:
        """Where reading goes on in these places."""
        return {place: self._places[place][0] for place in places if place in self._places}

    def known_places(self, prefix: str) -> dict[str, int]:
        """Where reading goes on in every place whose name begins with the prefix."""
        return {place: counts[0] for place, counts in self._places.items() if place.startswith(prefix)}

    def append(self, work: Work, meanwhile: Callable[[], object] = idle) -> int:
        """Write all of it or nothing."""
        meanwhile()
        self._verify(work)
        for event in work.events:
            placed = msgspec.structs.replace(event, position=len(self._log) + 1)
            self._log.append(placed)
            self._streams[event.stream].append(placed)
        self._messages |= {message.key: message for message in work.messages}
        self._parked |= {parked.letter: parked for parked in work.parked}
        self._edited |= {edited.letter: edited for edited in work.edited}
        for move in work.moves:
            _, received, repeats = self._places.get(move.place, (0, 0, 0))
            self._places[move.place] = (move.next_offset, received + move.received, repeats + move.repeats)
        if work.erasure is not None:
            self._erase(work.erasure)
        return len(self._log)

    def alone(self) -> AbstractContextManager[Append]:
        """Nobody else is there."""
        return nullcontext(self.append)

    def _erase(self, erasure: Erasure) -> None:
        for event in erasure.rewritten:
            self._log[event.position - 1] = event
            self._streams[event.stream][event.version - 1] = event
        for letter in erasure.letters:
            record = msgspec.structs.replace(self._parked[letter].record, value=b"", key=None, headers=())
            self._parked[letter] = msgspec.structs.replace(self._parked[letter], record=record)
            self._edited.pop(letter, None)

    def _verify(self, work: Work) -> None:
        versions = {stream: len(events) for stream, events in self._streams.items()}
        for stream, version in work.relied_on.items():
            if versions.get(stream, 0) != version:
                raise Conflict
        for event in work.events:
            if event.version != versions.get(event.stream, 0) + 1:
                raise Conflict
            versions[event.stream] = event.version
        if any(message.key in self._messages for message in work.messages):
            raise Conflict
        for move in work.moves:
            if self._places.get(move.place, (None,))[0] != move.expected:
                raise Conflict

    def read(self, after: int, limit: int) -> list[Event]:
        """The events after a position, in the log's order."""
        return self._log[after : after + limit]

    def head(self) -> int:
        """The position of the newest event."""
        return len(self._log)

    def position_at(self, moment: datetime) -> int:
        """The position of the last event recorded at or before the moment."""
        return max((event.position for event in self._log if event.recorded_at <= moment), default=0)

    def counts(self) -> MessageCounts:
        """What was received and what became of it."""
        letters = [self._streams[letter][-1].fact for letter in self._parked]
        return MessageCounts(
            received=sum(received for _, received, _ in self._places.values()),
            stored=len(self._messages),
            repeats=sum(repeats for _, _, repeats in self._places.values()),
            refused=sum(message.refused for message in self._messages.values()),
            parked=sum(not isinstance(fact, Retried | RetriedEdited) for fact in letters),
        )

    def followed(self, follower: str) -> int:
        """How far a follower of the log has come."""
        return self._followers[follower][0] if follower in self._followers else 0

    def follow(self, follower: str, position: int) -> None:
        """Store how far a follower of the log has come."""
        self._followers[follower] = (position, datetime.now(UTC))

    def followers(self) -> Mapping[str, tuple[int, datetime]]:
        """How far every follower has come, and when it last said so."""
        return dict(self._followers)
