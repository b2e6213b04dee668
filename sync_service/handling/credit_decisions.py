"""What people decide about credits: move a code to its rightful owner, take a credit back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from sync_service.aggregates import replicating
from sync_service.aggregates import specialist_facts as facts
from sync_service.aggregates.errors import DecisionImpossible
from sync_service.aggregates.values import Account, Reason, code_key, module_key
from sync_service.handling.codes import judge_apart_again, tell

if TYPE_CHECKING:
    from datetime import date

    from sync_service.aggregates.confirmation_code import Attempt, ConfirmationCode
    from sync_service.aggregates.deciding import Decision, Signature
    from sync_service.aggregates.specialist import Specialist
    from sync_service.unit_of_work import UnitOfWork


def move_code(work: UnitOfWork, decision: Decision, signed: Signature) -> None:
    """Reverse a code's credit where it is, and record it for its rightful owner as of the time of the activation.

    Raises DecisionImpossible.
    """
    code, holder, owner = moving(work, decision)
    heir = work.known_person(decision.account)
    received = _received(code, holder, decision.account, signed)
    holder.record(facts.CodeMovedAway(account=owner, code=code.code, **msgspec.structs.asdict(signed)))
    code.move(decision.account)
    if code_key(code.code) in holder.entries:
        replicating.withdraw(holder, code_key(code.code))
        replicating.tell_progress(holder)
    judge_apart_again(work, [holder], [code.code])
    asked = _judge_heir_again(work, code, heir, decision.account)
    completion = _completed_with(code, heir)
    heir.record(msgspec.structs.replace(received, answers=asked, key=completion))
    if completion is not None:
        return
    if code.revoked_at is not None and code.revoked_for is not None:
        heir.record(facts.CodeRevoked(code=code.code, reason=code.revoked_for, at=code.revoked_at))
    replicating.replicate(heir, heir.entries[code_key(code.code)], work.activity)


def moving(work: UnitOfWork, decision: Decision) -> tuple[ConfirmationCode, Specialist, Account]:
    """The code, whose it is, and by which account; raises DecisionImpossible if it cannot be moved."""
    code = work.code(decision.code or "")
    if code.owner is None:
        raise DecisionImpossible("Этот код ничей: его никто не активировал.", "Nobody has activated this code.")
    if code.owner.is_erased:
        raise DecisionImpossible(
            "Владелец этого кода стёрт: код остаётся занятым и никому не передаётся.",
            "The holder of this code was erased: it stays taken, and is moved to nobody.",
        )
    holder = work.person(code.owner)
    if decision.account in holder.accounts:
        raise DecisionImpossible("Код уже у этого человека.", "The code is this person's already.")
    return code, holder, code.owner


def reverse(work: UnitOfWork, decision: Decision, signed: Signature) -> None:
    """Take a credit back from every account of the person; raises DecisionImpossible."""
    person, key = work.known_person(decision.account), decision.key or ""
    if key not in person.entries:
        raise DecisionImpossible("Такой записи у этого человека нет.", "This person has no such record.")
    if key in person.reversals:
        raise DecisionImpossible("Эта запись уже отменена.", "This record is reversed already.")
    person.record(facts.CreditReversed(key=key, reason=signed.reason, by=signed.approved_by))
    replicating.withdraw(person, key)
    replicating.tell_progress(person)


def _received(code: ConfirmationCode, holder: Specialist, heir: Account, signed: Signature) -> facts.CodeMovedHere:
    """What is recorded for the rightful owner: what was recorded at the activation, whoever typed the code."""
    signature = msgspec.structs.asdict(signed)
    entry = holder.entries.get(code_key(code.code))
    if entry is not None:
        return facts.CodeMovedHere(
            account=heir,
            code=code.code,
            activity_id=entry.activity_id,
            completed_on=entry.completed_on,
            activated_at=entry.activated_at,
            audience=entry.audience,
            **signature,
        )
    named = next(one for one in code.attempts if one.account in holder.accounts and one.completed_on is not None)
    return facts.CodeMovedHere(
        account=heir,
        code=code.code,
        activity_id=code.activity_id or named.vouched_for or "",
        completed_on=_day_of(named),
        audience=code.audience,
        **signature,
    )


def _completed_with(code: ConfirmationCode, person: Specialist) -> str | None:
    """The person's completion that came with the code and stands, if there is one: the code gives no second credit."""
    for one in code.attempts:
        if one.account in person.accounts and one.completed_on is not None and one.vouched_for is not None:
            key = module_key(one.vouched_for, one.completed_on)
            if key in person.entries and key not in person.reversals:
                return key
    return None


def _day_of(attempt: Attempt) -> date:
    """The day of a code that came with a completion, which has no instant."""
    if attempt.completed_on is None:
        raise AssertionError(attempt)
    return attempt.completed_on


def _judge_heir_again(work: UnitOfWork, code: ConfirmationCode, heir: Specialist, account: Account) -> str | None:
    """The rightful owner's own attempts were no theft; the message of the first one that is answered now, if any."""
    answered: str | None = None
    for number, attempt in enumerate(code.attempts):
        if attempt.outcome is not Reason.CODE_TAKEN or attempt.account not in heir.accounts:
            continue
        if answered is None and attempt.account == account and attempt.at is not None:
            answered = attempt.cause
            code.rejudge(number, Reason.ACCEPTED)
        else:
            code.rejudge(number, Reason.CODE_ALREADY_YOURS)
            tell(work, code, attempt, heir, answers=attempt.cause)
    return answered
