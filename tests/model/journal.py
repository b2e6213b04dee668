"""All that the model remembers: the stored messages, and what first come decided when they arrived.

Whatever the contract lets a latest or an earliest `…_at` decide is not kept here: it is looked up in the messages
each time that somebody asks.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from tests.model.schema import PORTALS

Account = tuple[str, str]
Person = frozenset[Account]
Triple = tuple[str, str, str]


@dataclass(frozen=True)
class Message:
    """A stored message: `kind` is its type without prefix and version, `said` its known fields that are not null."""

    position: int
    source: str
    id: str
    kind: str
    said: dict[str, Any]

    @property
    def portal(self) -> str:
        """The portal that sent it; KeyError for the catalogue's."""
        return PORTALS[self.source]

    @property
    def account(self) -> Account:
        """The account that it is about."""
        return (self.portal, self.said["account_id"])


@dataclass
class Attempt:
    """One message that named a code in order to have it, with its latest outcome ("accepted" or a reason)."""

    message: Message
    typed: str
    code: str | None
    vouched: str | None
    outcome: str = ""
    judged_with_issue: bool = False


@dataclass(frozen=True)
class Recording:
    """An activity that became an account's: when (the position of the message that made it so), its key and source."""

    position: int
    account: Account
    key: str
    message: Message


@dataclass
class LinkAttempt:
    """What came of one request id with one pair of accounts: "open" until it is joined, refused or declined."""

    request_id: str
    edu: Account
    sovetnmo: Account
    began_at: int
    requested: bool = False
    confirmed: bool = False
    outcome: str = "open"
    joined_at: int | None = None


@dataclass
class Journal:
    """The stored messages by type, and the decisions in the order in which they were taken."""

    messages: list[Message] = field(default_factory=list)
    by_kind: dict[str, list[Message]] = field(default_factory=lambda: defaultdict(list))
    attempts: list[Attempt] = field(default_factory=list)
    recordings: list[Recording] = field(default_factory=list)
    links: dict[Triple, LinkAttempt] = field(default_factory=dict)

    def add(self, message: Message) -> None:
        """Store one message more."""
        self.messages.append(message)
        self.by_kind[message.kind].append(message)

    def of(self, *kinds: str) -> list[Message]:
        """Return the stored messages of these types, in order of arrival."""
        return sorted((each for kind in kinds for each in self.by_kind[kind]), key=lambda each: each.position)
