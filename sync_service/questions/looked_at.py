"""What auditors ask: whose streams a text means, and every row that fits, however many there are."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import msgspec

from sync_service.aggregates.values import Account, account_stream
from sync_service.projections.directory import ACCOUNTS, Directory
from sync_service.questions.people import listed_owner

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync_service.auditing import AuditLog, AuditRow, AuditWanted
    from sync_service.projections.view_store import ViewStore

BATCH_ROWS = 1_000


def streams_meant(views: ViewStore, text: str) -> tuple[UUID, ...]:
    """The streams that a row may name for an account (`edu:ID`), or for an id; raises AccountMalformed.

    A linked person has a stream for each account, and looks were recorded of either.
    """
    try:
        return (UUID(text.strip()),)
    except ValueError:
        account = Account.parse(text.strip())
    owner = listed_owner(views, account)
    rows = views.find(Directory.name, ACCOUNTS.name, owner=owner) if owner is not None else []
    accounts = (Account.parse(f"{row['portal']}:{row['account_id']}") for row in rows)
    found = (account_stream(account), *(account_stream(one) for one in accounts), *([owner] if owner else []))
    return tuple(dict.fromkeys(found))


def every_row(log: AuditLog, wanted: AuditWanted) -> Iterator[AuditRow]:
    """Every row that fits, the newest first, fetched a thousand at a time."""
    before = wanted.before
    while True:
        rows = log.find(msgspec.structs.replace(wanted, before=before, limit=BATCH_ROWS))
        yield from rows
        if len(rows) < BATCH_ROWS:
            return
        before = rows[-1].number
