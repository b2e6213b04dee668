"""The embedded PostgreSQL under what has gone wrong with naive ones: races, kill -9, odd directories."""

from __future__ import annotations

import os
import pwd
import signal
import stat
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

from sync_service.adapters.embedded_postgres import open_store, stop_store
from sync_service.adapters.embedded_postgres_directory import (
    KEEPER_LOCK,
    SOCKET_PATH_BYTES_MAX,
    DataDirectory,
    open_directory,
)
from sync_service.adapters.embedded_postgres_programs import as_server_user
from sync_service.adapters.embedded_postgres_server import is_running, postmaster_pid
from tests.integration.places import PROJECT, kill_server, one_number, outcome, spawn, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.integration.places import MakePlace


pytestmark = pytest.mark.timeout(120)


def test_a_new_directory_becomes_a_store_that_keeps_its_rows_over_a_stop(new_place: Path) -> None:
    with psycopg.connect(open_store(new_place)) as connection:
        connection.execute("CREATE TABLE facts AS SELECT 'Ё' AS fact")
    assert stop_store(new_place)
    assert not is_running(open_directory(new_place))
    assert one_number(open_store(new_place), "SELECT fact FROM facts") == "Ё"


def test_the_server_is_utf8_durable_private_and_orders_the_same_everywhere(place: Path) -> None:
    conninfo = open_store(place)
    settings = ("server_encoding", "fsync", "synchronous_commit", "listen_addresses", "max_connections", "TimeZone")
    shown = [one_number(conninfo, f"SELECT current_setting('{name}')") for name in settings]
    assert shown == ["UTF8", "on", "on", "", "60", "UTC"]
    assert one_number(conninfo, "SELECT datlocale FROM pg_database WHERE datname = 'postgres'") == "C.UTF-8"
    for private in (place, open_directory(place).cluster, open_directory(place).socket_directory):
        assert stat.S_IMODE(private.stat().st_mode) == 0o700
    assert {path.name for path in place.iterdir()} == {
        "pg18", "run", "pg.log", "users.lock", "start.lock", "server.lock", "keeper.lock",
    }  # fmt: skip


def test_the_log_of_the_server_quotes_no_statement_and_no_value(place: Path) -> None:
    with psycopg.connect(open_store(place), autocommit=True) as connection:
        connection.execute("CREATE TABLE people (name text PRIMARY KEY)")
        connection.execute("INSERT INTO people VALUES ('Иванова')")
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("INSERT INTO people VALUES ('Иванова')")
    assert "Иванова" not in (place / "pg.log").read_text()


def test_processes_that_open_a_new_directory_at_once_share_one_server(new_place: Path) -> None:
    openers = [spawn(new_place) for _ in range(6)]
    assert {outcome(opener) for opener in openers} == {(0, str(new_place.resolve() / "pg18"))}


def test_threads_that_open_a_directory_at_once_share_one_server(place: Path) -> None:
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(open_store(place))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == len(threads)
    assert len(set(found)) == 1


def test_nothing_acknowledged_is_lost_when_the_server_is_killed_under_load(place: Path) -> None:
    with psycopg.connect(open_store(place)) as connection:
        connection.execute("CREATE TABLE facts (id int PRIMARY KEY)")
    acknowledged: list[int] = []
    enough = threading.Event()
    writer = threading.Thread(target=write_until, args=(place, enough, acknowledged))
    writer.start()
    try:
        for _ in range(4):
            wait_for_more(acknowledged, 20)
            open_store(place)  # those may have been written by what is left of the last one
            kill_server(place)
        open_store(place)
        wait_for_more(acknowledged, 20)
    finally:
        enough.set()
        writer.join()
    with psycopg.connect(open_store(place)) as connection:
        kept = [row[0] for row in connection.execute("SELECT id FROM facts ORDER BY id")]
    assert kept == acknowledged
    assert (place / "pg.log").read_text().count("was not properly shut down") == 4


def wait_for_more(acknowledged: list[int], count: int) -> None:
    """Wait until so many more writes were acknowledged."""
    wanted = len(acknowledged) + count
    wait_until(lambda: len(acknowledged) >= wanted)


def write_until(place: Path, enough: threading.Event, acknowledged: list[int]) -> None:
    """Write number after number, and open the store again when the connection is lost."""
    while not enough.is_set():
        try:
            with psycopg.connect(open_store(place), autocommit=True) as connection:
                while not enough.is_set():
                    number = len(acknowledged)
                    connection.execute("INSERT INTO facts VALUES (%s) ON CONFLICT DO NOTHING", [number])
                    acknowledged.append(number)
        except psycopg.OperationalError:
            continue


def test_a_process_id_that_was_used_again_does_not_pass_for_the_server(place: Path) -> None:
    open_store(place)
    kill_server(place)
    pid_file = open_directory(place).cluster / "postmaster.pid"
    wait_until(lambda: not is_running(open_directory(place)))
    _, rest = pid_file.read_text().split("\n", 1)
    pid_file.write_text(f"{os.getpid()}\n{rest}")
    assert postmaster_pid(open_directory(place)) is None
    assert one_number(open_store(place), "SELECT 1") == 1


@pytest.mark.parametrize("with_initdb", [False, True], ids=["the opener alone", "the opener and initdb"])
def test_a_store_whose_creation_was_killed_is_created_by_the_next_opener(new_place: Path, with_initdb: bool) -> None:
    opener = spawn(new_place)
    wait_until(lambda: (new_place / "pg18.new" / "base").exists() or (new_place / "pg18").exists())
    opener.kill()
    opener.communicate()
    if with_initdb:
        kill_initdb(new_place)
    assert one_number(open_store(new_place), "SELECT 1") == 1
    assert not (new_place / "pg18.new").exists()


def kill_initdb(place: Path) -> None:
    """Kill with -9 every process that creates the cluster of this store."""
    wanted = os.fsencode(place.resolve() / "pg18.new")
    for pid, command in running():
        if wanted in command:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def test_a_deep_directory_with_an_odd_name_has_a_short_socket_of_its_own(make_place: MakePlace) -> None:
    deep = make_place("глубоко, " * 8, 'и "глубже" ' * 8, "store")
    conninfo = open_store(deep)
    socket = open_directory(deep).socket_directory
    assert one_number(conninfo, "SELECT current_setting('data_directory')") == str(deep.resolve() / "pg18")
    assert len(os.fsencode(socket)) < SOCKET_PATH_BYTES_MAX
    assert stat.S_IMODE(socket.stat().st_mode) == 0o700
    assert stop_store(deep)
    assert not socket.exists()


def test_a_directory_made_anew_under_a_living_server_is_a_new_store(make_place: MakePlace) -> None:
    deep = make_place("d" * 120, "store")
    with psycopg.connect(open_store(deep)) as connection:
        connection.execute("CREATE TABLE facts ()")
    old = open_directory(deep)
    old_server, old_socket = postmaster_pid(old), old.socket_directory
    deep.rename(deep.with_name("gone"))
    try:
        assert one_number(open_store(deep), "SELECT to_regclass('facts')::text") is None
        assert open_directory(deep).socket_directory != old_socket
    finally:
        os.kill(old_server or 0, signal.SIGQUIT)
        wait_until(lambda: not (old_socket / ".s.PGSQL.5432").exists())
        old_socket.rmdir()


def test_closed_parent_directories_are_passed_and_left_closed(make_place: MakePlace) -> None:
    inside = make_place("home", "store")
    home = inside.parent
    home.chmod(0o700)
    assert one_number(open_store(inside), "SELECT 1") == 1
    assert stat.S_IMODE(home.stat().st_mode) == 0o700


def test_an_ordinary_user_has_a_store_of_its_own(quick_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYNC_PG_LINGER", "0.5")
    home = quick_path / "home"
    home.mkdir(mode=0o700)
    user, prefix = os.geteuid(), list[str]()
    if user == 0:
        user = pwd.getpwnam("nobody").pw_uid
        os.chown(home, user, -1)
        prefix = as_server_user(user, home / "store", Path(sys.executable), PROJECT / "sync_service")
    store = DataDirectory((home / "store").resolve(), user)
    for _ in range(2):
        assert outcome(spawn(store.path, *prefix)) == (0, str(store.cluster))
    assert store.path.stat().st_uid == user
    wait_until(lambda: not is_running(store))


def test_the_keeper_stops_the_server_some_time_after_its_last_user(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SYNC_PG_LINGER", "0.5")
    first, second = spawn(place), spawn(place)
    assert {outcome(first)[0], outcome(second)[0]} == {0}
    store = open_directory(place)
    assert is_running(store)
    wait_until(lambda: not is_running(store))
    assert "database system is shut down" in store.log.read_text().splitlines()[-1]
    assert outcome(spawn(place))[0] == 0  # and it is started again


def test_the_keeper_leaves_the_server_to_whoever_still_uses_it(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYNC_PG_LINGER", "0.1")
    conninfo = open_store(place)
    assert outcome(spawn(place))[0] == 0
    time.sleep(0.5)
    assert one_number(conninfo, "SELECT 1") == 1


def test_a_killed_keeper_is_replaced_at_the_next_opening(place: Path) -> None:
    open_store(place)
    for _ in range(2):
        wait_until(lambda: keepers_of(place) != [])
        os.kill(keepers_of(place)[0], signal.SIGKILL)
        wait_until(lambda: keepers_of(place) == [])
        open_store(place)
    wait_until(lambda: open_directory(place).try_lock(KEEPER_LOCK) is None)


def keepers_of(place: Path) -> list[int]:
    """Return the process ids of this store's keepers."""
    wanted = os.fsencode(place.resolve())
    return [pid for pid, command in running() if command.endswith(wanted) and b"embedded_postgres_keeper" in command]


def running() -> Iterator[tuple[int, bytes]]:
    """Yield the id and the command line of every process."""
    for listed in subprocess.check_output(["/bin/ps", "-A", "-ww", "-o", "pid=,args="]).splitlines():
        pid, _, command = listed.strip().partition(b" ")
        yield int(pid), command.strip()
