"""Makes of an account's planned notices the mail that they are now: what still counts, to the address of today."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from sync_service.aggregates.identifiers import named
from sync_service.notices.composing import CycleRow, compose
from sync_service.notices.mailing import Mail, usable_address
from sync_service.notices.notice import Notice, NoticeState, Why
from sync_service.notices.planning import DIRECTORY, PLAN, AccountRow, Credit
from sync_service.projections.directory import ACCOUNTS
from sync_service.projections.learning_plan import CYCLES, ENTRIES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from sync_service.aggregates.values import Account
    from sync_service.notices.notice import NoticeBook
    from sync_service.projections.view_store import ViewStore

_HANDED_OVER = frozenset((NoticeState.SENDING, NoticeState.SENT, NoticeState.PARKED))


class Draft(msgspec.Struct):
    """What becomes of some planned notices: the mail with those it tells of, and the others by what happens to them."""

    mail: Mail | None = None
    told: list[Notice] = []
    forgotten: list[Notice] = []
    skipped: dict[str, list[Notice]] = {}
    parked: dict[str, list[Notice]] = {}


class Drafts:
    """Looks up what a mail needs when it is about to be sent, so that nothing personal is kept with the notices."""

    def __init__(self, views: ViewStore, book: NoticeBook, sender: str) -> None:
        self._views = views
        self._book = book
        self._sender = sender

    def draft(self, account: Account, notices: Sequence[Notice], now: datetime) -> Draft:
        """The mail to the account about what still counts of these notices, which are all its own."""
        found = self._views.find(DIRECTORY, ACCOUNTS.name, portal=account.portal.value, account_id=account.account_id)
        if not found:
            return Draft(parked={Why.NO_ADDRESS: list(notices)})
        holder = msgspec.convert(found[0], AccountRow)
        if holder.is_closed:
            return Draft(skipped={Why.ACCOUNT_CLOSED: list(notices)})
        draft, credited = self._counted(holder, notices)
        if not draft.told:
            return draft
        address = usable_address(holder.email) if holder.email else None
        if address is None:
            why = Why.ADDRESS_UNUSABLE if holder.email else Why.NO_ADDRESS
            draft.parked, draft.told = {why: draft.told}, []
            return draft
        draft.mail = self._mail(address, holder, credited, [notice.id for notice in draft.told], now)
        return draft

    def _counted(self, holder: AccountRow, notices: Sequence[Notice]) -> tuple[Draft, list[Credit]]:
        """Which of the notices still tell of something, and nobody told the person of it at another account."""
        rows = self._views.find(PLAN, ENTRIES.name, owner=holder.owner)
        entries = {row.activity_key: row for row in msgspec.convert(rows, list[Credit])}
        others = self._elsewhere(holder)
        draft, credited = Draft(), []
        for notice in notices:
            credit = entries.get(notice.key)
            if credit is None or not credit.is_counted:
                draft.forgotten.append(notice)
            elif _is_told_elsewhere(notice, credit, others.get(notice.key, ())):
                draft.skipped.setdefault(Why.TOLD_OTHERWISE, []).append(notice)
            else:
                draft.told.append(notice)
                credited.append(credit)
        return draft, credited

    def _elsewhere(self, holder: AccountRow) -> dict[str, list[Notice]]:
        """The notices of the person's other account, by key."""
        rows = self._views.find(DIRECTORY, ACCOUNTS.name, owner=holder.owner)
        accounts = [row.account for row in msgspec.convert(rows, list[AccountRow])]
        found: dict[str, list[Notice]] = {}
        for notice in self._book.about([account for account in accounts if account != holder.account]):
            found.setdefault(notice.key, []).append(notice)
        return found

    def _mail(
        self, address: str, holder: AccountRow, credited: Sequence[Credit], notices: Sequence[UUID], now: datetime
    ) -> Mail:
        cycles = msgspec.convert(self._views.find(PLAN, CYCLES.name, owner=holder.owner), list[CycleRow])
        said = compose(holder.portal, credited, cycles)
        mail = named(f"mail:{','.join(sorted(map(str, notices)))}")
        return Mail(mail, holder.owner, self._sender, address, said.subject, said.text, said.html, now)


def _is_told_elsewhere(notice: Notice, credit: Credit, others: Sequence[Notice]) -> bool:
    """Whether the person's other account has the telling: both recorded the key before they were linked."""
    if any(other.state in _HANDED_OVER and not other.lacks_address for other in others):
        return True
    return credit.cause != notice.cause and any(other.state is NoticeState.PLANNED for other in others)
