"""The role `notifier`: plans what is to be told, and sends it, as long as this process is the only one that does."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import structlog

from sync_service import working

if TYPE_CHECKING:
    from sync_service.notices.notice import Marks
    from sync_service.notices.planning import Planner
    from sync_service.notices.sending import Sender
    from sync_service.projections.running import Leader, Waiting
    from sync_service.publishing import Stopping

log = structlog.get_logger(__name__)

IDLE_S = 0.5


@dataclass(frozen=True)
class Wishes:
    """What an operator has set: since when, whether to hold all mail, and how long to gather credits for one mail."""

    since: datetime | None
    hold: bool
    gather_s: float


class Notifier:
    """Tells people of their credits (DOMAIN.md, «Notices»). While mail is held, it goes on planning."""

    def __init__(self, planner: Planner, sender: Sender, wishes: Wishes) -> None:
        self._planner = planner
        self._sender = sender
        self._wishes = wishes

    def run(self, stopping: Stopping, news: Waiting, leader: Leader) -> None:
        """Go on until told to stop; the mail at hand is finished first."""
        marks: Marks | None = None
        while not stopping.is_set():
            if not leader.is_held():
                marks = None
                stopping.wait(IDLE_S)
                continue
            if marks is None:
                marks = self.take_over()
            if not self.turn(marks, stopping):
                self._sender.close()
                news.wait(IDLE_S)
        self._sender.close()

    def take_over(self) -> Marks:
        """Begin as the only one who sends: nothing can be in the hands of the mail server now."""
        marks = self._planner.begin(self._wishes.since)
        self._sender.settle_interrupted()
        working.hindered("held", "SYNC_NOTICES_HOLD" if self._wishes.hold else None)
        log.info("notifier.started", since=marks.since.isoformat(), is_held=self._wishes.hold)
        return marks

    def turn(self, marks: Marks, stopping: Stopping) -> int:
        """Plan a batch, then send what is due; 0 when there was nothing to do."""
        planned = self._planner.plan_next(marks, self._wishes.gather_s)
        return planned + (0 if self._wishes.hold else self._sender.send_due(stopping, self._wishes.gather_s))
