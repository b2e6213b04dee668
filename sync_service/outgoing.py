"""What goes out because of an event: a pure translation from the log to messages (CONTRACT.md, «To the portals»).

What is chosen here, beyond the contract's words:

- `cause` is the id of the portal's message that is answered, whichever portal sent it. When the catalogue makes the
  service judge an attempt again, that is the attempt's own message; what else the catalogue or the service itself
  brings about has no cause.
- The `id` of a message is derived from its event alone, so a message that goes out again has the id that it had. The
  instant in it keeps apart what a restored or another store would say at the same position.
- A parked message is told to the portal whose topic it came by, whatever source it names; without a topic, to the one
  that it names.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

import msgspec

from sync_service.aggregates.dead_letter import Parked
from sync_service.already_sent import LETTER_HEADER
from sync_service.announcements import announcements_of
from sync_service.messages.content_modes import STRUCTURED
from sync_service.messages.fields import TEXT_CHARACTERS_MAX
from sync_service.messages.outcome_messages import MessageParked, ReplicaRequested, ReplicaWithdrawn, cloud_event
from sync_service.messages.records import Outgoing
from sync_service.sealing import KeyDestroyed
from sync_service.topic_names import PORTAL_OF_SOURCE

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from sync_service.aggregates.aggregate import Event
    from sync_service.aggregates.values import Portal
    from sync_service.event_store import ParkedBytes
    from sync_service.messages.fields import Body
    from sync_service.sealing import Sealer
    from sync_service.topic_names import TopicNames

HEADERS: Final = (("content-type", STRUCTURED.encode()),)
SEALED: Final = "application/vnd.sync-service.sealed"
SEALED_HEADER: Final = "sync-sealed"
"""The version of how a copy is sealed."""
DEAD_LETTER_COPY: Final = b"dead letter topic"
"""What a copy is sealed for: the bytes do not open as anything else of the same letter."""
_PLACE_PARTS = 4  # <transport>:<topic>:<topic id>:<partition>


def messages_of(
    event: Event,
    topics: TopicNames,
    dead_letter_bytes: Callable[[UUID], ParkedBytes | None],
    lift: int = 0,
    sealer: Sealer | None = None,
) -> list[Outgoing]:
    """What goes out because of one stored event, in order; nothing for most events.

    `dead_letter_bytes` gives the bytes of a parked message, None if they are no longer kept: then no copy is sent.
    The copy is sealed with the letter's own key; without a `sealer` none is sent.
    `lift` is added to the revisions of replicas: portals of a restored store may have higher ones than its log.
    """
    if isinstance(event.fact, Parked):
        return _of_dead_letter(event, event.fact, topics, dead_letter_bytes(event.stream), sealer)
    announced = list(announcements_of(event))
    cause = _cause(event) if announced else None
    return [
        Outgoing(
            topic=_topic(topics, account.portal, body),
            value=_value(event, ordinal, _lifted(body, lift), cause, account.account_id),
            key=account.account_id.encode(),
            headers=HEADERS,
        )
        for ordinal, (account, body) in enumerate(announced)
    ]


def _topic(topics: TopicNames, portal: Portal, body: Body) -> str:
    if isinstance(body, ReplicaRequested | ReplicaWithdrawn):
        return topics.replicas(portal)
    return topics.outcomes(portal)


def _value(event: Event, ordinal: int, body: Body, cause: str | None, account_id: str | None) -> bytes:
    microseconds = round(event.recorded_at.timestamp() * 1_000_000)
    message_id = f"{event.position}-{ordinal}-{microseconds:x}"
    return cloud_event(body.TYPE, body, message_id, event.recorded_at, cause, subject=account_id)


def _lifted(body: Body, lift: int) -> Body:
    if lift and isinstance(body, ReplicaRequested | ReplicaWithdrawn):
        return body.model_copy(update={"revision": body.revision + lift})
    return body


def _cause(event: Event) -> str | None:
    """The id of the portal's message that is answered, whichever portal it was."""
    answers: str | None = getattr(event.fact, "answers", None)
    if answers is None and event.cause is not None and event.cause.partition("#")[0] in PORTAL_OF_SOURCE:
        return event.cause_id
    return answers


def _of_dead_letter(
    event: Event, fact: Parked, topics: TopicNames, kept: ParkedBytes | None, sealer: Sealer | None
) -> list[Outgoing]:
    messages = []
    portal = PORTAL_OF_SOURCE.get(_sender(fact, topics) or "")
    if portal is not None:
        body = MessageParked(reasons=[_sendable(reason) for reason in fact.reasons])
        key = kept.record.key if kept else None
        messages.append(
            Outgoing(
                topic=topics.outcomes(portal),
                value=_value(event, 0, body, fact.message_id, fact.account_id),
                key=fact.account_id.encode() if fact.account_id else key,
                headers=HEADERS,
            )
        )
    is_there = kept is not None and (kept.record.value or kept.record.key or kept.record.headers)
    if kept is not None and is_there and fact.topic and topics.source_of(fact.topic) and sealer is not None:
        with suppress(KeyDestroyed):  # somebody was erased at this very moment: there is nothing to copy any more
            messages.append(_copy(event, fact, topics.dead_letters(fact.topic), kept, sealer))
    return messages


def _sender(fact: Parked, topics: TopicNames) -> str | None:
    """Who sent it: whose topic it came by; without a topic, whom it says it is from."""
    return topics.source_of(fact.topic) or fact.source


def _sendable(reason: str) -> str:
    """A reason may name a header of the message, which may have any length and any characters."""
    return reason.replace("\0", "\N{REPLACEMENT CHARACTER}")[:TEXT_CHARACTERS_MAX]


def _copy(event: Event, fact: Parked, topic: str, kept: ParkedBytes, sealer: Sealer) -> Outgoing:
    """The message as it came, sealed: its value, key and headers may be personal. In the clear stand why and where."""
    place = fact.place.split(":")
    why = {f"dlq-reason-{number}": reason for number, reason in enumerate(fact.reasons, start=1)}
    where = {"dlq-source-topic": fact.topic or "", "dlq-offset": str(fact.offset), LETTER_HEADER: str(event.stream)}
    if len(place) == _PLACE_PARTS:
        where["dlq-partition"] = place[-1]
    headers = {"content-type": SEALED, SEALED_HEADER: "1"} | why | where
    content = msgspec.msgpack.encode((kept.record.value, kept.record.key, kept.record.headers))
    return Outgoing(
        topic=topic,
        value=sealer.seal(event.stream, content, DEAD_LETTER_COPY),
        key=str(event.stream).encode(),
        headers=tuple((name, text.encode()) for name, text in headers.items()),
    )


def opened_copy(
    letter: UUID, sealed: bytes, sealer: Sealer
) -> tuple[bytes, bytes | None, tuple[tuple[str, bytes], ...]]:
    """Value, key and headers of the message that a sealed copy is of; raises KeyDestroyed or SealBroken."""
    opened: tuple[bytes, bytes | None, tuple[tuple[str, bytes], ...]] = msgspec.msgpack.decode(
        sealer.open(letter, sealed, DEAD_LETTER_COPY), type=tuple[bytes, bytes | None, tuple[tuple[str, bytes], ...]]
    )
    return opened
