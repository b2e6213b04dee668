"""Counts what the log says of codes, accounts, links and replicas, with rules of its own, for `check` to hold against.

It does not trust the decisions that were taken: what was recorded is kept by account, so that a link that joins two and
an undoing that parts them need no sorting out.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import msgspec

from sync_service.aggregates import specialist_facts as facts
from sync_service.aggregates.confirmation_code import Attempted, AttemptRejudged, Moved
from sync_service.aggregates.dead_letter import Parked, Retried, RetriedEdited
from sync_service.aggregates.erased_facts import HolderErased
from sync_service.aggregates.values import (
    ERASED,
    Account,
    Portal,
    Reason,
    code_key,
    module_key,
    programme_key,
)
from sync_service.messages.decoding import message_key

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sync_service.aggregates.aggregate import Event, Fact

    Recorded = facts.ActivationRecorded | facts.CompletionRecorded | facts.ProgrammeRecorded
    Closing = facts.AccountClosed | facts.AccountReopened


class Breach(msgspec.Struct, frozen=True):
    """A promise (its number in CONTRACT.md section 2) that does not hold, and where."""

    promise: int
    detail: str


class AccountTally(msgspec.Struct):
    """What the log says of one account.

    `keys` are recorded by it, of which `moved` are now somebody else's; `known` came with a code of its own when the
    other account of a link had them; `asked` are the replicas that it was asked to show, and not to drop again.
    """

    keys: set[str] = set()
    moved: set[str] = set()
    known: set[str] = set()
    asked: set[str] = set()
    reversed: set[str] = set()
    closing: tuple[datetime, bool] | None = None

    def holds(self, key: str) -> bool:
        """Whether the account recorded it and still has it."""
        return key in self.keys and key not in self.moved

    @property
    def is_closed(self) -> bool:
        """Whether it is closed."""
        return self.closing is not None and self.closing[1]


class PersonTally(msgspec.Struct):
    """The accounts that one stream speaks for; none once another has absorbed it."""

    accounts: dict[Account, AccountTally] = {}

    def holds(self, key: str) -> bool:
        """Whether any of the accounts recorded it and still has it."""
        return any(account.holds(key) for account in self.accounts.values())

    @property
    def wanted(self) -> set[str]:
        """What every account is to show: whatever one of them holds, and none had taken back."""
        accounts = self.accounts.values()
        held = set[str]().union(*(account.keys - account.moved for account in accounts))
        return held.difference(*(account.reversed for account in accounts))

    @property
    def names(self) -> str:
        """The accounts, for people."""
        return ", ".join(sorted(map(str, self.accounts)))


class LogTally:
    """Reads the log once and counts what the promises speak of."""

    def __init__(self) -> None:
        self.events = 0
        self.head = 0
        self.causes: set[UUID] = set()
        self.people: dict[UUID, PersonTally] = {}
        self.owners: dict[str, Account] = {}
        self.parked = 0
        self.breaches: list[Breach] = []
        self._codes: dict[UUID, list[tuple[str, Account]]] = {}
        self._moved: set[str] = set()
        self._versions: dict[UUID, int] = {}
        self._homes: dict[Account, UUID] = {}

    def take(self, event: Event) -> None:
        """Count one event."""
        self.events += 1
        self.head = event.position
        if event.version != self._versions.get(event.stream, 0) + 1:
            self.breach(1, f"stream {event.stream} goes on with version {event.version} at position {event.position}")
        self._versions[event.stream] = event.version
        if event.cause:
            self.causes.add(_key_of_cause(event.cause))
        if isinstance(event.fact, Parked | Retried | RetriedEdited):
            self.parked += 1 if isinstance(event.fact, Parked) else -1
        elif type(event.fact) in _OF_PEOPLE:
            person = self.people.setdefault(event.stream, PersonTally())
            _OF_PEOPLE[type(event.fact)](self, person, event.fact, event)
        else:
            self._take_code(event)

    def breach(self, promise: int, detail: str) -> None:
        """Note a promise that does not hold."""
        self.breaches.append(Breach(promise, detail))

    def _take_code(self, event: Event) -> None:
        fact = event.fact
        if isinstance(fact, Attempted):
            self._codes.setdefault(event.stream, []).append((fact.code, fact.account))
            if fact.outcome is Reason.ACCEPTED:
                self._own(fact.code, fact.account)
        elif isinstance(fact, AttemptRejudged):
            if fact.outcome is Reason.ACCEPTED:
                self._own(*self._codes[event.stream][fact.attempt])
        elif isinstance(fact, HolderErased):
            if fact.code is not None:
                self.owners.setdefault(fact.code, Account(Portal.EDU, fact.code))
        elif isinstance(fact, Moved):
            self._moved.add(fact.code)
            self.owners[fact.code] = fact.account

    def _own(self, code: str, account: Account) -> None:
        """Only people move a code; the new owner's own attempt is accepted then."""
        is_moved_there = code in self._moved and self.owners[code] == account
        if code in self.owners and not is_moved_there:
            self.breach(2, f"a code was credited twice: to {self.owners[code]} and to {account}")
        self.owners[code] = account

    def notice(self, person: PersonTally, fact: facts.AccountNoticed, event: Event) -> None:
        """An account exists. Where its own history begins tells the stream: an erased one's name does not."""
        self._homes[fact.account] = event.stream
        person.accounts[fact.account] = AccountTally()

    def record(self, person: PersonTally, fact: Recorded, event: Event) -> None:
        """An activity was recorded, which a person may have once."""
        key = key_recorded(fact)
        if person.holds(key):
            self.breach(2, f"an activity was recorded twice for one specialist at position {event.position}")
        person.accounts[fact.account].keys.add(key)

    def receive(self, person: PersonTally, fact: facts.CodeMovedHere, event: Event) -> None:
        """A code was moved here, perhaps back to whom it was moved from."""
        key = code_key(fact.code)
        if person.holds(key):
            self.breach(2, f"a code was moved to who has its credit at position {event.position}")
        receiver = person.accounts[fact.account]
        if fact.key is not None:  # the credit is that of a completion, perhaps of the other account
            if fact.key not in receiver.keys | receiver.known:
                receiver.known.add(key)
            return
        for account in person.accounts.values():
            account.keys.discard(key)
            account.moved.discard(key)
            account.asked.discard(key)
        receiver.keys.add(key)

    def give_away(self, person: PersonTally, fact: facts.CodeMovedAway, _: Event) -> None:
        """A code was moved away from here."""
        person.accounts[fact.account].moved.add(code_key(fact.code))
        person.accounts[fact.account].known.discard(code_key(fact.code))

    def know(self, person: PersonTally, fact: facts.CodeNoted, _: Event) -> None:
        """A completion that the person had already came with a code."""
        account = person.accounts[fact.account]
        if fact.key not in account.keys:
            account.known.add(fact.key)

    def turn(self, person: PersonTally, fact: Closing, _: Event) -> None:
        """An account was closed or reopened; the latest by its instant stands."""
        account = person.accounts[fact.account]
        if account.closing is None or fact.at >= account.closing[0]:
            account.closing = (fact.at, isinstance(fact, facts.AccountClosed))

    def reverse(self, person: PersonTally, fact: facts.ActivityReversed, _: Event) -> None:
        """A portal took a credit back."""
        person.accounts[fact.account].reversed.add(fact.key)

    def reverse_by_support(self, person: PersonTally, fact: facts.CreditReversed, _: Event) -> None:
        """Support took a credit back from whichever accounts recorded it."""
        for account in person.accounts.values():
            if fact.key in account.keys:
                account.reversed.add(fact.key)

    def join(self, person: PersonTally, fact: facts.SpecialistAbsorbed, _: Event) -> None:
        """Two accounts are one person's."""
        other = self.people[fact.absorbed]
        person.accounts |= other.accounts
        other.accounts = {}

    def part(self, person: PersonTally, fact: facts.LinkUndone, _: Event) -> None:
        """Two accounts are two people's again; what came with a code of its own is then the account's own."""
        for account in person.accounts.values():
            account.keys |= account.known
            account.known = set()
        parted = Account(Portal.SOVETNMO, fact.sovetnmo)
        self.people[self._homes[parted]].accounts[parted] = person.accounts.pop(parted)

    def ask(self, person: PersonTally, fact: facts.ReplicaRequested, event: Event) -> None:
        """An account was asked to show what another one recorded."""
        if not person.holds(fact.key):
            self.breach(4, f"a replica of nothing was requested at position {event.position}")
        elif person.accounts[fact.account].holds(fact.key):
            self.breach(4, f"an activity was sent back to its origin at position {event.position}")
        person.accounts[fact.account].asked.add(fact.key)

    def drop(self, person: PersonTally, fact: facts.ReplicaWithdrawn, _: Event) -> None:
        """An account was asked to show something no longer."""
        person.accounts[fact.account].asked.discard(fact.key)


def _key_of_cause(cause: str) -> UUID:
    """The key of the message that led to an event; of somebody erased the key itself is all that is kept."""
    source, _, message_id = cause.partition("#")
    if message_id.startswith(ERASED):
        return UUID(message_id.removeprefix(ERASED))
    return message_key(source, message_id)


def key_recorded(fact: Recorded) -> str:
    """The activity key of what was recorded."""
    if isinstance(fact, facts.ActivationRecorded):
        return code_key(fact.code)
    if isinstance(fact, facts.CompletionRecorded):
        return module_key(fact.module_id, fact.completed_on)
    return programme_key(fact.programme_id, fact.completed_on)


_OF_PEOPLE: Final[Mapping[type[Fact], Callable[[LogTally, PersonTally, Any, Event], None]]] = {
    facts.AccountNoticed: LogTally.notice,
    facts.ActivationRecorded: LogTally.record,
    facts.CompletionRecorded: LogTally.record,
    facts.ProgrammeRecorded: LogTally.record,
    facts.CodeMovedHere: LogTally.receive,
    facts.CodeMovedAway: LogTally.give_away,
    facts.CodeNoted: LogTally.know,
    facts.AccountClosed: LogTally.turn,
    facts.AccountReopened: LogTally.turn,
    facts.ActivityReversed: LogTally.reverse,
    facts.CreditReversed: LogTally.reverse_by_support,
    facts.SpecialistAbsorbed: LogTally.join,
    facts.LinkUndone: LogTally.part,
    facts.ReplicaRequested: LogTally.ask,
    facts.ReplicaWithdrawn: LogTally.drop,
}
