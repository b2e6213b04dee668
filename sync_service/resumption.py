"""What a restored store learns, before it sends anything or takes anything new, of what happened after its backup.

The topics out say it: which messages went out (they hold back their repeats, see `already_sent.py`), which revisions
portals have, what they were asked to show, and whose each code became. With that the messages which had come meanwhile
are read again, in an order that leads to the same (see `reapplying.py`).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Protocol

import msgspec

from sync_service.aggregates.errors import CodeMalformed
from sync_service.aggregates.values import Account, Portal, Reason, canonical_code
from sync_service.already_sent import event_in, identity_of
from sync_service.messages.outcome_messages import SYNC, ActivationAccepted, ActivationRefused, ReplicaRequested

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from uuid import UUID

    from sync_service.messages.records import Outgoing
    from sync_service.topic_names import TopicNames

MARGIN: Final = timedelta(minutes=10)
"""So much earlier than the backup the topics are read: the clocks of the database and of Kafka may differ."""


class Restored(msgspec.Struct, frozen=True):
    """A restore that is not over: of a backup of when, and how far the publisher was in it.

    `is_learned` says that what was sent is kept already, and what had come is still being read again.
    """

    number: int
    taken_at: datetime
    published: int
    is_learned: bool = False


class SentMessages(Protocol):
    """What stands in the topics out."""

    def since(self, topics: Collection[str], moment: datetime) -> Iterator[Outgoing]:
        """The messages that were sent since then, and perhaps earlier ones; raises TransportUnavailable."""


class RestoreBook(Protocol):
    """Keeps which restores there were."""

    def restored(self) -> Restored | None:
        """The latest restore, if what had come meanwhile is not yet read again; None if there is nothing to do."""

    def learn(self, restored: Restored, identities: Iterable[UUID], tail: Tail) -> int:
        """Keep which messages went out, and that the log goes on behind the last of them; how many there were.

        All of it is kept, or nothing. `tail` knows all when the identities are taken to their end.
        """

    def caught_up(self, restored: Restored) -> None:
        """All that had come is read again."""


class Tail:
    """What the messages say that went out after the publisher's position in the backup, gathered while they are read.

    `newest` is the highest position that any of them speaks of, `revision` the highest of a replica. `asked` are the
    replicas that portals were asked to show; `winners` the account that each code became; `outcomes` what was told of
    an attempt at a code, by the id of its message: more than one where it was judged again.
    """

    def __init__(self, names: TopicNames, published: int) -> None:
        self._published = published
        self._portals = {names.outcomes(portal): portal for portal in Portal}
        self._portals |= {names.replicas(portal): portal for portal in Portal}
        self._won_at: dict[str, int] = {}
        self.newest = 0
        self.revision = 0
        self.asked: set[tuple[Account, str]] = set()
        self.winners: dict[str, Account] = {}
        self.outcomes: dict[str, set[str]] = {}

    def identities(self, messages: Iterable[Outgoing]) -> Iterator[UUID]:
        """What each of them says; what the backup knows to have gone out is left out."""
        for message in messages:
            event = event_in(message)
            position = _position(event)
            if position is None or position > self._published:
                self._take(message.topic, event, position or 0)
                yield identity_of(message)

    def _take(self, topic: str, event: dict[str, Any], position: int) -> None:
        self.newest = max(self.newest, position)
        content, portal = event.get("data"), self._portals.get(topic)
        if portal is None or not isinstance(content, dict):
            return
        if isinstance(revision := content.get("revision"), int):
            self.revision = max(self.revision, revision)
        account = Account(portal, str(content.get("account_id")))
        match event.get("type"):
            case ReplicaRequested.TYPE:
                self.asked.add((account, str(content.get("activity_key"))))
            case ActivationAccepted.TYPE | ActivationRefused.TYPE:
                reason = str(content.get("reason") or Reason.ACCEPTED.value)
                self.outcomes.setdefault(str(event.get("cause")), set()).add(reason)
                if reason == Reason.ACCEPTED.value:
                    self._take_winner(str(content.get("code")), account, position)

    def _take_winner(self, typed: str, account: Account, position: int) -> None:
        """Of several who got a code one after the other, as people may decide, the last one has it."""
        try:
            code = canonical_code(typed)
        except CodeMalformed:
            return
        if position >= self._won_at.get(code, 0):
            self._won_at[code], self.winners[code] = position, account


def _position(event: dict[str, Any]) -> int | None:
    """The place in the log that a message's id speaks of; None for what has no id of ours."""
    first, _, _ = str(event.get("id", "")).partition("-")
    return int(first) if event.get("source") == SYNC and first.isdecimal() else None
