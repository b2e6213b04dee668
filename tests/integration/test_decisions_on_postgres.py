"""Decisions of people on a real PostgreSQL, one after the other and two at once; after each `check` is content."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING

import pytest

from sync_service import decisions, questions
from sync_service.adapters.postgres_database import Database
from sync_service.adapters.postgres_signals import Leadership
from sync_service.adapters.postgres_store import PostgresStore
from sync_service.adapters.postgres_views import PostgresViews
from sync_service.aggregates.errors import ProposalClosed
from sync_service.aggregates.specialist_facts import MessageNoted
from sync_service.aggregates.values import Account
from sync_service.application import ALONE_AFTER, Application
from sync_service.checking import check
from sync_service.decisions import Decision, Kind, ProposalState
from sync_service.messages.records import Record
from sync_service.projections.registry import VIEWS
from sync_service.projections.running import ProjectionRunner
from tests.master_key import MASTER
from tests.model import lines
from tests.unit.decision_desk import MISMATCH
from tests.unit.support_desk import CODE_KEY, LINKED_PERSON, MODULE_KEY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from sync_service.unit_of_work import UnitOfWork

NOW = datetime(2026, 3, 12, tzinfo=UTC)
EDU, SOVETNMO = Account.parse("edu:e1"), Account.parse("sovetnmo:s1")
OTHERS = [line.replace(b"e1", b"e2").replace(b"s1", b"s2").replace(b"r1", b"r2") for line in MISMATCH]
MORE = (lines.completed("sovetnmo:s1", "m3"), lines.activated("edu:e1"), lines.completed("edu:e2", "m4"))


class Office:
    """A service on PostgreSQL, at which any number of people decide."""

    def __init__(self, conninfo: str) -> None:
        self.database = Database(conninfo, master=MASTER)
        self.store = PostgresStore(self.database)
        self.store.migrate()
        self.views = PostgresViews(self.database, VIEWS.values())
        self.views.migrate()
        self.received = 0

    def application(self) -> Application:
        """As another process would have one."""
        return Application(self.store, lambda: NOW)

    def hear(self, *given: bytes) -> None:
        first, self.received = self.received, self.received + len(given)
        records = [Record(line, "file:1", place, place + 1) for place, line in enumerate(given, start=first)]
        self.application().receive(records)
        self.catch_up()

    def catch_up(self) -> None:
        leader = Leadership(self.database, "projections")
        assert ProjectionRunner(self.store, self.views, VIEWS, leader).catch_up(self.store.head())
        leader.close()

    def propose(self, decision: Decision) -> UUID:
        application = self.application()
        seen = decisions.preview(application, decision).seen
        return decisions.propose(application, decision, reason="не тот человек", by="anna", expected=seen)

    def decide(self, decision: Decision) -> None:
        proposal = self.propose(decision)
        decisions.approve(self.application(), proposal, by="boris")
        self.catch_up()

    def keys(self, account: Account) -> dict[str, str]:
        plan = questions.plan(self.views, self.store, account)
        assert plan == questions.plan_as_of(self.store, account, self.store.head())
        assert questions.replay(self.store, self.views, account).equal
        return {entry.activity_key: entry.counts for entry in plan.entries}

    def verify(self) -> None:
        verdict = check(self.store, self.views, VIEWS)
        assert verdict.breaches == []


@pytest.fixture
def office(database_url: str) -> Iterator[Office]:
    made = Office(database_url)
    made.hear(*LINKED_PERSON, *OTHERS, *MORE)
    yield made
    made.database.close()


def test_every_decision_leaves_a_store_that_keeps_every_promise(office: Office) -> None:
    e2, s2 = Account.parse("edu:e2"), Account.parse("sovetnmo:s2")
    joined = office.store.head()
    office.decide(Decision(Kind.JOIN, e2, s2))
    assert decisions.cases(office.views) == ()
    office.verify()
    office.decide(Decision(Kind.UNDO_LINK, SOVETNMO))
    assert office.keys(EDU).keys() == {MODULE_KEY}
    assert office.keys(SOVETNMO).keys() == {CODE_KEY, "module:m3:2025-05-12"}
    assert len(questions.plan_as_of(office.store, EDU, joined).entries) == len({CODE_KEY, MODULE_KEY, "m3"})
    office.verify()
    office.decide(Decision(Kind.MOVE_CODE, s2, code=lines.CODE))
    assert office.keys(SOVETNMO)[CODE_KEY] == "reversed"
    assert CODE_KEY in office.keys(e2)
    office.verify()
    office.hear(lines.link_requested("r5", "e2", "s1"), lines.link_requested("r6"), lines.link_confirmed("r6"))
    decisions.reverse(office.application(), EDU, MODULE_KEY, reason="ошибка", by="anna")
    office.catch_up()
    assert office.keys(SOVETNMO)[MODULE_KEY] == "reversed"
    office.hear(lines.changed("edu:e1", snils=lines.SNILS), lines.changed("sovetnmo:s1", snils=lines.OTHER_SNILS))
    assert [case.kind for case in decisions.cases_of(office.views, decisions.cases(office.views)[0].specialist_id)] == [
        "conflict"
    ]
    office.decide(Decision(Kind.KEEP, EDU))
    assert decisions.cases(office.views) == ()
    office.verify()


def test_of_two_who_approve_at_the_same_moment_one_carries_it_out(office: Office) -> None:
    proposal = office.propose(Decision(Kind.UNDO_LINK, EDU))
    applications = [office.application(), office.application()]
    together, refused = threading.Barrier(2), []

    def approve(application: Application, name: str) -> None:
        together.wait()
        try:
            decisions.approve(application, proposal, by=name)
        except ProposalClosed:
            refused.append(name)

    threads = [
        threading.Thread(target=approve, args=pair) for pair in zip(applications, ("boris", "vera"), strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    office.catch_up()
    assert len(refused) == 1
    assert decisions.proposal(office.store, proposal).state is ProposalState.APPROVED
    assert office.keys(EDU).keys() == {MODULE_KEY}
    office.verify()


def test_a_decision_gets_through_though_somebody_else_is_always_first(office: Office) -> None:
    writer, application = office.application(), office.application()
    stopping, written, looked = threading.Event(), threading.Event(), []

    def write() -> None:
        for place in count():
            if stopping.is_set():
                return
            writer.receive([Record(lines.completed("edu:e1", f"m{100 + place}"), "file:2", place, place + 1)])
            written.set()

    def decide(work: UnitOfWork) -> None:
        person = work.known_person(EDU)
        looked.append(person.version)
        written.clear()
        written.wait(0.5)  # in vain, once others are kept out
        person.record(MessageNoted(account=EDU, message_type="decided"))

    thread = threading.Thread(target=write)
    thread.start()
    try:
        application.act(decide)
    finally:
        stopping.set()
        thread.join()
    assert len(looked) == 1 + ALONE_AFTER
    office.catch_up()
    office.verify()


def test_a_link_is_undone_while_messages_flow_in(office: Office) -> None:
    proposal = office.propose(Decision(Kind.UNDO_LINK, EDU))
    writer = office.application()
    stopping = threading.Event()

    def write() -> None:
        place = 0
        while not stopping.is_set():
            line = lines.completed("edu:e1" if place % 2 else "sovetnmo:s1", f"m{100 + place}")
            writer.receive([Record(line, "file:2", place, place + 1)])
            place += 1

    thread = threading.Thread(target=write)
    thread.start()
    try:
        decisions.approve(office.application(), proposal, by="boris")
    finally:
        stopping.set()
        thread.join()
    writer.receive([Record(lines.completed("edu:e1", "m9"), "file:3", 0, 1)])
    office.catch_up()
    assert "module:m9:2025-05-12" in office.keys(EDU)
    assert not office.keys(EDU).keys() & office.keys(SOVETNMO).keys()
    office.verify()
