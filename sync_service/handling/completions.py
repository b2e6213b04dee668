"""What portals say of modules and programmes completed, and of activities taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_service.aggregates import replicating
from sync_service.aggregates import specialist_facts as facts
from sync_service.aggregates.confirmation_code import Attempt
from sync_service.aggregates.errors import CodeMalformed
from sync_service.aggregates.values import Reason, canonical_code, module_key, programme_key
from sync_service.handling.accounts import note, reporter
from sync_service.handling.codes import judge

if TYPE_CHECKING:
    from datetime import date

    from sync_service.aggregates.specialist import Specialist
    from sync_service.messages.decoding import Message
    from sync_service.messages.portal_messages import ActivityReversed, ModuleCompleted, ProgrammeCompleted
    from sync_service.unit_of_work import UnitOfWork


def module_completed(work: UnitOfWork, message: Message, body: ModuleCompleted) -> bool:
    """A module was completed: one entry, whatever a code beside it is worth."""
    account = reporter(message)
    person = work.person(account)
    key = module_key(body.module_id, body.completed_on)
    is_known = key in person.entries
    if not is_known and _refuse_withdrawn(work, message, person, key, body.module_id, body.completed_on):
        return True
    code, outcome = _try_code(work, message, body, person)
    if is_known and outcome is not None:
        person.record(facts.CodeNoted(account=account, key=key, code=code, outcome=outcome))
    elif is_known:
        note(person, message, account, key)
    else:
        person.record(
            facts.CompletionRecorded(
                account=account,
                module_id=body.module_id,
                completed_on=body.completed_on,
                code=code,
                code_outcome=outcome,
            ),
        )
        replicating.replicate(person, person.entries[key], work.activity)
    return False


def programme_completed(work: UnitOfWork, message: Message, body: ProgrammeCompleted) -> bool:
    """A programme of an educational organisation was completed."""
    account = reporter(message)
    person = work.person(account)
    key = programme_key(body.programme_id, body.completed_on)
    if key in person.entries:
        note(person, message, account, key)
        return False
    if _refuse_withdrawn(work, message, person, key, body.programme_id, body.completed_on):
        return True
    person.record(
        facts.ProgrammeRecorded(
            account=account,
            programme_id=body.programme_id,
            completed_on=body.completed_on,
            hours=body.hours,
            distance_hours=body.distance_hours,
            organisation=body.organisation,
        ),
    )
    replicating.replicate(person, person.entries[key], work.activity)
    return False


def reversed_(work: UnitOfWork, message: Message, body: ActivityReversed) -> bool:
    """A credit was taken back, now or as soon as it arrives."""
    account = reporter(message)
    person = work.person(account)
    known = person.reversals.get(body.activity_key)
    if known is not None and known.account == account:
        note(person, message, account, body.activity_key)
        return False
    person.record(
        facts.ActivityReversed(account=account, key=body.activity_key, reason=body.reason, at=body.reversed_at),
    )
    if known is None and body.activity_key in person.entries:
        replicating.withdraw(person, body.activity_key)
        replicating.tell_progress(person)
    return False


def _refuse_withdrawn(
    work: UnitOfWork, message: Message, person: Specialist, key: str, activity_id: str, completed_on: date
) -> bool:
    if not work.activity(activity_id).is_withdrawn_for(completed_on):
        return False
    person.record(
        facts.CompletionRefused(
            account=reporter(message), key=key, completed_on=completed_on, reason=Reason.ACTIVITY_WITHDRAWN
        ),
    )
    return True


def _try_code(
    work: UnitOfWork, message: Message, body: ModuleCompleted, person: Specialist
) -> tuple[str | None, Reason | None]:
    """A code beside a completion is an attempt at it, vouched by the module and without an instant."""
    if body.code is None:
        return None, None
    try:
        code = work.code(canonical_code(body.code))
    except CodeMalformed:
        return None, Reason.CODE_MALFORMED
    attempt = Attempt(
        account=reporter(message),
        typed=body.code,
        completed_on=body.completed_on,
        vouched_for=body.module_id,
        cause=message.id,
    )
    attempt.outcome = judge(work, code, attempt, person)
    code.attempt(attempt)
    return code.code, attempt.outcome
