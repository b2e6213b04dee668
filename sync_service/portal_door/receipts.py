"""Judges the events of one request and gives a receipt for each, once those that are valid are safe."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import msgspec

from sync_service.messages.decoding import Message, decode
from sync_service.messages.problems import ID_REUSED
from sync_service.messages.records import Record
from sync_service.portal_door.sinks import HEADERS, Valid

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from datetime import datetime
    from uuid import UUID

    from sync_service.messages.decoding import Unreadable
    from sync_service.portal_door.sinks import Sink

AT_ONCE: Final = 500
"""So many events are judged and kept at a time, which bounds what they take in memory."""


class Status(StrEnum):
    """What became of an event."""

    ACCEPTED = "accepted"
    """It is safe, and will be stored."""
    REPEAT = "repeat"
    """It is stored already, or stands earlier in the same request: the same (`source`, `id`) with the same content."""
    INVALID = "invalid"
    """It breaks the contract, and is not kept."""


class Receipt(msgspec.Struct, frozen=True):
    """What became of the event at this place of the request, counted from 0.

    `id` and `source` are as sent, null where they could not be made out. `errors` names every fault, with no value.
    """

    index: int
    id: str | None
    source: str | None
    status: Status
    errors: tuple[str, ...] = ()


class Receipts(msgspec.Struct, frozen=True):
    """The answer to a request: the sums, and a receipt for each event, in their order."""

    received: int
    accepted: int
    repeats: int
    invalid: int
    receipts: Sequence[Receipt]


class Judge:
    """Judges what one credential sent in one request; only its own `source` is valid."""

    def __init__(
        self,
        source: str,
        topic: str | None,
        sink: Sink,
        seen: Callable[[Collection[UUID]], Mapping[UUID, UUID]],
        now: datetime,
    ) -> None:
        """`topic` is where the source's messages come by, and `seen` gives the contents of those that are stored."""
        self._source, self._topic, self._sink, self._seen, self._now = source, topic, sink, seen, now
        self._contents: dict[UUID, UUID] = {}

    def receipts(self, events: Sequence[bytes]) -> Receipts:
        """Keep the valid ones and tell what became of each; raises the errors of the sink and of the store.

        After an error some may have been kept: sent again they are repeats.
        """
        found: list[Receipt] = []
        for start in range(0, len(events), AT_ONCE):
            found += self._some(events[start : start + AT_ONCE], start)
        count = Counter(one.status for one in found)
        return Receipts(len(found), count[Status.ACCEPTED], count[Status.REPEAT], count[Status.INVALID], found)

    def _some(self, events: Sequence[bytes], start: int) -> list[Receipt]:
        decoded = [decode(_record(event), self._now, self._source) for event in events]
        keys = [message.key for message in decoded if isinstance(message, Message)]
        self._contents |= self._seen([key for key in keys if key not in self._contents])
        found, valid = [], []
        for index, (event, message) in enumerate(zip(events, decoded, strict=True), start=start):
            receipt = self._judged(index, message)
            found.append(receipt)
            if receipt.status is Status.ACCEPTED and isinstance(message, Message):
                self._contents[message.key] = message.content
                valid.append(Valid(event, _key_of(message)))
        if valid and self._topic:
            self._sink.keep(self._topic, valid)
        return found

    def _judged(self, index: int, message: Message | Unreadable) -> Receipt:
        if not isinstance(message, Message):
            return Receipt(index, message.id, message.source, Status.INVALID, message.reasons)
        known = self._contents.get(message.key)
        if known is None:
            return Receipt(index, message.id, message.source, Status.ACCEPTED)
        if known == message.content:
            return Receipt(index, message.id, message.source, Status.REPEAT)
        return Receipt(index, message.id, message.source, Status.INVALID, (ID_REUSED,))


def _record(event: bytes) -> Record:
    return Record(event, place="http", offset=0, next_offset=1, headers=HEADERS)


def _key_of(message: Message) -> bytes | None:
    """The account or the activity that a message is about: what keeps messages in order on Kafka."""
    key = getattr(message.body, "account_id", None) or getattr(message.body, "activity_id", None)
    return str(key).encode() if key else None
