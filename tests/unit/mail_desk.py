"""The notifier as people meet it: lines come in, time passes, and a mail server that can be told how to behave."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sync_service.adapters.memory_notices import MemoryNotices
from sync_service.aggregates.values import Account
from sync_service.notices.drafting import Drafts
from sync_service.notices.notice import NoticeState
from sync_service.notices.notifier import Notifier, Wishes
from sync_service.notices.planning import Planner
from sync_service.notices.sending import Sender
from tests.model import lines
from tests.unit.support_desk import Desk

if TYPE_CHECKING:
    from sync_service.notices.mailing import Mail
    from sync_service.notices.notice import Marks, Notice, NoticeBook

MAY = datetime(2025, 5, 20, 9, 0, tzinfo=UTC)
"""A few days after the activities of `tests.model.lines`."""
KNOWN = (
    lines.published(),
    lines.published("m1", "module"),
    lines.issued(),
    lines.registered("sovetnmo:s1"),
    lines.registered("edu:e1"),
)
RETRY_AFTER_S = (60.0, 300.0)


class FakeMailer:
    """Takes mails, or raises what it was told to, once for each telling; fits Mailer."""

    def __init__(self) -> None:
        self.taken: list[Mail] = []
        self.troubles: list[BaseException] = []
        self.refused_for_good: dict[str, BaseException] = {}

    def send(self, mail: Mail) -> None:
        if mail.to in self.refused_for_good:
            raise self.refused_for_good[mail.to]
        if self.troubles:
            raise self.troubles.pop(0)
        self.taken.append(mail)

    def probe(self) -> str:
        return "fake"

    def close(self) -> None:
        """Nothing is held open."""


class MailDesk(Desk):
    """A desk with a notifier, whose clock is the desk's."""

    def __init__(self, *given: bytes, wishes: Wishes | None = None, book: NoticeBook | None = None) -> None:
        super().__init__()
        self.now = MAY
        self.mailer = FakeMailer()
        self.book = book or MemoryNotices()
        self.wishes = wishes or Wishes(None, hold=False, gather_s=60)
        self.marks = self.starts()
        self.hears(*given)

    def starts(self) -> Marks:
        """A notifier process starts, whatever became of the one before."""
        self.planner = Planner(self.store, self.views, self.book, lambda: self.now)
        drafts = Drafts(self.views, self.book, "notices@example.org")
        self.sender = Sender(self.book, drafts, self.mailer, lambda: self.now, RETRY_AFTER_S)
        self.notifier = Notifier(self.planner, self.sender, self.wishes)
        self.marks = self.notifier.take_over()
        return self.marks

    def passes(self, **time: float) -> MailDesk:
        """So much time passes in steps of a minute, and the notifier does what there is to do."""
        until = self.now + timedelta(**time)
        while True:
            while self.notifier.turn(self.marks, threading.Event()):
                pass
            if self.now >= until:
                return self
            self.now = min(until, self.now + timedelta(minutes=1))

    @property
    def mails(self) -> list[tuple[str, str]]:
        """To whom mails went, and what they are about."""
        return [(mail.to, mail.subject) for mail in self.mailer.taken]

    def notice(self, account: str, key: str) -> Notice:
        """The notice of an account about an activity."""
        return next(one for one in self.book.about([Account.parse(account)]) if one.key == key)

    def states(self) -> dict[str, int]:
        """How many notices are in each state."""
        return {state.value: count for state, count in self.book.counts().items()}


PARKED = [NoticeState.PARKED]
