"""What portals answer to replicas: applied, refused (CONTRACT.md, «Replicas»)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_service.aggregates import replicating
from sync_service.handling.accounts import note, reporter

if TYPE_CHECKING:
    from sync_service.messages.decoding import Message
    from sync_service.messages.portal_messages import ReplicaApplied, ReplicaRefused
    from sync_service.unit_of_work import UnitOfWork


def applied(work: UnitOfWork, message: Message, body: ReplicaApplied) -> bool:
    """The portal shows the replica."""
    account = reporter(message)
    person = work.person(account)
    if not replicating.applied(person, account, body.activity_key, body.applied_at, remote_ref=body.remote_ref):
        note(person, message, account, body.activity_key)
    return False


def refused(work: UnitOfWork, message: Message, body: ReplicaRefused) -> bool:
    """The portal has the activity already, will not show it, or cannot for now: a fact, not a refusal of ours."""
    account = reporter(message)
    person = work.person(account)
    key, at = body.activity_key, body.refused_at
    if body.reason == "duplicate":
        is_new = replicating.applied(person, account, key, at, duplicate=True)
    elif body.reason == "rejected":
        is_new = replicating.rejected(person, account, key, at, body.detail)
    else:
        is_new = replicating.deferred(person, account, key, at, body.detail)
    if not is_new:
        note(person, message, account, key)
    return False
