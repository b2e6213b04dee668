"""Which rule handles which message, and which streams a message is going to touch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sync_service.aggregates.errors import CodeMalformed
from sync_service.aggregates.values import (
    Account,
    Portal,
    activity_stream,
    canonical_code,
    code_stream,
)
from sync_service.handling import accounts, catalogue, codes, completions, erased_messages, links, replicas
from sync_service.handling.accounts import PORTAL_SOURCE, reporter
from sync_service.messages import catalogue_messages, portal_messages

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from uuid import UUID

    from sync_service.messages.decoding import Message
    from sync_service.unit_of_work import UnitOfWork

    Handler = Callable[[UnitOfWork, Message, Any], bool]

HANDLERS: dict[type, Handler] = {
    portal_messages.AccountRegistered: accounts.registered,
    portal_messages.AccountChanged: accounts.changed,
    portal_messages.AccountClosed: accounts.closed,
    portal_messages.AccountReopened: accounts.reopened,
    portal_messages.CycleOpened: accounts.cycle_opened,
    portal_messages.CodeActivated: codes.activated,
    portal_messages.ModuleCompleted: completions.module_completed,
    portal_messages.ProgrammeCompleted: completions.programme_completed,
    portal_messages.LinkRequested: links.requested,
    portal_messages.LinkConfirmed: links.confirmed,
    portal_messages.LinkDeclined: links.declined,
    portal_messages.ActivityReversed: completions.reversed_,
    portal_messages.ReplicaApplied: replicas.applied,
    portal_messages.ReplicaRefused: replicas.refused,
    catalogue_messages.ActivityPublished: catalogue.published,
    catalogue_messages.ActivityWithdrawn: catalogue.withdrawn,
    catalogue_messages.CodesIssued: codes.issued,
    catalogue_messages.CodesRevoked: codes.revoked,
}


def handle(work: UnitOfWork, message: Message) -> bool:
    """Apply one message; True if its outcome is a refusal."""
    named = list(accounts_of(message))
    if any(map(work.is_erased, named)):
        erased_messages.refuse(work, message, named)
        return True
    return HANDLERS[type(message.body)](work, message, message.body)


def accounts_of(message: Message) -> Iterator[Account]:
    """The accounts that a message names, so that they can be loaded at once."""
    if message.source.startswith(PORTAL_SOURCE):
        yield reporter(message)
        if isinstance(message.body, portal_messages.LinkRequested):
            yield Account(Portal.SOVETNMO, message.body.sovetnmo_account_id)
        elif isinstance(message.body, portal_messages.LinkConfirmed | portal_messages.LinkDeclined):
            yield Account(Portal.EDU, message.body.edu_account_id)


def streams_of(message: Message) -> Iterator[UUID]:
    """The streams of codes and activities that a message names."""
    body = message.body
    for field in ("activity_id", "module_id", "programme_id"):
        named = getattr(body, field, None)
        if named:
            yield activity_stream(named)
    typed = getattr(body, "code", None)
    if typed:
        try:
            yield code_stream(canonical_code(typed))
        except CodeMalformed:
            return
