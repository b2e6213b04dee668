"""Messages that name an account of somebody who was erased: refused, and nothing of them is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from sync_service.aggregates.erased_facts import MessageRefusedAsErased
from sync_service.aggregates.link_facts import LinkRefused
from sync_service.aggregates.values import ERASED, Portal, Reason, account_stream
from sync_service.handling.erasures import veiled_cause

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sync_service.aggregates.values import Account
    from sync_service.messages.decoding import Message
    from sync_service.unit_of_work import UnitOfWork


def refuse(work: UnitOfWork, message: Message, named: Sequence[Account]) -> None:
    """Refuse a message of whom it names first, or a link that another asks for with somebody erased."""
    reporter, *others = named
    if not work.is_erased(reporter):
        _refuse_link(work, message, reporter, others[0])
        return
    work.journal.caused_by(veiled_cause(f"{message.source}#{message.id}"))
    erased = MessageRefusedAsErased(portal=reporter.portal.value, message_type=message.type)
    work.specialist(account_stream(reporter)).record(erased)


def _refuse_link(work: UnitOfWork, message: Message, reporter: Account, other: Account) -> None:
    """Nobody is told as whom the erased person stands in the log: the refusal names none of it."""
    sides = {reporter.portal: reporter.account_id, other.portal: f"{ERASED}account"}
    work.person(reporter).record(
        LinkRefused(
            request_id=cast("Any", message.body).request_id,  # only links name two accounts
            edu=sides[Portal.EDU],
            sovetnmo=sides[Portal.SOVETNMO],
            reason=Reason.ACCOUNT_ERASED,
        )
    )
