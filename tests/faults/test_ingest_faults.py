"""`ingest` on the embedded store: two at once on one file, killed in the middle, and its database killed under it."""

from __future__ import annotations

import json
import os
import signal
import time
from random import Random
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from simulation.bulk import bulk
from sync_service.adapters.embedded_postgres import open_store, stop_store
from sync_service.adapters.embedded_postgres_directory import open_directory
from sync_service.adapters.embedded_postgres_server import postmaster_pid
from sync_service.bootstrap import Service
from sync_service.settings import Settings
from tests.faults.answers import answers_of_model, answers_of_service, differences
from tests.faults.deployment import Deployment
from tests.faults.log_order import told_in_order
from tests.master_key import SECRET_KEY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

LINES = 1_500
MALFORMED = 8
BATCH_RECORDS_MAX = 20
MID_SHARE = (0.2, 0.7)
POSITION_TIMEOUT_S = 60.0
RESTARTED_COUNTS = {"received", "repeats"}
"""What a second reading may change (CONTRACT.md, «Counting»)."""


class Site:
    """An embedded store in a directory of its own, a file of messages, and commands on them."""

    def __init__(self, directory: Path) -> None:
        self.store = directory / "store"
        self.file = directory / "messages.ndjson"
        self.lines = [line for _, _, line in bulk(3, LINES, 150, 0.4, malformed=MALFORMED)]
        self.file.write_bytes(b"".join(line + b"\n" for line in self.lines))
        self.deployment = Deployment(
            directory, data_dir=self.store, batch_records_max=BATCH_RECORDS_MAX, database_timeout_s=20
        )

    def ingest(self) -> dict[str, int]:
        """Ingest the file to its end, and give the counts."""
        counts: dict[str, int] = self.deployment.command("ingest", str(self.file))
        return counts

    def start(self, name: str) -> None:
        """Start to ingest the file."""
        self.deployment.start(name, "ingest", str(self.file))

    def wait_until_in_the_middle(self, chance: Random) -> int:
        """Wait until the stored position has come to some place in the middle of the file; which byte that is."""
        wanted = chance.uniform(*MID_SHARE) * self.file.stat().st_size
        deadline = time.monotonic() + POSITION_TIMEOUT_S
        while (position := self._position()) < wanted:
            assert time.monotonic() < deadline, f"the position is {position}"
            time.sleep(0.005)
        return position

    def assert_as_if_undisturbed(self) -> dict[str, Any]:
        """The verdict, which is clean; every answer is the model's for the lines in the order of the file."""
        verdict: dict[str, Any] = self.deployment.command("check", "--json")
        assert verdict["ok"], verdict["breaches"]
        world = told_in_order([], self.lines)
        service = Service(Settings(data_dir=self.store, master_key=SECRET_KEY))
        found = answers_of_service(service, verdict)
        service.database.close()
        expected = answers_of_model(world)
        for counted in (expected["counts"], found["counts"]):
            for name in RESTARTED_COUNTS:
                del counted[name]
        assert not differences(expected, found)
        return verdict

    def _position(self) -> int:
        try:
            with psycopg.connect(open_store(self.store)) as connection:
                row = connection.execute("SELECT max(next_offset) FROM sync_places").fetchone()
        except psycopg.errors.UndefinedTable:
            return 0
        return int(row[0] or 0) if row else 0


@pytest.fixture
def site(quick_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A new store; its server is stopped after the test."""
    monkeypatch.setenv("SYNC_PG_LINGER", "5")
    site = Site(quick_path)
    with site.deployment:
        yield site
    stop_store(site.store)


def test_two_at_once_on_one_file_count_it_once(site: Site, tell: Callable[[str], None]) -> None:
    begun = time.monotonic()
    for name in ("first", "second"):
        site.start(name)
    assert [site.deployment.wait(name) for name in ("first", "second")] == [0, 0]
    counts = [json.loads(site.deployment.said(name)) for name in ("first", "second")]
    verdict = site.assert_as_if_undisturbed()
    assert verdict["messages"]["received"] == LINES
    for name, total in verdict["messages"].items():
        assert sum(each[name] for each in counts) == total, name
    tell(f"{LINES} lines, received {[each['received'] for each in counts]}; {time.monotonic() - begun:.0f} s")


def test_one_that_was_killed_in_the_middle_is_completed_by_the_next(site: Site, tell: Callable[[str], None]) -> None:
    begun = time.monotonic()
    site.start("killed")
    position = site.wait_until_in_the_middle(Random(1))
    site.deployment.kill("killed")
    site.start("completed")
    assert site.deployment.wait("completed") == 0
    counts = json.loads(site.deployment.said("completed"))
    verdict = site.assert_as_if_undisturbed()
    assert 0 < counts["received"] < LINES
    assert verdict["messages"]["received"] == LINES
    tell(f"killed at byte {position} of {site.file.stat().st_size}; {time.monotonic() - begun:.0f} s")


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.faults) for seed in range(2, 7))])
def test_one_whose_database_is_killed_goes_on_or_says_so_in_one_line(
    site: Site, tell: Callable[[str], None], seed: int
) -> None:
    begun = time.monotonic()
    site.start("bereft")
    site.wait_until_in_the_middle(Random(seed))
    pid = postmaster_pid(open_directory(site.store))
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    exit_code = site.deployment.wait("bereft")
    said = site.deployment.said("bereft").strip()
    if exit_code:
        assert (exit_code, said.count("\n"), "Traceback" in said) == (1, 0, False), said
    site.ingest()
    verdict = site.assert_as_if_undisturbed()
    assert verdict["messages"]["received"] == LINES
    tell(f"it {'said ' + said if exit_code else 'went on'}; {time.monotonic() - begun:.0f} s")
