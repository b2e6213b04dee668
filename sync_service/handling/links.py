"""What portals say of the one-time link (CONTRACT.md, «Links»)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_service.aggregates import specialist_facts as facts
from sync_service.aggregates.linking import Pair
from sync_service.aggregates.specialist_state import LinkKey
from sync_service.aggregates.values import Account, Portal, activity_stream
from sync_service.handling.accounts import note, reporter
from sync_service.handling.codes import judge_taken_again

if TYPE_CHECKING:
    from sync_service.messages.decoding import Message
    from sync_service.messages.portal_messages import LinkConfirmed, LinkDeclined, LinkRequested
    from sync_service.unit_of_work import UnitOfWork

    Said = facts.LinkRequested | facts.LinkConfirmed | facts.LinkDeclined


def requested(work: UnitOfWork, message: Message, body: LinkRequested) -> bool:
    """The edu account asks to be linked with a sovetnmo account."""
    return _hear(
        work,
        message,
        facts.LinkRequested(
            request_id=body.request_id,
            edu=body.account_id,
            sovetnmo=body.sovetnmo_account_id,
            at=body.requested_at,
        ),
    )


def confirmed(work: UnitOfWork, message: Message, body: LinkConfirmed) -> bool:
    """The sovetnmo portal confirms the link after its own sign-in of the same person."""
    return _hear(
        work,
        message,
        facts.LinkConfirmed(
            request_id=body.request_id, edu=body.edu_account_id, sovetnmo=body.account_id, at=body.confirmed_at
        ),
    )


def declined(work: UnitOfWork, message: Message, body: LinkDeclined) -> bool:
    """The person declined the link at sovetnmo: a fact, not a refusal of ours."""
    return _hear(
        work,
        message,
        facts.LinkDeclined(
            request_id=body.request_id,
            edu=body.edu_account_id,
            sovetnmo=body.account_id,
            at=body.declined_at,
            reason=body.reason,
        ),
    )


def _hear(work: UnitOfWork, message: Message, said: Said) -> bool:
    edu = work.person(Account(Portal.EDU, said.edu))
    sovetnmo = work.person(Account(Portal.SOVETNMO, said.sovetnmo))
    pair = Pair(edu, sovetnmo, LinkKey(said.request_id, said.edu, said.sovetnmo))
    verdict = pair.hear(said)
    account = reporter(message)
    if verdict is None:
        note(edu if account.portal is Portal.EDU else sovetnmo, message, account)
    elif pair.is_complete:
        join(work, pair)
    return verdict is not None and verdict.is_refusal


def join(work: UnitOfWork, pair: Pair) -> None:
    """Make the two one person, and judge again the codes that one of them had taken from the other."""
    activities = {entry.activity_id for person in (pair.edu, pair.sovetnmo) for entry in person.entries.values()}
    work.preload(map(activity_stream, activities))
    pair.join(work.activity)
    judge_taken_again(work, pair.edu)
