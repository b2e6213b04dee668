"""Holds back what went out before the store was restored: a backup does not know what was sent after it was taken.

What went out is learned from the topics themselves (`resumption.py`). A message is known again by what it says: its
topic, type and content, without its id, which a restored store makes anew, and without what in it depends on when and
in which order it was recorded. Each copy that was sent holds back one message. This ends when everything that had come
to the service by the time of the restore is applied again: what is left then was never to be sent a second time.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import TYPE_CHECKING, Any, Final, Protocol
from uuid import UUID

import msgspec
import structlog

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from sync_service.messages.records import Outgoing

log = structlog.get_logger(__name__)

LETTER_HEADER: Final = "dlq-letter"
"""Names the parked message that a dead letter's copy is of; it is derived from the bytes that came."""
_IDENTITY_BYTES: Final = 16
_NOT_SAID: Final = ("revision", "to_edu", "to_sovetnmo", "applied")
_WHATEVER_THE_CAUSE: Final = ("ru.nmo.replica.", "ru.nmo.link.")


class SentBook(Protocol):
    """Keeps what is known to have been sent before a restore, until it is settled."""

    def is_settled(self) -> bool:
        """Whether nothing is to be held back: the store was never restored, or has caught up since."""

    def lift(self) -> int:
        """By how much revisions on the wire are higher than in the log: no lower than any that portals have."""

    def counted(self, identities: Collection[UUID]) -> Mapping[UUID, int]:
        """How many copies of these messages were sent and have not held back one yet; unknown ones are left out."""

    def strike(self, identities: Mapping[UUID, int]) -> None:
        """So many copies have held one back each."""

    def has_caught_up(self) -> bool:
        """Whether everything that had come by the time of the restore is stored again."""

    def settle(self) -> int:
        """Hold nothing back any more; how many copies were left that nothing was held back for."""


class Sieve:
    """What a publisher lets its messages through.

    Of a replica the last word stands. So once a portal was told something new of one, what it was told earlier is told
    again too if the log says so, under a higher revision.
    """

    def __init__(self, book: SentBook) -> None:
        self._book = book
        self._lift: int | None = None
        self._struck: Counter[UUID] = Counter()
        self._told_anew: set[tuple[str, str, str]] = set()

    @property
    def lift(self) -> int:
        """What to add to the revisions of replicas."""
        if self._lift is None:
            self._lift = self._book.lift()
        return self._lift

    def unsent(self, messages: Sequence[Outgoing]) -> Sequence[Outgoing]:
        """The messages of a batch that did not go out yet; a batch that failed may be asked for again."""
        self._struck.clear()
        if self._book.is_settled() or not messages:
            return messages
        identities = [identity_of(message) for message in messages]
        counted = self._book.counted(set(identities))
        kept: list[Outgoing] = []
        for message, identity in zip(messages, identities, strict=True):
            about = _about(message)
            if self._struck[identity] < counted.get(identity, 0) and about not in self._told_anew:
                self._struck[identity] += 1
            else:
                kept.append(message)
                self._told_anew |= {about} if about else set()
        return kept

    def stored(self) -> None:
        """The position behind the batch is stored: what it held back is done with.

        In this order, because a crash between the two leaves a copy too many, which is dropped when all is settled.
        """
        held_back = self._struck.total()
        if held_back:
            self._book.strike(+self._struck)
            log.info("messages.held_back", messages=held_back)
            self._struck.clear()

    def may_settle(self) -> bool:
        """Whether all is received again that had come; to be asked before the log is read."""
        return not self._book.is_settled() and self._book.has_caught_up()

    def settle(self) -> None:
        """The log is published to its end, and `may_settle` was true before it was read."""
        log.info("restore.settled", unmatched=self._book.settle())


class _NothingSent:
    """The book of a store that was never restored; fits SentBook."""

    def is_settled(self) -> bool:
        return True

    def lift(self) -> int:
        return 0

    def counted(self, identities: Collection[UUID]) -> Mapping[UUID, int]:
        del identities
        return {}

    def strike(self, identities: Mapping[UUID, int]) -> None:
        """Nothing was counted."""

    def has_caught_up(self) -> bool:
        return True

    def settle(self) -> int:
        return 0


NOTHING_SENT: Final = _NothingSent()
"""For a store that was never restored."""


def identity_of(message: Outgoing) -> UUID:
    """What a message says, whichever time it is said (16 bytes of a digest, in the form of a UUID)."""
    letter = dict(message.headers).get(LETTER_HEADER)
    said: object = letter.decode("ascii", "replace") if letter is not None else _said(event_in(message))
    digest = hashlib.blake2b(digest_size=_IDENTITY_BYTES)
    digest.update(msgspec.json.encode((message.topic, said), order="sorted"))
    return UUID(bytes=digest.digest())


def _about(message: Outgoing) -> tuple[str, str, str] | None:
    """Which replica a message is about, None if it is about none."""
    event = event_in(message)
    if not str(event.get("type")).startswith("ru.nmo.replica."):
        return None
    return message.topic, str(event.get("subject")), str(event["data"].get("activity_key"))


def event_in(message: Outgoing) -> dict[str, Any]:
    """The event that a message of ours carries; empty if it carries none, as the copy of a parked message may."""
    try:
        event = msgspec.json.decode(message.value)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return {}
    return event if isinstance(event, dict) else {}


def _said(event: Mapping[str, Any]) -> object:
    """Who is told what. A repeat under a higher revision, or because of something else, says the same.

    Outcomes of attempts answer one message each, so their cause is a part of them. How much a link has to show, and how
    much of it is shown, depends on what had come by then.
    """
    kind, data = str(event.get("type")), event.get("data")
    content = dict(data) if isinstance(data, dict) else {}
    for name in _NOT_SAID:
        content.pop(name, None)
    if isinstance(origin := content.get("origin"), dict):
        content["origin"] = {name: value for name, value in origin.items() if name != "recorded_at"}
    cause = None if kind.startswith(_WHATEVER_THE_CAUSE) else event.get("cause")
    return [kind, cause, event.get("subject"), content]
