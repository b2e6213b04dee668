"""Which rule handles which message, and which streams a message is going to touch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from sync_service.aggregates.errors import CodeMalformed
from sync_service.aggregates.values import (
    Account,
    Portal,
    activity_stream,
    canonical_code,
    code_stream,
)
from sync_service.handling import accounts, catalogue, codes, completions, erased_messages, links, replicas
from sync_service.handling.accounts import reporter
from sync_service.messages import catalogue_messages, portal_messages
from sync_service.topic_names import PORTAL_OF_SOURCE

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

_PARTNERS: dict[type, Callable[[Any], Account]] = {
    portal_messages.LinkRequested: lambda body: Account(Portal.SOVETNMO, body.sovetnmo_account_id),
    portal_messages.LinkConfirmed: lambda body: Account(Portal.EDU, body.edu_account_id),
    portal_messages.LinkDeclined: lambda body: Account(Portal.EDU, body.edu_account_id),
}
"""The other account that a message names beside its own."""

_ACTIVITY_FIELDS = ("activity_id", "module_id", "programme_id")
_NAMES: dict[type, tuple[str | None, bool]] = {
    body: (next((field for field in _ACTIVITY_FIELDS if field in body.model_fields), None), "code" in body.model_fields)
    for body in (*portal_messages.PORTAL_BODIES, *catalogue_messages.CATALOGUE_BODIES)
}
"""The field in which a kind of message names an activity, and whether it may name a code."""


def handle(work: UnitOfWork, message: Message) -> bool:
    """Apply one message; True if its outcome is a refusal."""
    accounts_named = accounts_of(message)
    if any(map(work.is_erased, accounts_named)):
        erased_messages.refuse(work, message, accounts_named)
        return True
    return HANDLERS[type(message.body)](work, message, message.body)


def accounts_of(message: Message) -> tuple[Account, ...]:
    """The accounts that a message names, so that they can be loaded at once."""
    if message.source not in PORTAL_OF_SOURCE:
        return ()
    partner = _PARTNERS.get(type(message.body))
    return (reporter(message), partner(message.body)) if partner else (reporter(message),)


def streams_of(message: Message) -> Iterator[UUID]:
    """The streams of codes and activities that a message names."""
    body = message.body
    activity_field, has_code = _NAMES[type(body)]
    named = getattr(body, activity_field) if activity_field else None
    if named:
        yield activity_stream(named)
    typed = cast("Any", body).code if has_code else None
    if typed:
        try:
            yield code_stream(canonical_code(typed))
        except CodeMalformed:
            return
