"""The service as support staff meet it: lines come in a minute apart, views follow, questions are asked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Self, cast

import msgspec

from sync_service import questions
from sync_service.adapters.memory_store import MemoryStore
from sync_service.adapters.memory_views import MemoryViews
from sync_service.aggregates.values import Account, account_stream
from sync_service.application import Application
from sync_service.messages.records import Record
from sync_service.projections.projecting import Projector
from sync_service.projections.registry import VIEWS
from tests.model import lines

if TYPE_CHECKING:
    from sync_service.event_store import EventStore
    from sync_service.projections.view import View
    from sync_service.projections.view_store import ViewStore
    from sync_service.questions.histories import History
    from sync_service.questions.plans import Plan
    from sync_service.questions.replays import Replay

ALL_VIEWS = cast("list[View]", list(VIEWS.values()))
START = datetime(2026, 3, 12, 10, 0, tzinfo=UTC)

CODE_KEY = f"code:{lines.CODE}"
MODULE_KEY = "module:m1:2025-05-12"
LINKED = (lines.link_requested(), lines.link_confirmed())
LINKED_PERSON = (
    lines.published(),
    lines.issued(),
    lines.registered("sovetnmo:s1"),
    lines.activated("sovetnmo:s1"),
    lines.completed("edu:e1"),
    *LINKED,
)
EDU = str(account_stream(Account.parse("edu:e1")))
SOVETNMO = str(account_stream(Account.parse("sovetnmo:s1")))


class Desk:
    """The application, its views, and a clock that each line moves on by a minute."""

    def __init__(self, *given: bytes, store: EventStore | None = None, views: ViewStore | None = None) -> None:
        self.now = START
        self.store = store or MemoryStore()
        self.views = views or MemoryViews(ALL_VIEWS)
        self.application = Application(self.store, lambda: self.now)
        self._projector = Projector(self.store, self.views, [(v, self.views.live(v.name)) for v in ALL_VIEWS])
        self._received = 0
        self.hears(*given)

    def hears(self, *given: bytes, catch_up: bool = True) -> Self:
        """Receive each line in a transaction of its own; the views catch up unless told not to."""
        for line in given:
            self.now += timedelta(minutes=1)
            self._received += 1
            self.application.receive([Record(line, "file:1", self._received, self._received + 1)])
        if catch_up:
            self.catch_up()
        return self

    def hears_at_once(self, *given: bytes) -> Self:
        """Receive the lines in one transaction."""
        self.now += timedelta(minutes=1)
        first = self._received + 1
        self._received += len(given)
        records = [Record(line, "file:1", place, place + 1) for place, line in enumerate(given, start=first)]
        self.application.receive(records)
        self.catch_up()
        return self

    def catch_up(self, until: int | None = None) -> None:
        """Let the views follow the log, to its head or to a position."""
        while self._projector.advance(until):
            pass

    def history(self, account: str, until: int | None = None) -> History:
        return questions.history(self.store, Account.parse(account), until)

    def plan(self, account: str) -> Plan:
        return questions.plan(self.views, self.store, Account.parse(account))

    def plan_as_of(self, account: str, until: int | None = None) -> Plan:
        return questions.plan_as_of(self.store, Account.parse(account), until)

    def replay(self, account: str) -> Replay:
        return questions.replay(self.store, self.views, Account.parse(account))


def linked_desk() -> Desk:
    """A person with an activation on sovetnmo and a module on edu, linked."""
    return Desk(*LINKED_PERSON)


def as_json(answer: object) -> Any:  # noqa: ANN401 - JSON
    """What a tool reads of an answer."""
    return msgspec.json.decode(msgspec.json.encode(answer))
