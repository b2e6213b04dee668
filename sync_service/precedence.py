"""What must come first when messages are read again after a restore: see `reapplying.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from sync_service.aggregates.confirmation_code import Attempt
from sync_service.aggregates.errors import AccountErased, AccountUnknown, CodeMalformed
from sync_service.aggregates.values import (
    Account,
    Portal,
    Reason,
    account_stream,
    canonical_code,
    code_stream,
    module_key,
    programme_key,
)
from sync_service.handling.accounts import reporter
from sync_service.messages import portal_messages as told
from sync_service.messages.catalogue_messages import ActivityWithdrawn, CodesRevoked
from sync_service.messages.decoding import Message, decode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime
    from uuid import UUID

    from sync_service.aggregates.specialist import Specialist
    from sync_service.application import Application
    from sync_service.messages.records import Record
    from sync_service.resumption import Tail
    from sync_service.unit_of_work import UnitOfWork


class Wait(msgspec.Struct, frozen=True):
    """What must be there before a record is taken: the owner of a code, an outcome of an attempt, or an activity.

    An activity is waited for with the person of `account`, shown or asked for there. A bar waits for all others.
    """

    owned: str | None = None
    attempt: tuple[str, Attempt, frozenset[str]] | None = None
    account: Account | None = None
    key: str | None = None
    is_bar: bool = False

    def streams(self) -> Iterator[UUID]:
        """What has to be looked at."""
        if self.owned is not None:
            yield code_stream(self.owned)
        if self.attempt is not None:
            yield code_stream(self.attempt[0])
        if self.account is not None:
            yield account_stream(self.account)

    def is_over(self, work: UnitOfWork) -> bool:
        """Whether it is there; for a person who was erased nothing is waited for."""
        if self.is_bar or (self.owned is not None and work.code(self.owned).owner is None):
            return False
        if self.account is None:
            return True
        try:
            person: Specialist | None = work.known_person(self.account)
        except AccountErased:
            return True
        except AccountUnknown:
            person = None
        if self.attempt is not None:
            return self._is_judged_as_told(work, person)
        if person is None or self.key is None:
            return self.key is None
        return (self.account.portal, self.key) in person.replicas or self.key in person.entries

    def _is_judged_as_told(self, work: UnitOfWork, person: Specialist | None) -> bool:
        """Whether the attempt would have an outcome that was told, or can have none of them any more.

        A code that is somebody's stays theirs, and is another's only if they are linked. Else the record is a repeat of
        one that was taken, or was taken in an order that cannot be had again; who waits for it holds up everybody.
        """
        text, attempt, told_of = self.attempt or ("", Attempt(Account(Portal.EDU, ""), ""), frozenset())
        code, accounts = work.code(text), person.accounts if person else frozenset({attempt.account})
        activity_id = code.activity_id or attempt.vouched_for
        if code.judge(attempt, accounts, work.activity(activity_id) if activity_id else None).value in told_of:
            return True
        return code.owner is not None and Reason.CODE_ALREADY_YOURS.value not in told_of


class Waits:
    """Says of each record what it has to wait for."""

    def __init__(self, tail: Tail, application: Application, now: Callable[[], datetime]) -> None:
        self._tail = tail
        self._application = application
        self._now = now

    def of(self, record: Record) -> Wait | None:
        """What a record has to wait for, None if nothing."""
        message = decode(record, self._now())
        if not isinstance(message, Message):
            return None
        account = reporter(message) if hasattr(message.body, "account_id") else None
        if account is None:
            return Wait(is_bar=True) if isinstance(message.body, CodesRevoked | ActivityWithdrawn) else None
        return self._of_report(message, account)

    def _of_report(self, message: Message, account: Account) -> Wait | None:
        match message.body:
            case told.ReplicaApplied() | told.ReplicaRefused() as answer:
                return self._of_activity(account, answer.activity_key)
            case told.ModuleCompleted() as done:
                wait = self._of_activity(account, module_key(done.module_id, done.completed_on))
                return wait or self._of_code(_code_in(done.code), account)
            case told.ProgrammeCompleted() as done:
                return self._of_activity(account, programme_key(done.programme_id, done.completed_on))
            case told.CodeActivated() as typed:
                return self._of_attempt(message, typed)
        return None

    def first_waiting(self, waits: Sequence[Wait | None]) -> int:
        """How many records may be taken before one has to wait."""
        wanted = [wait for wait in waits if wait is not None]
        if not wanted:
            return len(waits)

        def look(work: UnitOfWork) -> int:
            work.preload(stream for wait in wanted for stream in wait.streams())
            for number, wait in enumerate(waits):
                if wait is not None and not wait.is_over(work):
                    return number
            return len(waits)

        return self._application.look(look)

    def _of_activity(self, account: Account, key: str) -> Wait | None:
        return Wait(account=account, key=key) if (account, key) in self._tail.asked else None

    def _of_code(self, code: str | None, account: Account) -> Wait | None:
        winner = self._tail.winners.get(code) if code else None
        return None if code is None or winner in (None, account) else Wait(owned=code)

    def _of_attempt(self, message: Message, body: told.CodeActivated) -> Wait | None:
        code, account, outcomes = _code_in(body.code), reporter(message), self._tail.outcomes.get(message.id)
        owned = self._of_code(code, account)
        if code is None or outcomes is None:
            return owned
        attempt = Attempt(account, body.code, at=body.activated_at, vouched_for=body.activity_id)
        expected = (code, attempt, frozenset(outcomes))
        return Wait(owned=owned.owned if owned else None, attempt=expected, account=account)


def _code_in(typed: str | None) -> str | None:
    try:
        return canonical_code(typed) if typed else None
    except CodeMalformed:
        return None
