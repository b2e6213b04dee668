"""Support staff who decide: a desk with two people at it, and what must hold whatever they decide."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from sync_service import decisions, questions
from sync_service.adapters.memory_views import MemoryViews
from sync_service.aggregates.values import Account
from sync_service.checking import verify_codes, verify_links
from sync_service.decisions import Decision, Kind, Preview
from sync_service.log_tally import LogTally
from sync_service.outgoing import messages_of
from sync_service.projections.projecting import Projector
from tests.model import lines
from tests.told import NAMES
from tests.unit.support_desk import ALL_VIEWS, Desk, as_json

if TYPE_CHECKING:
    from uuid import UUID

    from sync_service.projections.view_store import ViewStore

ANNA, BORIS = "Анна Орлова", "Борис Котов"
WHY = "Написал в поддержку, приложил паспорт"
MISMATCH = (
    lines.registered("edu:e1", snils=lines.SNILS),
    lines.registered("sovetnmo:s1", snils=lines.OTHER_SNILS),
    lines.link_requested(),
    lines.link_confirmed(),
)


class Told(NamedTuple):
    """One message to a portal: of what type, about which account, and what it says."""

    kind: str
    account: str
    said: dict[str, Any]


class DecisionDesk(Desk):
    """A desk where Anna proposes and Boris approves."""

    def decide(self, kind: Kind, account: str, other: str | None = None, **about: Any) -> None:  # noqa: ANN401
        self.approve(self.propose(kind, account, other, **about))

    def propose(self, kind: Kind, account: str, other: str | None = None, **about: Any) -> UUID:  # noqa: ANN401
        self.now += timedelta(minutes=1)
        return decisions.propose(self.application, decision(kind, account, other, **about), reason=WHY, by=ANNA)

    def approve(self, proposal: UUID, by: str = BORIS) -> None:
        self.now += timedelta(minutes=1)
        decisions.approve(self.application, proposal, by=by)
        self.catch_up()

    def reverse(self, account: str, key: str) -> None:
        self.now += timedelta(minutes=1)
        decisions.reverse(self.application, Account.parse(account), key, reason=WHY, by=ANNA)
        self.catch_up()

    def preview(self, kind: Kind, account: str, other: str | None = None, **about: Any) -> Preview:  # noqa: ANN401
        return decisions.preview(self.application, decision(kind, account, other, **about), reason=WHY, by=ANNA)

    def counts(self, account: str) -> dict[str, str]:
        """The verdict on each entry of an account's plan."""
        return {entry["activity_key"]: entry["counts"] for entry in as_json(self.plan(account))["entries"]}

    def accounts(self, account: str) -> set[str]:
        """The accounts of the person whose account it is."""
        return {f"{one.portal}:{one.account_id}" for one in self.history(account).accounts}

    def cases(self) -> list[tuple[str, str, str]]:
        """The open cases."""
        return [(case.kind, str(case.edu), str(case.sovetnmo)) for case in decisions.cases(self.views)]

    def told(self, after: int) -> list[Told]:
        """What portals are told because of the events after a position."""
        events = self.store.read(after, 1_000_000)
        sent = [message for event in events for message in messages_of(event, NAMES, self.store.parked_bytes)]
        return [_opened(message.topic, message.value) for message in sent]

    def verify(self, *accounts: str) -> None:
        """Hold everything against the log: promises, a rebuild, and for each account replay and the plan as of now."""
        tally = LogTally()
        for event in self.store.read(0, 1_000_000):
            tally.take(event)
        verify_codes(tally)
        verify_links(tally)
        assert tally.breaches == []
        assert digests(rebuilt(self)) == digests(self.views)
        for account in accounts:
            assert self.replay(account).differences == ()
            assert as_json(self.plan(account)) == as_json(self.plan_as_of(account, self.store.head()))


def decision(kind: Kind, account: str, other: str | None = None, **about: Any) -> Decision:  # noqa: ANN401
    return Decision(kind, Account.parse(account), Account.parse(other) if other else None, **about)


def rebuilt(desk: Desk) -> MemoryViews:
    """Every view filled anew from the whole log."""
    views = MemoryViews(ALL_VIEWS)
    projector = Projector(desk.store, views, [(view, views.live(view.name)) for view in ALL_VIEWS])
    while projector.advance():
        pass
    return views


def digests(views: ViewStore) -> dict[str, object]:
    """A digest of the rows of every view."""
    return {generation.view: views.tally(generation) for generation in views.generations()}


def owner_of(desk: Desk, code: str = lines.CODE) -> str | None:
    """By which account a code is whose."""
    owner = questions.code(desk.views, code).owner
    return f"{owner.portal}:{owner.account_id}" if owner else None


def _opened(topic: str, value: bytes) -> Told:
    event = msgspec.json.decode(value)
    portal = topic.split(".")[1]
    return Told(
        event["type"].removeprefix("ru.nmo.").removesuffix(".v1"), f"{portal}:{event['subject']}", event["data"]
    )
