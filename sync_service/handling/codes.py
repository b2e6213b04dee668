"""Attempts at confirmation codes, and what providers say of codes: issued, revoked (CONTRACT.md, «Codes»)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_service.aggregates import replicating
from sync_service.aggregates import specialist_facts as facts
from sync_service.aggregates.activity import CodesIssued as CodesIssuedFact
from sync_service.aggregates.activity import CodesRevoked as CodesRevokedFact
from sync_service.aggregates.confirmation_code import Attempt
from sync_service.aggregates.errors import CodeMalformed
from sync_service.aggregates.values import Reason, account_stream, canonical_code, code_key, code_stream, module_key
from sync_service.handling.accounts import reporter

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sync_service.aggregates.confirmation_code import ConfirmationCode
    from sync_service.aggregates.specialist import Specialist
    from sync_service.messages.catalogue_messages import CodesIssued, CodesRevoked
    from sync_service.messages.decoding import Message
    from sync_service.messages.portal_messages import CodeActivated
    from sync_service.unit_of_work import UnitOfWork


def activated(work: UnitOfWork, message: Message, body: CodeActivated) -> bool:
    """Somebody typed a code into an account: it becomes theirs, or is refused with the true reason."""
    account = reporter(message)
    person = work.person(account)
    try:
        code = work.code(canonical_code(body.code))
    except CodeMalformed as malformed:
        person.record(
            facts.ActivationRefused(
                account=account,
                typed=body.code,
                reason=Reason.CODE_MALFORMED,
                activated_at=body.activated_at,
                position=malformed.position,
            ),
        )
        return True
    attempt = Attempt(
        account=account, typed=body.code, at=body.activated_at, vouched_for=body.activity_id, cause=message.id
    )
    attempt.outcome = judge(work, code, attempt, person)
    code.attempt(attempt)
    tell(work, code, attempt, person)
    return attempt.outcome.is_refusal


def judge(work: UnitOfWork, code: ConfirmationCode, attempt: Attempt, person: Specialist) -> Reason:
    """What the attempt is worth now; the issue record says what the code is for, or else the portal's word."""
    activity_id = code.activity_id or attempt.vouched_for
    return code.judge(attempt, person.accounts, work.activity(activity_id) if activity_id else None)


def tell(
    work: UnitOfWork, code: ConfirmationCode, attempt: Attempt, person: Specialist, answers: str | None = None
) -> None:
    """Record an attempt's outcome in the person's own history; `answers` is the message, when it is judged again."""
    if attempt.at is None:
        if answers is not None:
            key = module_key(attempt.vouched_for or "", attempt.completed_on) if attempt.completed_on else ""
            person.record(facts.CodeNoted(account=attempt.account, key=key, code=code.code, outcome=attempt.outcome))
    elif attempt.outcome is Reason.ACCEPTED:
        _credit(work, code, attempt, person, answers)
    elif attempt.outcome is Reason.CODE_ALREADY_YOURS:
        person.record(
            facts.ActivationRepeated(account=attempt.account, code=code.code, activated_at=attempt.at, answers=answers),
        )
    else:
        person.record(
            facts.ActivationRefused(
                account=attempt.account,
                typed=attempt.typed,
                reason=attempt.outcome,
                activated_at=attempt.at,
                code=code.code,
                answers=answers,
            ),
        )


def issued(work: UnitOfWork, _: Message, body: CodesIssued) -> bool:
    """The provider issued codes; attempts at them that came too early are judged again."""
    codes = list(dict.fromkeys(body.codes))
    activity = work.activity(body.activity_id)
    activity.record(CodesIssuedFact(activity_id=body.activity_id, audience=body.audience, codes=len(codes)))
    work.preload(map(code_stream, codes))
    for text in codes:
        code = work.code(text)
        is_first = code.activity_id is None
        if code.issue(body.activity_id, body.audience):
            _correct_entry(work, code)
        if is_first:
            _judge_again(work, code)
    return False


def revoked(work: UnitOfWork, _: Message, body: CodesRevoked) -> bool:
    """The provider withdrew codes; an entry that came before stays, and its reading follows."""
    codes = list(dict.fromkeys(body.codes))
    work.activity(body.activity_id).record(
        CodesRevokedFact(activity_id=body.activity_id, reason=body.reason, codes=len(codes), at=body.revoked_at)
    )
    work.preload(map(code_stream, codes))
    for text in codes:
        code = work.code(text)
        if code.revoke(body.reason, body.revoked_at) and code.owner is not None and not code.owner.is_erased:
            owner = work.person(code.owner)
            if code_key(text) in owner.entries:
                owner.record(facts.CodeRevoked(code=text, reason=body.reason, at=body.revoked_at))
    return False


def judge_taken_again(work: UnitOfWork, person: Specialist) -> None:
    """After a link: codes that were taken by the other half of the same person are theirs already."""
    work.preload(map(code_stream, person.taken_codes))
    for text in sorted(person.taken_codes):
        code = work.code(text)
        if code.owner not in person.accounts:
            continue
        for number, attempt in enumerate(code.attempts):
            if attempt.outcome is Reason.CODE_TAKEN and attempt.account in person.accounts:
                code.rejudge(number, Reason.CODE_ALREADY_YOURS)
                tell(work, code, attempt, person, answers=attempt.cause)


def judge_apart_again(work: UnitOfWork, people: Iterable[Specialist], codes: Iterable[str]) -> None:
    """After a link is undone, or a code moved: what was theirs already, as it was the other's, is taken."""
    owners = {account: person for person in people for account in person.accounts}
    for text in sorted(codes):
        code = work.code(text)
        for number, attempt in enumerate(code.attempts):
            person = owners.get(attempt.account)
            is_theirs = attempt.outcome in {Reason.ACCEPTED, Reason.CODE_ALREADY_YOURS}
            if person is not None and is_theirs and code.owner not in person.accounts:
                code.rejudge(number, Reason.CODE_TAKEN)
                tell(work, code, attempt, person, answers=attempt.cause)


def _credit(
    work: UnitOfWork, code: ConfirmationCode, attempt: Attempt, person: Specialist, answers: str | None
) -> None:
    activity_id = code.activity_id or attempt.vouched_for
    if activity_id is None or attempt.at is None:
        raise AssertionError(code.id)
    person.record(
        facts.ActivationRecorded(
            account=attempt.account,
            code=code.code,
            activated_at=attempt.at,
            activity_id=activity_id,
            audience=code.audience,
            vouched_for=attempt.vouched_for if attempt.vouched_for != activity_id else None,
            answers=answers,
        ),
    )
    replicating.replicate(person, person.entries[code_key(code.code)], work.activity)


def _correct_entry(work: UnitOfWork, code: ConfirmationCode) -> None:
    """The issue record wins over what was recorded at the activation."""
    if code.owner is None or code.owner.is_erased or code.activity_id is None or code.audience is None:
        return
    owner = work.person(code.owner)
    entry = owner.entries.get(code_key(code.code))
    if entry is not None:
        owner.record(facts.CodeCorrected(code=code.code, activity_id=code.activity_id, audience=code.audience))
        replicating.revise(owner, entry, work.activity)


def _judge_again(work: UnitOfWork, code: ConfirmationCode) -> None:
    """Judge attempts that came before the issue record again, in order of arrival."""
    early = [number for number, attempt in enumerate(code.attempts) if came_too_early(attempt, code.activity_id)]
    work.preload(account_stream(code.attempts[number].account) for number in early)
    for number in early:
        attempt = code.attempts[number]
        person = work.person(attempt.account)
        outcome = judge(work, code, attempt, person)
        if outcome is not attempt.outcome:
            code.rejudge(number, outcome)
            tell(work, code, attempt, person, answers=attempt.cause)


def came_too_early(attempt: Attempt, activity_id: str | None) -> bool:
    """Whether the code was unknown then, or refused for an activity other than it is issued for (promise 5)."""
    if attempt.account.is_erased:
        return False
    return attempt.outcome is Reason.CODE_UNKNOWN or (
        attempt.outcome is Reason.ACTIVITY_WITHDRAWN and attempt.vouched_for != activity_id
    )
