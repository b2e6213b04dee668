"""A rebuild of all views while messages come in, people read, and processes are killed: nobody notices anything."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from itertools import count
from typing import TYPE_CHECKING, Self

import pytest

from sync_service.adapters.postgres_signals import Leadership
from sync_service.aggregates.values import Account
from sync_service.projections.rebuild_orders import LEADER, Act, OrderState
from sync_service.projections.registry import VIEWS
from sync_service.projections.view_store import GenerationState
from sync_service.questions.plans import plan
from tests.integration.rebuild_site import RebuildSite
from tests.integration.test_operations_on_postgres import life, prepare

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.real_postgres import Databases

pytestmark = pytest.mark.slow

PATIENCE_S = 120


@pytest.fixture
def site(databases: Databases) -> Iterator[RebuildSite]:
    """A service with a life behind it."""
    with databases.fresh(databases.template("site", prepare)) as conninfo:
        made = RebuildSite(conninfo)
        made.receive(life(1_000))
        made.catch_up()
        yield made
        made.database.close()


def wait_until(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not happened():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


class Readers:
    """Threads that read whole plans all the time, and compare each with what it may be."""

    def __init__(self, site: RebuildSite, accounts: list[Account], number: int) -> None:
        self.errors: list[BaseException] = []
        self.reads = 0
        self._site, self._accounts = site, accounts
        self._stopping = threading.Event()
        self._threads = [threading.Thread(target=self._read, args=(at,)) for at in range(number)]
        self._guard = threading.Lock()

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    def _read(self, at: int) -> None:
        most: dict[Account, int] = {}
        try:
            for turn in count(at):
                if self._stopping.is_set():
                    return
                account = self._accounts[turn % len(self._accounts)]
                found = plan(self._site.views, self._site.store, account)
                # what was recorded is never unrecorded: fewer entries would be a view that is half filled
                assert len(found.entries) >= most.get(account, 1), account
                most[account] = len(found.entries)
                with self._guard:
                    self.reads += 1
        except BaseException as error:  # noqa: BLE001 - told to the test
            self.errors.append(error)


def some_accounts(site: RebuildSite, number: int) -> list[Account]:
    """Accounts that have entries in their plans."""
    owners = {row["owner"] for row in site.views.find("learning_plan", "entries")}
    rows = [row for row in site.views.find("directory", "accounts") if row["owner"] in owners]
    return [Account.parse(f"{row['portal']}:{row['account_id']}") for row in rows[:number]]


def test_all_views_are_rebuilt_and_switched_again_and_again_while_messages_flow_and_nobody_notices(
    site: RebuildSite,
) -> None:
    lines, flowing = life(8_000)[1_000:], threading.Event()
    began = site.store.head()

    def flow() -> None:
        for start in range(0, len(lines), 10):
            if flowing.is_set():
                return
            site.receive(lines[start : start + 10])
            time.sleep(0.1)

    inflow = threading.Thread(target=flow)
    with Readers(site, some_accounts(site, 12), 2) as readers, site.running():
        inflow.start()
        for round_ in (1, 2):
            site.ask(*VIEWS)
            wait_until(lambda: all(site.order(view).state is OrderState.READY for view in VIEWS))
            for view in VIEWS:
                comparison = site.order(view).comparison
                assert comparison is not None, view
                assert comparison.is_equal, (view, comparison)
                site.act(view, Act.SWITCH)
            wait_until(lambda: all(site.order(view).state is OrderState.SWITCHED for view in VIEWS))
            assert inflow.is_alive(), "there was an inflow all the time"
            assert readers.errors == [], round_
        assert site.store.head() > began
        flowing.set()
        inflow.join()
        reads = readers.reads
        wait_until(lambda: readers.reads > reads + 20)
    assert readers.errors == []
    site.catch_up()
    assert_equal_to_the_byte_at_one_position(site)
    assert site.check().ok


def assert_equal_to_the_byte_at_one_position(site: RebuildSite) -> None:
    """The old generations, brought to where the new ones stand, have the same digests."""
    for view in VIEWS:
        live = site.views.live(view)
        new = site.views.tally(live)
        assert site.book.ask_back(view, live.number - 1, "operator", "to compare")
        site.carry_out()
        old = site.views.live(view)
        assert (old.number, old.position) == (live.number - 1, live.position)
        assert site.views.tally(old) == new, view


CARRIER = """
import sys, time
from sync_service.adapters.postgres_signals import Leadership
from sync_service.projections import projecting
from sync_service.projections.rebuild_orders import LEADER
from tests.integration.rebuild_site import RebuildSite
projecting.BATCH_EVENTS_MAX = 200
site = RebuildSite(sys.argv[1])
leader = Leadership(site.database, LEADER)
while True:
    if not (leader.is_held() and site.carrier.turn()):
        time.sleep(0.05)
"""


def test_a_rebuild_whose_process_is_killed_goes_on_from_where_it_was(site: RebuildSite) -> None:
    def building() -> dict[str, int]:
        found = [one for one in site.views.generations() if one.state is GenerationState.BUILDING]
        return {one.view: one.position for one in found}

    site.ask("learning_plan", "code_register", "sync_health")
    kills, stood = 0, 0
    while True:
        carrier = subprocess.Popen([sys.executable, "-c", CARRIER, site.conninfo], stdout=subprocess.DEVNULL)
        wait_until(lambda: max(building().values(), default=0) > stood or carrier.poll() is not None)  # noqa: B023
        assert carrier.poll() is None
        time.sleep(0.1 * kills % 0.3)
        os.kill(carrier.pid, signal.SIGKILL)
        carrier.wait()
        kills += 1
        positions = building()
        assert len(set(positions.values())) == 1 or kills > 2, "they move together or not at all"
        assert max(positions.values()) > stood, "it went on and did not begin anew"
        stood = max(positions.values())
        if kills == 3 or stood >= site.store.head():
            break
    assert {site.order(view).generation for view in positions} == {2}
    leader = Leadership(site.database, LEADER)
    wait_until(leader.is_held)
    site.carry_out()
    leader.close()
    for view in positions:
        order = site.order(view)
        assert order.comparison is not None
        assert order.comparison.is_equal, view
        assert order.generation == 2, "the generation that the first process made"
        site.act(view, Act.SWITCH)
    site.carry_out()
    assert site.check().ok
