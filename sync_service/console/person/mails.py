"""What the person was told by e-mail: the last notice, and those that wait for somebody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_service.console.languages import said
from sync_service.notices.notice import NoticeState
from sync_service.sentences.words import Sentence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sync_service.aggregates.values import Account
    from sync_service.console.formats import Formats
    from sync_service.notices.notice import Notice, NoticeBook


def mails_told(book: NoticeBook | None, accounts: Sequence[Account], f: Formats) -> list[str]:
    """Sentences on the notices of these accounts, as they stand now; none if nothing was to be told."""
    notices = book.about(list(accounts)) if book else []
    found = []
    sent = [notice for notice in notices if notice.state is NoticeState.SENT]
    if sent:
        latest = max(notice.planned_at for notice in sent)
        credits_ = f.count(len(sent), "активности", "активностях", "активностях", "credit")
        told = Sentence(
            f"Письма отправлены: о {credits_}, последнее {f.instant(latest)}.",
            f"Mails were sent about {credits_}, the last on {f.instant(latest)}.",
        )
        found.append(said(told, f.language))
    waiting = _of(notices, NoticeState.PLANNED, NoticeState.SENDING)
    if waiting:
        found.append(said(Sentence(f"Ждут отправки: {waiting}.", f"Waiting to be sent: {waiting}."), f.language))
    parked = _of(notices, NoticeState.PARKED)
    if parked:
        told = Sentence(f"Ждут решения сотрудника: {parked}.", f"Waiting for a decision: {parked}.")
        found.append(said(told, f.language))
    return found


def _of(notices: Sequence[Notice], *states: NoticeState) -> int:
    return sum(notice.state in states for notice in notices)
