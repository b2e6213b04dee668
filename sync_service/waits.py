"""What a message can wait for when it is read again after a restore: see `reapplying.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import msgspec

from sync_service.aggregates.confirmation_code import Attempt, ConfirmationCode
from sync_service.aggregates.errors import AccountErased, AccountUnknown
from sync_service.aggregates.values import (
    Account,
    Reason,
    account_stream,
    code_key,
    code_stream,
)
from sync_service.handling.codes import came_too_early
from sync_service.resumption import OWNED, Tail

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from uuid import UUID

    from sync_service.unit_of_work import UnitOfWork


class Wait(Protocol):
    """What must be there before a record is taken."""

    def streams(self) -> Iterable[UUID]:
        """What has to be looked at."""

    def is_over(self, work: UnitOfWork) -> bool:
        """Whether it is there."""


class UntilLast(msgspec.Struct, frozen=True):
    """What the catalogue takes back bars what is not there yet: it waits for all others."""

    def streams(self) -> Iterable[UUID]:
        """Nothing."""
        return ()

    def is_over(self, _: UnitOfWork) -> bool:
        """Never; it goes on when all wait."""
        return False


class UntilOwned(msgspec.Struct, frozen=True):
    """Waits until a code is somebody's."""

    code: str

    def streams(self) -> Iterable[UUID]:
        """The code's."""
        return (code_stream(self.code),)

    def is_over(self, work: UnitOfWork) -> bool:
        """Whether it has an owner."""
        return work.code(self.code).owner is not None


class UntilShown(msgspec.Struct, frozen=True):
    """Waits until an activity is shown or asked for in an account."""

    account: Account
    key: str

    def streams(self) -> Iterable[UUID]:
        """The account's."""
        return (account_stream(self.account),)

    def is_over(self, work: UnitOfWork) -> bool:
        """Whether it is; for a person who was erased nothing is waited for."""
        try:
            person = work.known_person(self.account)
        except AccountErased:
            return True
        except AccountUnknown:
            return False
        return (self.account.portal, self.key) in person.replicas or self.key in person.entries


class UntilLinked(msgspec.Struct, frozen=True):
    """Waits until an account is linked: what it reports was passed on as it came, and not at the linking."""

    account: Account

    def streams(self) -> Iterable[UUID]:
        """The account's."""
        return (account_stream(self.account),)

    def is_over(self, work: UnitOfWork) -> bool:
        """Whether it is; for a person who was erased nothing is waited for."""
        return work.is_erased(self.account) or len(_accounts(work, self.account)) > 1


class UntilAll(msgspec.Struct, frozen=True):
    """Waits for several things."""

    waits: tuple[Wait, ...]

    def streams(self) -> Iterable[UUID]:
        """All of theirs."""
        return (stream for wait in self.waits for stream in wait.streams())

    def is_over(self, work: UnitOfWork) -> bool:
        """Whether nothing is missing."""
        return all(wait.is_over(work) for wait in self.waits)


class UntilAsTold(msgspec.Struct, frozen=True):
    """Waits until an attempt at a code would have one of the outcomes that the `tail` tells of it."""

    code: str
    attempt: Attempt
    tail: Tail

    def streams(self) -> Iterable[UUID]:
        """The code's and the account's."""
        return code_stream(self.code), account_stream(self.attempt.account)

    def is_over(self, work: UnitOfWork) -> bool:
        """Whether the attempt would have an outcome that was told, or can have none of them any more.

        A code that is somebody's stays theirs, and is another's only if they are linked. Else the record is a repeat of
        one that was taken, or was taken in an order that cannot be had again; who waits for it holds up everybody.
        """
        if work.is_erased(self.attempt.account):
            return True
        accounts = _accounts(work, self.attempt.account)
        code, told_of = work.code(self.code), self.tail.told_of(self.attempt.account, self.attempt.cause)
        activity_id = code.activity_id or self.attempt.vouched_for
        outcome = code.judge(self.attempt, accounts, work.activity(activity_id) if activity_id else None)
        if not self._comes_after(code, outcome, told_of, work):
            return False
        return outcome.value in told_of or (code.owner is not None and Reason.CODE_ALREADY_YOURS.value not in told_of)

    def _comes_after(self, code: ConfirmationCode, outcome: Reason, told_of: Collection[str], work: UnitOfWork) -> bool:
        """Whether all has come that an outcome tells to have come before: of two who tried too early the first won."""
        others = _to_come(code, work, self.tail) - {(self.attempt.account, self.attempt.cause)}
        if outcome is Reason.ACCEPTED:
            return not others and self.tail.winners.get(self.code) in {None, self.attempt.account}
        if outcome is Reason.CODE_UNKNOWN and Reason.ACCEPTED.value not in told_of and not OWNED.isdisjoint(told_of):
            return not any(Reason.ACCEPTED.value in self.tail.told_of(*other) for other in others)
        return True


class UntilTried(msgspec.Struct, frozen=True):
    """An issue of codes decides attempts that came before it: it waits for those, and for who got a code without it.

    `tail` says which attempts at which of the `codes` were told that the code is unknown, and who was told what.
    """

    codes: tuple[str, ...]
    activity_id: str
    tail: Tail

    def streams(self) -> Iterable[UUID]:
        """The codes'."""
        return map(code_stream, self.codes)

    def is_over(self, work: UnitOfWork) -> bool:
        """Whether nobody gets a code by the issue of whom no portal was told so."""
        return all(self._is_decided(work.code(text), work) for text in self.codes)

    def _is_decided(self, code: ConfirmationCode, work: UnitOfWork) -> bool:
        if code.activity_id is not None:
            return True
        if _to_come(code, work, self.tail):
            return False
        activity = work.activity(self.activity_id)
        for attempt in code.attempts:
            if came_too_early(attempt, self.activity_id):
                accounts = _accounts(work, attempt.account)
                outcome = code.judge(attempt, accounts, activity)
                if not self._was_told(code, attempt, outcome):
                    return False
                if outcome is Reason.ACCEPTED:
                    return len(accounts) > 1 or code_key(code.code) not in self.tail.passed_on_late
        return True

    def _was_told(self, code: ConfirmationCode, attempt: Attempt, outcome: Reason) -> bool:
        """Whether an attempt may come to this; of a completion no portal is told what became of its code."""
        told_of = self.tail.told_of(attempt.account, attempt.cause)
        if outcome is Reason.ACCEPTED and outcome.value not in told_of:
            return code.code not in (self.tail.winners if attempt.at is None else self.tail.owned)
        return outcome.value in told_of or OWNED.isdisjoint(told_of)


def _to_come(code: ConfirmationCode, work: UnitOfWork, tail: Tail) -> set[tuple[Account, str | None]]:
    """Attempts that were not read again yet, by account and message, of which it was told that the code is unknown."""
    tried = {(attempt.account, attempt.cause) for attempt in code.attempts}
    return {one for one in tail.unknown.get(code.code, set()) - tried if not work.is_erased(one[0])}


def _accounts(work: UnitOfWork, account: Account) -> frozenset[Account]:
    """The accounts of the person whose this one is; raises AccountErased."""
    try:
        return work.known_person(account).accounts
    except AccountUnknown:
        return frozenset({account})
