"""All that the model remembers: the stored messages, and what first come decided when they arrived.

Whatever the contract lets a latest or an earliest `…_at` decide is not kept here: it is looked up in the messages
each time that somebody asks.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from tests.model.schema import PORTALS
from tests.model.values import canonical_code

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
    """An activity that became an account's: when (the position of the message that made it so), its key and source.

    `number` is its place in the order of recording: one issue record may make several.
    """

    number: int
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


Subject = Account | str
"""What a message is about: an account, an activity's id, or a canonical code."""


@dataclass
class Journal:
    """The stored messages and the decisions, each in order, with indexes by what they are about."""

    messages: list[Message] = field(default_factory=list)
    attempts: list[Attempt] = field(default_factory=list)
    recordings: list[Recording] = field(default_factory=list)
    links: dict[Triple, LinkAttempt] = field(default_factory=dict)
    accounts: set[Account] = field(default_factory=set)
    by_identity: dict[tuple[str, str], Message] = field(default_factory=dict)
    _about: dict[tuple[str, Subject], list[Message]] = field(default_factory=lambda: defaultdict(list))
    _attempts: dict[Subject | None, list[Attempt]] = field(default_factory=lambda: defaultdict(list))
    _recordings: dict[Account, list[Recording]] = field(default_factory=lambda: defaultdict(list))
    _links: dict[Account, list[LinkAttempt]] = field(default_factory=lambda: defaultdict(list))

    def add(self, message: Message) -> None:
        """Store one message more; every account that it is about or names exists from now on."""
        self.messages.append(message)
        self.by_identity[message.source, message.id] = message
        for subject in _subjects(message):
            self._about[message.kind, subject].append(message)
            if isinstance(subject, tuple):
                self.accounts.add(subject)

    def about(self, subject: Subject, *kinds: str) -> list[Message]:
        """Return the stored messages of these types that are about this subject, in order of arrival."""
        found = [message for kind in kinds for message in self._about.get((kind, subject), ())]
        return sorted(found, key=lambda message: message.position) if len(kinds) > 1 else found

    def add_attempt(self, attempt: Attempt) -> None:
        """Remember an attempt at a code."""
        self.attempts.append(attempt)
        self._attempts[attempt.code].append(attempt)
        self._attempts[attempt.message.account].append(attempt)

    def attempts_of(self, subject: Subject | None) -> list[Attempt]:
        """Return the attempts at a code (None: at no code), or those of an account."""
        return self._attempts.get(subject, [])

    def record(self, position: int, key: str, message: Message) -> None:
        """Remember that an activity became its account's, because of the message at this position."""
        recording = Recording(len(self.recordings), position, message.account, key, message)
        self.recordings.append(recording)
        self._recordings[recording.account].append(recording)

    def recordings_of(self, person: Person) -> list[Recording]:
        """Return what was recorded on these accounts, in order."""
        found = [recording for account in person for recording in self._recordings.get(account, ())]
        return sorted(found, key=lambda recording: recording.number)

    def add_link(self, triple: Triple, link: LinkAttempt) -> None:
        """Remember a new attempt to link two accounts."""
        self.links[triple] = link
        self._links[link.edu].append(link)
        self._links[link.sovetnmo].append(link)

    def links_of(self, account: Account) -> list[LinkAttempt]:
        """Return the attempts to link this account, in the order in which they began."""
        return self._links.get(account, [])


def _subjects(message: Message) -> set[Subject]:
    said, subjects = message.said, set[Subject]()
    if message.source in PORTALS:
        subjects.add(message.account)
    if "sovetnmo_account_id" in said:
        subjects.add(("sovetnmo", said["sovetnmo_account_id"]))
    if "edu_account_id" in said:
        subjects.add(("edu", said["edu_account_id"]))
    if message.source == "/catalogue":
        subjects.add(said["activity_id"])
        subjects.update(code for typed in said.get("codes", ()) if (code := canonical_code(typed)))
    return subjects
