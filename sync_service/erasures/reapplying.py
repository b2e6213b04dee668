"""Erases again whom the ledger names: a store that was restored from an older copy knows them still."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from sync_service import decisions
from sync_service.aggregates.errors import AccountErased
from sync_service.aggregates.specialist_facts import AccountNoticed
from sync_service.aggregates.values import account_stream
from sync_service.handling.erasures import keep_taken

if TYPE_CHECKING:
    from uuid import UUID

    from sync_service.aggregates.values import Account
    from sync_service.application import Application
    from sync_service.erasures.ledger import Entry, Ledger
    from sync_service.unit_of_work import UnitOfWork


class Reapplied(msgspec.Struct, frozen=True):
    """Whom the ledger names: erased again now, erased already, and not known to this store (yet).

    `codes` were theirs and free in this store: they are taken again. `linked` accounts stay: here they are one person
    with an account that nobody erased, from a link that was undone before the erasure, or came after it. It has to be
    undone first.
    """

    again: int
    already: int
    unknown: int
    codes: int
    linked: int = 0


def reapply(application: Application, ledger: Ledger) -> Reapplied:
    """Erase everybody whom the ledger names and this store knows; safe to be run again.

    Somebody whom it does not know may come back with messages that are read again: then run it once more.
    """
    again = already = unknown = codes = linked = 0
    entries = ledger.entries()
    erased = frozenset(stream for entry in entries for stream in entry.streams)
    for entry in entries:
        for stream in entry.streams:
            account = _account_of(application, stream)
            if account is None:
                unknown += 1
            elif account.is_erased:
                already += 1
            elif not _streams_of(application, account) <= erased:
                linked += 1
            elif _erase(application, account, entry):
                again += 1
            else:
                already += 1
        codes += _keep_taken(application, entry)
    return Reapplied(again, already, unknown, codes, linked)


def unfinished(application: Application, ledger: Ledger) -> list[Entry]:
    """The erasures that were stored, and interrupted before everything outside the database was cleaned."""

    def is_stored(entry: Entry) -> bool:
        accounts = [_account_of(application, stream) for stream in entry.streams]
        return all(account is not None and account.is_erased for account in accounts)

    return [entry for entry in ledger.entries() if not entry.is_done and is_stored(entry)]


def _keep_taken(application: Application, entry: Entry) -> int:
    found = [0]

    def decide(work: UnitOfWork) -> None:
        found[0] = keep_taken(work, entry.codes)

    application.act(decide)
    return found[0]


def _erase(application: Application, account: Account, entry: Entry) -> bool:
    try:
        decisions.erase(application, account, reason=entry.reason, by=entry.proposed_by, approved_by=entry.approved_by)
    except AccountErased:  # with the account that they are linked with
        return False
    return True


def _streams_of(application: Application, account: Account) -> set[UUID]:
    """Whose data would go: the streams of the accounts of one person; none if they are erased already."""
    try:
        return application.look(lambda work: {account_stream(one) for one in work.known_person(account).accounts})
    except AccountErased:  # with the account that they are linked with
        return set()


def _account_of(application: Application, stream: UUID) -> Account | None:
    events = application.store.load([stream]).get(stream, [])
    first = events[0].fact if events else None
    return first.account if isinstance(first, AccountNoticed) else None
