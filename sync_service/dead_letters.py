"""Messages that could not be applied: parked with their bytes and reasons until a person decides."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec

from sync_service.aggregates.dead_letter import ERASED_REASON, DeadLetter, Discarded, Parked
from sync_service.event_store import ParkedBytes
from sync_service.messages.contracts import CONTRACTS, SOURCES
from sync_service.messages.reason_kinds import kind_only

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sync_service.aggregates.aggregate import Event
    from sync_service.messages.decoding import Message, Unreadable
    from sync_service.messages.records import Record

CLOUD_EVENTS_HEADER = "ce_"


def letter_of(record: Record) -> UUID:
    """The stream of a parked message, derived from its bytes: the same bytes park once, wherever they turn up again."""
    digest = sha256(record.value)
    for name, value in sorted(record.headers):
        if name.startswith(CLOUD_EVENTS_HEADER):
            digest.update(b"\0" + name.encode() + b"=" + value)
    return UUID(bytes=digest.digest()[:16])


def park(
    letter: DeadLetter, record: Record, message: Message | Unreadable, reasons: tuple[str, ...], now: datetime
) -> ParkedBytes:
    """Park a message with its reasons; returns its bytes, which are stored beside the log."""
    body = getattr(message, "body", None)
    letter.record(
        Parked(
            reasons=reasons,
            place=record.place,
            offset=record.offset,
            topic=record.topic,
            source=message.source,
            message_id=message.id,
            message_type=message.type,
            account_id=getattr(message if body is None else body, "account_id", None),
        ),
    )
    return ParkedBytes(letter.id, message.key, record, now)


def park_erased(
    letter: DeadLetter, record: Record, message: Message | Unreadable, reasons: tuple[str, ...], now: datetime
) -> ParkedBytes:
    """Park a message that names somebody who was erased: that it came, and the kinds of its faults, without a byte."""
    letter.record(
        Parked(
            reasons=tuple(map(kind_only, reasons)),
            place=record.place,
            offset=record.offset,
            topic=record.topic,
            source=message.source if message.source in SOURCES else None,
            message_type=message.type if message.type in CONTRACTS else None,
        ),
    )
    letter.record(Discarded(reason=ERASED_REASON))
    return ParkedBytes(letter.id, message.key, msgspec.structs.replace(record, value=b"", key=None, headers=()), now)


def describe(events: Sequence[Event]) -> dict[str, Any]:
    """A parked message as lists show it, from its events: what it said, why it was parked, where it stands."""
    letter = DeadLetter(events[0].stream).fold(list(events))
    parked = letter.parked
    if parked is None or letter.state is None:
        raise LookupError(letter.id)
    return {
        "letter": letter.id,
        "state": letter.state.value,
        "parked_at": events[0].recorded_at,
        "position": events[0].position,
        "source": parked.source,
        "id": parked.message_id,
        "type": parked.message_type,
        "account_id": parked.account_id,
        "topic": parked.topic,
        "place": parked.place,
        "offset": parked.offset,
        "reasons": parked.reasons,
    }
