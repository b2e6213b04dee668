"""Sends what is planned, each mail at most once: marked before the server hears of it, and settled by its answer."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import structlog

from sync_service import working
from sync_service.notices.mailing import MailRefused, MailServerUnavailable, OutcomeUnknown
from sync_service.notices.notice import NoticeState, Why

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sync_service.aggregates.values import Account
    from sync_service.notices.drafting import Draft, Drafts
    from sync_service.notices.mailing import Mail, Mailer
    from sync_service.notices.notice import Notice, NoticeBook
    from sync_service.publishing import Stopping

log = structlog.get_logger(__name__)

MAILS_MAX = 50
CREDITS_MAX = 100
"""So many credits one mail tells of at most."""
FIRST_PAUSE_S = 1.0
PAUSE_MAX_S = 60.0


class Sender:
    """Sends due mails one after another; while the server is away it pauses, longer each time.

    Which server answer leads where: taken, `sent`; refused for now or not reached, tried again after the next of the
    delays, and parked after the last; refused for good or lost while the server had it, parked at once. A process that
    dies between the mark and the answer leaves `sending` behind, which `settle_interrupted` parks: two mails are worse
    than a question.
    """

    def __init__(
        self,
        book: NoticeBook,
        drafts: Drafts,
        mailer: Mailer,
        now: Callable[[], datetime],
        retry_after_s: Sequence[float],
    ) -> None:
        self._book = book
        self._drafts = drafts
        self._mailer = mailer
        self._now = now
        self._delays_s = retry_after_s
        self._failures = 0
        self._paused_until: datetime | None = None

    def settle_interrupted(self) -> int:
        """Park what another process was sending when it died. Only for who is alone in sending."""
        parked = self._book.park_interrupted(self._now())
        if parked:
            log.warning("notices.parked", notices=parked, reason=Why.INTERRUPTED)
        return parked

    def send_due(self, stopping: Stopping, gather_s: float) -> int:
        """Send what is due now; how many accounts were dealt with. What is due soon goes in the same mail."""
        if self._paused_until is not None and self._now() < self._paused_until:
            return 0
        accounts = self._book.due(self._now(), MAILS_MAX)
        for done, account in enumerate(accounts):
            if stopping.is_set() or not self._send_to(account, gather_s):
                return done
        return len(accounts)

    def close(self) -> None:
        """Leave the mail server until there is something to send."""
        self._mailer.close()

    def _send_to(self, account: Account, gather_s: float) -> bool:
        """Send what an account is to be told; whether the server can be talked to."""
        now = self._now()
        notices = self._book.waiting(account, now + timedelta(seconds=gather_s), CREDITS_MAX)
        draft = self._drafts.draft(account, notices, now)
        self._put_aside(draft, now)
        if draft.mail is None or not self._book.claim(draft.told, draft.mail.id, now):
            return True
        return self._deliver(draft.mail, draft.told)

    def _put_aside(self, draft: Draft, now: datetime) -> None:
        if draft.forgotten:
            self._book.forget(draft.forgotten)
        for state, groups in ((NoticeState.SKIPPED, draft.skipped), (NoticeState.PARKED, draft.parked)):
            for reason, notices in groups.items():
                self._book.leave(notices, state, now, reason)
                log.info("notices.put_aside", notices=len(notices), state=state.value, reason=reason)

    def _deliver(self, mail: Mail, notices: Sequence[Notice]) -> bool:
        attempt = max(notice.attempts for notice in notices)
        began = time.perf_counter()
        try:
            self._mailer.send(mail)
        except OutcomeUnknown:
            self._park(mail, Why.INTERRUPTED)
        except MailRefused as refusal:
            reason = f"refused_{refusal.code}"
            if refusal.is_permanent:
                self._park(mail, reason)
            else:
                self._postpone(mail, attempt, reason)
        except MailServerUnavailable as error:
            self._postpone(mail, attempt, Why.SERVER_UNREACHABLE)
            self._pause(error)
            return False
        else:
            self._book.sent(mail.id, self._now())
            working.did("mail.sent", items=len(notices), seconds=time.perf_counter() - began)
            log.info("mail.sent", mail=str(mail.id), credits=len(notices))
        if self._failures:
            self._failures, self._paused_until = 0, None
            log.info("mail_server.reached")
            working.hindered("mail_server", None)
        return True

    def _postpone(self, mail: Mail, attempt: int, reason: str) -> None:
        if attempt >= len(self._delays_s):
            self._park(mail, reason)
            return
        now = self._now()
        self._book.postpone(mail.id, now, now + timedelta(seconds=self._delays_s[attempt]), reason)
        log.info("mail.postponed", mail=str(mail.id), attempt=attempt + 1, reason=reason)

    def _park(self, mail: Mail, reason: str) -> None:
        self._book.park(mail.id, self._now(), reason)
        log.warning("mail.parked", mail=str(mail.id), reason=reason)

    def _pause(self, error: MailServerUnavailable) -> None:
        pause_s = min(FIRST_PAUSE_S * 2**self._failures, PAUSE_MAX_S)
        self._failures = min(self._failures + 1, 10)
        self._paused_until = self._now() + timedelta(seconds=pause_s)
        log.warning("mail_server.unreachable", pause_s=pause_s, reason=str(error))
        working.hindered("mail_server", str(error))
