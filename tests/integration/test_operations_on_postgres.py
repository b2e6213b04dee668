"""Rebuilds, the check and the reminders on a real PostgreSQL: what operators rely on, and that the check can fail."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import psycopg
import pytest

from simulation.bulk import bulk
from sync_service.adapters.postgres_database import Database
from sync_service.adapters.postgres_signals import Leadership, News
from sync_service.adapters.postgres_store import PostgresStore
from sync_service.adapters.postgres_views import PostgresViews
from sync_service.application import Application
from sync_service.checking import Verdict, check
from sync_service.messages.records import Record
from sync_service.projections.rebuilding import NothingToSwitchTo, Rebuild, take_back
from sync_service.projections.registry import VIEWS
from sync_service.projections.running import ProjectionRunner
from sync_service.replication import Replicator
from tests.master_key import MASTER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.real_postgres import Databases

START = datetime.now(UTC)
DELAYS_S = (60.0, 300.0, 3600.0)


class Site:
    """A service on one database, with a clock that tests move."""

    def __init__(self, conninfo: str, database: Database | None = None) -> None:
        self.conninfo = conninfo
        self.database = database or Database(conninfo, master=MASTER)
        self.store = PostgresStore(self.database)
        self.views = PostgresViews(self.database, VIEWS.values())
        self.now = START
        self.application = Application(self.store, lambda: self.now)
        self.replicator = Replicator(self.application, self.views, lambda: self.now, DELAYS_S)
        self._offset = 0

    def receive(self, lines: list[bytes]) -> None:
        """Receive lines in polls of 200."""
        for start in range(0, len(lines), 200):
            poll = lines[start : start + 200]
            records = [Record(line, "file:x", self._offset + at, self._offset + at + 1) for at, line in enumerate(poll)]
            self._offset += len(poll)
            self.application.receive(records)

    def catch_up(self) -> None:
        """Bring the views up to date."""
        leader = Leadership(self.database, "projections")
        assert ProjectionRunner(self.store, self.views, VIEWS, leader).catch_up(self.store.head())
        leader.close()

    def check(self) -> Verdict:
        """Verify everything."""
        self.catch_up()
        return check(self.store, self.views, VIEWS)

    def execute(self, statement: str) -> int:
        """Meddle with the database behind the service's back; how many rows were touched."""
        with psycopg.connect(self.conninfo, autocommit=True) as connection:
            return connection.execute(statement.encode()).rowcount

    def waiting(self) -> list[tuple[str, int]]:
        """The waiting replicas and how often they were asked for."""
        self.catch_up()
        rows = self.views.find("replica_ledger", "replicas", is_waiting=True)
        return sorted((row["activity_key"], row["asked"]) for row in rows)


def prepare(conninfo: str) -> None:
    database = Database(conninfo, master=MASTER)
    PostgresStore(database).migrate()
    PostgresViews(database, VIEWS.values()).migrate()
    database.close()


def life(messages: int) -> list[bytes]:
    return [line for _, _, line in bulk(5, messages, messages // 20, 0.6)]


@contextmanager
def site_of(databases: Databases) -> Iterator[Site]:
    with databases.fresh(databases.template("site", prepare)) as conninfo:
        site = Site(conninfo)
        yield site
        site.database.close()


@pytest.fixture
def site(databases: Databases) -> Iterator[Site]:
    """A service with nothing in it."""
    with site_of(databases) as made:
        yield made


@pytest.fixture
def busy(site: Site) -> Site:
    """A service with a life behind it."""
    site.receive(life(1_200))
    site.catch_up()
    return site


def breaches(verdict: Verdict) -> set[int]:
    return {breach.promise for breach in verdict.breaches}


def test_a_store_that_nobody_meddled_with_keeps_every_promise(busy: Site) -> None:
    verdict = busy.check()
    assert verdict.ok
    counts = verdict.messages
    assert counts.received == 1_200 == counts.stored + counts.repeats + counts.parked
    assert all(tally.position == tally.head for tally in verdict.projections.values())


def test_an_empty_store_keeps_every_promise(site: Site) -> None:
    assert site.check().ok


@pytest.mark.parametrize(
    ("meddling", "promise"),
    [
        ("DELETE FROM sync_messages WHERE message = (SELECT min(message::text)::uuid FROM sync_messages)", 1),
        ("UPDATE sync_places SET received = received + 1", 1),
        ("DELETE FROM sync_events WHERE notification_id = (SELECT min(notification_id) FROM sync_events)", 1),
        (
            (
                "UPDATE view_learning_plan_1.entries SET completed_on = completed_on + 1"
                " WHERE activity_key = (SELECT min(activity_key) FROM view_learning_plan_1.entries)"
            ),
            6,
        ),
        (
            (
                "DELETE FROM view_code_register_1.attempts"
                " WHERE ctid = (SELECT min(ctid) FROM view_code_register_1.attempts)"
            ),
            6,
        ),
        ("UPDATE view_sync_health_1.counts SET events = events + 1 WHERE type = 'code.attempted.v1'", 6),
        (
            (
                "UPDATE sync_events SET state = set_byte(state, 30, get_byte(state, 30) # 1) WHERE notification_id ="
                " (SELECT max(notification_id) FROM sync_events WHERE topic = 'code.attempted.v1')"
            ),
            1,
        ),
        (
            (
                "UPDATE sync_events SET state ="
                " (SELECT state FROM sync_events WHERE topic = 'code.attempted.v1' LIMIT 1) WHERE notification_id ="
                " (SELECT max(notification_id) FROM sync_events WHERE topic = 'code.attempted.v1')"
            ),
            1,
        ),
    ],
    ids=[
        "message gone",
        "received too many",
        "event gone",
        "plan altered",
        "attempt gone",
        "count altered",
        "event altered",
        "event copied",
    ],
)
def test_what_somebody_meddled_with_is_found(busy: Site, meddling: str, promise: int) -> None:
    assert busy.execute(meddling) >= 1
    assert promise in breaches(busy.check())


@pytest.mark.parametrize("view", sorted(VIEWS))
def test_a_rebuilt_view_is_equal_and_can_be_switched_to_and_back(busy: Site, view: str) -> None:
    before = busy.views.tally(busy.views.live(view))
    rebuild = Rebuild(busy.store, busy.views, VIEWS[view])
    rebuild.fill()
    assert rebuild.compare().is_equal
    rebuild.switch()
    assert busy.views.live(view).number == 2
    assert busy.views.tally(busy.views.live(view)) == before
    busy.receive(life(1_400)[1_200:])
    busy.catch_up()
    take_back(busy.store, busy.views, VIEWS[view])
    assert busy.views.live(view).number == 1
    assert busy.check().ok


def test_a_view_that_was_never_rebuilt_has_nothing_to_go_back_to(site: Site) -> None:
    with pytest.raises(NothingToSwitchTo):
        take_back(site.store, site.views, VIEWS["directory"])


def test_a_comparison_names_the_rows_that_differ(busy: Site) -> None:
    busy.execute("UPDATE view_directory_1.accounts SET is_closed = NOT is_closed WHERE portal = 'edu'")
    rebuild = Rebuild(busy.store, busy.views, VIEWS["directory"])
    rebuild.fill()
    comparison = rebuild.compare()
    assert comparison.differing > 0 == comparison.only_in_live == comparison.only_in_other
    assert {(one.key["portal"], *one.columns) for one in comparison.examples} == {("edu", "is_closed")}
    rebuild.discard()
    assert busy.views.live("directory").number == 1


def test_rebuilds_and_checks_agree_while_messages_flow(busy: Site) -> None:
    lines = life(2_600)[1_200:]
    flowing = threading.Thread(target=lambda: busy.receive(lines))
    stopping = threading.Event()
    leader = Leadership(busy.database, "projections")
    runner = ProjectionRunner(busy.store, busy.views, VIEWS, leader)
    news = News(busy.database)
    projecting = threading.Thread(target=lambda: runner.run(stopping, news))
    projecting.start()
    flowing.start()
    rounds = 0
    while flowing.is_alive() or rounds == 0:
        for name in ("learning_plan", "code_register", "sync_health"):
            rebuild = Rebuild(busy.store, busy.views, VIEWS[name])
            rebuild.fill()
            assert rebuild.compare().is_equal
            rebuild.switch()
        rounds += 1
    flowing.join()
    stopping.set()
    projecting.join()
    news.close()
    leader.close()
    assert busy.check().ok


def test_unanswered_replicas_are_asked_for_again_with_growing_delays(busy: Site) -> None:
    waiting = busy.waiting()
    assert waiting
    assert busy.replicator.ask_again() == 0
    for asked, delay_s in enumerate((*DELAYS_S, DELAYS_S[-1]), start=1):
        busy.now += timedelta(seconds=delay_s - 5)
        assert busy.replicator.ask_again() == 0, "too early"
        busy.now += timedelta(seconds=10)
        while busy.replicator.ask_again():
            busy.catch_up()
        assert busy.waiting() == [(key, asked + 1) for key, _ in waiting]
    assert busy.check().ok


def test_one_process_at_a_time_leads(site: Site) -> None:
    first, second = Leadership(site.database, "publisher"), Leadership(site.database, "publisher")
    assert first.is_held()
    assert not second.is_held()
    assert first.is_held()
    first.close()
    assert second.is_held()
    second.close()


def test_a_killed_connection_gives_the_lead_away(site: Site) -> None:
    first, second = Leadership(site.database, "publisher"), Leadership(site.database, "publisher")
    assert first.is_held()
    site.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND pid <> pg_backend_pid()"
    )
    assert second.is_held()
    assert not first.is_held()
    second.close()


def test_a_view_whose_tables_have_another_shape_now_is_made_anew(busy: Site) -> None:
    busy.execute("UPDATE sync_views SET shape = 'of an earlier version' WHERE view = 'directory'")
    before = busy.views.tally(busy.views.live("directory"))
    busy.views.migrate()
    assert busy.views.live("directory").number == 2
    busy.catch_up()
    assert busy.views.tally(busy.views.live("directory")) == before
    busy.views.migrate()
    assert busy.views.live("directory").number == 2
