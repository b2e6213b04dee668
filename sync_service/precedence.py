"""Says what must come first when messages are read again after a restore: see `reapplying.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_service.aggregates.confirmation_code import Attempt
from sync_service.aggregates.errors import CodeMalformed
from sync_service.aggregates.values import (
    Account,
    canonical_code,
    code_key,
    module_key,
    programme_key,
)
from sync_service.handling.accounts import reporter
from sync_service.handling.dispatch import accounts_of
from sync_service.messages import portal_messages as told
from sync_service.messages.catalogue_messages import ActivityWithdrawn, CodesIssued, CodesRevoked
from sync_service.messages.decoding import Message, decode
from sync_service.waits import UntilAll, UntilAsTold, UntilLast, UntilLinked, UntilOwned, UntilShown, UntilTried, Wait

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from sync_service.application import Application
    from sync_service.messages.records import Record
    from sync_service.resumption import Tail
    from sync_service.unit_of_work import UnitOfWork


class Precedence:
    """Says of each record what it has to wait for."""

    def __init__(self, tail: Tail, application: Application, now: Callable[[], datetime]) -> None:
        self._tail = tail
        self._application = application
        self._now = now

    def of(self, records: Sequence[Record]) -> list[Wait | None]:
        """What each of the records has to wait for, None if for nothing: a repeat of what is stored changes nothing."""
        now = self._now()
        decoded = [decode(record, now) for record in records]
        messages = [message if isinstance(message, Message) else None for message in decoded]
        seen = self._application.store.seen([message.key for message in messages if message])
        return [self._of(message) if message and message.key not in seen else None for message in messages]

    def _of(self, message: Message) -> Wait | None:
        match message.body:
            case CodesRevoked() | ActivityWithdrawn():
                return UntilLast()
            case CodesIssued() as issue:
                return self._of_issue(issue)
        waits = tuple(self._of_report(message))
        return UntilAll(waits) if waits else None

    def _of_report(self, message: Message) -> Iterator[Wait]:
        match message.body:
            case told.ReplicaApplied() | told.ReplicaRefused() as answer:
                yield from self._of_shown(reporter(message), answer.activity_key)
            case told.ModuleCompleted() as done:
                yield from self._of_activity(message, module_key(done.module_id, done.completed_on))
                yield from self._of_code(_code_in(done.code), reporter(message))
            case told.ProgrammeCompleted() as done:
                yield from self._of_activity(message, programme_key(done.programme_id, done.completed_on))
            case told.CodeActivated() as typed:
                yield from self._of_attempt(message, typed, _code_in(typed.code))
            case told.LinkRequested() | told.LinkConfirmed():
                yield from self._of_link(message)

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

    def _of_issue(self, issue: CodesIssued) -> Wait | None:
        codes = tuple(code for code in issue.codes if code in self._tail.unknown or code in self._tail.owned)
        return UntilTried(codes, issue.activity_id, self._tail) if codes else None

    def _of_shown(self, account: Account, key: str) -> Iterator[Wait]:
        if (account, key) in self._tail.asked:
            yield UntilShown(account, key)

    def _of_activity(self, message: Message, key: str) -> Iterator[Wait]:
        yield from self._of_shown(reporter(message), key)
        yield from self._of_passing_on(message, key)

    def _of_passing_on(self, message: Message, key: str) -> Iterator[Wait]:
        account = reporter(message)
        if any(to.portal is not account.portal and key == passed for to, passed in self._tail.passed_on(message.id)):
            yield UntilLinked(account)

    def _of_code(self, code: str | None, account: Account) -> Iterator[Wait]:
        if code is not None and self._tail.winners.get(code, account) != account:
            yield UntilOwned(code)

    def _of_attempt(self, message: Message, body: told.CodeActivated, code: str | None) -> Iterator[Wait]:
        account = reporter(message)
        if code is None:
            return
        if self._tail.told_of(account, message.id):
            attempt = Attempt(account, body.code, at=body.activated_at, vouched_for=body.activity_id, cause=message.id)
            yield UntilAsTold(code, attempt, self._tail)
        else:
            yield from self._of_code(code, account)
        yield from self._of_passing_on(message, code_key(code))

    def _of_link(self, message: Message) -> Iterator[Wait]:
        """What was passed on at the linking had been reported before, in the other account."""
        accounts = accounts_of(message)
        for to, key in self._tail.passed_on(message.id):
            if to in accounts:
                yield from (UntilShown(account, key) for account in accounts if account != to)


def _code_in(typed: str | None) -> str | None:
    try:
        return canonical_code(typed) if typed else None
    except CodeMalformed:
        return None
