"""Stores of the embedded PostgreSQL for tests: places to open them in, processes that open them, and a killer."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

from sync_service.adapters.embedded_postgres import open_store, stop_store
from sync_service.adapters.embedded_postgres_directory import (
    open_directory,
)
from sync_service.adapters.embedded_postgres_server import postmaster_pid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    MakePlace = Callable[..., Path]


PROJECT = Path(__file__).resolve().parents[2]
SHORT_COMMAND = """
import sys, pathlib, psycopg
from sync_service.adapters.embedded_postgres import open_store
with psycopg.connect(open_store(pathlib.Path(sys.argv[1]))) as connection:
    print(connection.execute("SELECT current_setting('data_directory')").fetchone()[0])
"""


@pytest.fixture(scope="session")
def created_cluster(quick_directory: Path) -> Path:
    """Create a cluster once, for `make_place` to copy."""
    store = quick_directory / "created"
    open_store(store)
    assert stop_store(store)
    return open_directory(store).cluster


@pytest.fixture
def make_place(quick_path: Path, created_cluster: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MakePlace]:
    """Lend a maker of empty stores that were stopped in good order; their servers are stopped after the test."""
    monkeypatch.setenv("SYNC_PG_LINGER", "5")
    made: list[Path] = []

    def make(*parts: str) -> Path:
        place = quick_path.joinpath(*parts)
        place.mkdir(mode=0o700, parents=True)
        subprocess.run(["/bin/cp", "-a", created_cluster, place], check=True)
        made.append(place)
        return place

    yield make
    for place in made:
        stop_store(place)


@pytest.fixture
def place(make_place: MakePlace) -> Path:
    """Lend an empty store."""
    return make_place("store")


@pytest.fixture
def new_place(quick_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Lend the path of a store that is not there yet."""
    monkeypatch.setenv("SYNC_PG_LINGER", "5")
    yield quick_path / "store"
    stop_store(quick_path / "store")


def spawn(directory: Path, *prefix: str) -> subprocess.Popen[str]:
    """Start a process that opens the store, prints where its server keeps it, and ends."""
    command = [*prefix, sys.executable, "-c", SHORT_COMMAND, str(directory)]
    python_path = os.pathsep.join([str(PROJECT), os.environ.get("PYTHONPATH", "")])
    environment = {**os.environ, "PYTHONPATH": python_path}
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd="/", env=environment
    )


def outcome(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Wait for the process; return how it ended and all it said."""
    said, complained = process.communicate(timeout=60)
    return process.returncode, (said + complained).strip()


def wait_until(is_so: Callable[[], bool], seconds: float = 20) -> None:
    """Wait until it is so; fail after that many seconds."""
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "it did not come to be"
        time.sleep(0.005)


def kill_server(directory: Path) -> None:
    """Kill the postmaster with -9, and return when it is dead; its children may serve a little longer."""
    store = open_directory(directory)
    pid = postmaster_pid(store)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: postmaster_pid(store) != pid)


def one_number(conninfo: str, query: str) -> object:
    """Return the only value of the only row."""
    with psycopg.connect(conninfo) as connection:
        row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return row[0]
