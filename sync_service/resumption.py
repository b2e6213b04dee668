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


OWNED: Final = frozenset(one.value for one in (Reason.ACCEPTED, Reason.CODE_TAKEN, Reason.CODE_ALREADY_YOURS))
"""What a portal is told where a code is somebody's."""


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
    replicas that portals were asked to show; `winners` the account that each code became; `owned` the codes of which it
    was told that they are somebody's; `unknown` the attempts, by account and message, of which it was told that nobody
    knows the code; `passed_on_late` the activities that were first passed on when something else was decided of them.
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
        self.owned: set[str] = set()
        self.passed_on_late: set[str] = set()
        self.unknown: dict[str, set[tuple[Account, str | None]]] = {}
        self._passed_on: dict[str, set[tuple[Account, str]]] = {}
        self._outcomes: dict[tuple[Portal, str | None], set[str]] = {}

    def identities(self, messages: Iterable[Outgoing]) -> Iterator[UUID]:
        """What each of them says; what the backup knows to have gone out is left out."""
        for message in messages:
            event = event_in(message)
            position = _position(event)
            if position is None or position > self._published:
                self._take(message.topic, event, position or 0)
                yield identity_of(message)

    def passed_on(self, message_id: str) -> Collection[tuple[Account, str]]:
        """The replicas that were first requested as a message came; another portal's may have the same id."""
        return self._passed_on.get(message_id, ())

    def told_of(self, account: Account, message_id: str | None) -> Collection[str]:
        """What a portal was told of an attempt at a code: more than one outcome where it was judged again."""
        return self._outcomes.get((account.portal, message_id), ())

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
                replica = account, str(content.get("activity_key"))
                if replica not in self.asked:  # later ones are revisions
                    self._take_first(replica, event.get("cause"))
                self.asked.add(replica)
            case ActivationAccepted.TYPE | ActivationRefused.TYPE:
                reason, cause = str(content.get("reason") or Reason.ACCEPTED.value), str(event.get("cause"))
                self._outcomes.setdefault((portal, cause), set()).add(reason)
                self._take_outcome(str(content.get("code")), reason, (account, cause), position)

    def _take_first(self, replica: tuple[Account, str], cause: str | None) -> None:
        if cause is None:
            self.passed_on_late.add(replica[1])
        else:
            self._passed_on.setdefault(cause, set()).add(replica)

    def _take_outcome(self, typed: str, reason: str, attempt: tuple[Account, str], position: int) -> None:
        """Of several who got a code one after the other, as people may decide, the last one has it."""
        try:
            code = canonical_code(typed)
        except CodeMalformed:
            return
        if reason in OWNED:
            self.owned.add(code)
        if reason == Reason.CODE_UNKNOWN.value:
            self.unknown.setdefault(code, set()).add(attempt)
        if reason == Reason.ACCEPTED.value and position >= self._won_at.get(code, 0):
            self._won_at[code], self.winners[code] = position, attempt[0]


def _position(event: dict[str, Any]) -> int | None:
    """The place in the log that a message's id speaks of; None for what has no id of ours."""
    first, _, _ = str(event.get("id", "")).partition("-")
    return int(first) if event.get("source") == SYNC and first.isdecimal() else None
