"""What portals say of accounts: registered, changed, closed, reopened, a cycle opened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from sync_service.aggregates import replicating
from sync_service.aggregates import specialist_facts as facts
from sync_service.aggregates.values import Account
from sync_service.topic_names import PORTAL_OF_SOURCE

if TYPE_CHECKING:
    from datetime import datetime

    from sync_service.aggregates.specialist import Specialist
    from sync_service.messages.decoding import Message
    from sync_service.messages.portal_messages import (
        AccountChanged,
        AccountClosed,
        AccountRegistered,
        AccountReopened,
        CycleOpened,
    )
    from sync_service.unit_of_work import UnitOfWork


def reporter(message: Message) -> Account:
    """The account that the message speaks of, on the portal that sent it."""
    account_id = cast("Any", message.body).account_id  # every body of a portal has one
    return Account(PORTAL_OF_SOURCE[message.source], account_id)


def note(person: Specialist, message: Message, account: Account, key: str | None = None) -> None:
    """Remember a message that changes nothing, so that history shows that it came."""
    person.record(facts.MessageNoted(account=account, message_type=message.type, key=key))


def registered(work: UnitOfWork, message: Message, body: AccountRegistered) -> bool:
    """An account was registered; its facts stand by `registered_at`."""
    return _hear(work, message, body, body.registered_at)


def changed(work: UnitOfWork, message: Message, body: AccountChanged) -> bool:
    """Some of an account's facts changed; they stand by `changed_at`."""
    return _hear(work, message, body, body.changed_at)


def closed(work: UnitOfWork, message: Message, body: AccountClosed) -> bool:
    """An account was closed: it refuses nothing, but no replicas are requested to it."""
    account = reporter(message)
    work.person(account).record(facts.AccountClosed(account=account, at=body.closed_at))
    return False


def reopened(work: UnitOfWork, message: Message, body: AccountReopened) -> bool:
    """An account was opened again: it is asked to show what it missed."""
    account = reporter(message)
    person = work.person(account)
    was_open = person.is_open(account.portal)
    person.record(facts.AccountReopened(account=account, at=body.reopened_at))
    if not was_open and person.is_open(account.portal):
        replicating.catch_up(person, account.portal, work.activity)
    return False


def cycle_opened(work: UnitOfWork, message: Message, body: CycleOpened) -> bool:
    """A cycle was opened; the same cycle id again replaces it."""
    account = reporter(message)
    work.person(account).record(
        facts.CycleOpened(
            account=account,
            cycle_id=body.cycle_id,
            specialty=body.specialty,
            education_level=body.education_level,
            starts_on=body.starts_on,
            ends_on=body.ends_on,
            policy=body.policy,
        ),
    )
    return False


def _hear(work: UnitOfWork, message: Message, body: AccountRegistered | AccountChanged, at: datetime) -> bool:
    account = reporter(message)
    person = work.person(account)
    is_qualified = body.education_level or body.audience or body.specialties is not None
    is_personal = body.email or body.full_name or body.snils
    if is_qualified:
        person.record(
            facts.QualificationReported(
                account=account,
                at=at,
                education_level=body.education_level,
                audience=body.audience,
                specialties=None if body.specialties is None else tuple(body.specialties),
            ),
        )
    if is_personal:
        person.record(
            facts.PersonalDetailsReported(
                account=account, at=at, email=body.email, full_name=body.full_name, snils=body.snils
            ),
        )
        _notice_conflict(person, account)
    if not (is_qualified or is_personal):
        note(person, message, account)
    return False


def _notice_conflict(person: Specialist, account: Account) -> None:
    """A СНИЛС that differs after the joining raises a case for support and changes nothing (CONTRACT.md, «Links»).

    People may have decided to live with those that are known.
    """
    if person.is_doubtful:
        person.record(facts.IdentityConflictNoticed(account=account))
