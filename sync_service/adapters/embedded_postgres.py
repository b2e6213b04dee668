"""A real PostgreSQL without installation: opens the store in a data directory that the user names.

The first process that opens the store starts the server, every process shares it over a unix socket, and a keeper
(`embedded_postgres_keeper`) stops it after the last one. Everything is guarded by locks of files, which the system
frees when a process dies, so that kill -9 of any of them leaves nothing behind that the next open would trip over.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from pathlib import Path

from psycopg.conninfo import make_conninfo
from psycopg.pq import PGconn, Ping

from sync_service.adapters import embedded_postgres_keeper as keeper
from sync_service.adapters.embedded_postgres_cluster import create_cluster
from sync_service.adapters.embedded_postgres_directory import (
    KEEPER_LOCK,
    SERVER_LOCK,
    START_LOCK,
    USERS_LOCK,
    DataDirectory,
    EmbeddedPostgresError,
    FileLock,
    open_directory,
)
from sync_service.adapters.embedded_postgres_programs import find_programs
from sync_service.adapters.embedded_postgres_server import (
    in_background,
    is_running,
    last_words,
    launch,
    postmaster_pid,
    stop_server,
)

__all__ = ["EmbeddedPostgresError", "open_store", "stop_store"]

LAUNCHES_MAX = 5
START_SECONDS_MAX = 600.0  # of a server that says it is busy, such as with its log after a crash
SILENCE_SECONDS_MAX = 60.0  # of one that lives and says nothing
LET_GO_SECONDS_MAX = 1.0

_opening = threading.Lock()
_used: dict[Path, FileLock] = {}  # what this process uses, until it ends


def open_store(data_dir: Path, *, durable: bool = True) -> str:
    """Return the connection string (libpq conninfo) of the store in that directory; start its server if it is not up.

    Call it again when a connection was lost: the server may have been killed. A new directory is a new store.
    `durable=False` is for tests: a server started so is faster, and may lose its data with the machine's power.
    Raises EmbeddedPostgresError, one line that says what to do.
    """
    with _opening:
        try:
            keeper.linger_seconds()  # a wrong one is said here, not in the keeper's log
            directory = open_directory(data_dir)
            _use(directory)
            if _ping(directory) is not Ping.OK:
                _start(directory, durable=durable)
            _ensure_keeper(directory)
            return _conninfo(directory)
        except OSError as error:
            raise EmbeddedPostgresError(
                f"the data directory {data_dir} cannot hold the embedded PostgreSQL ({error}): "
                "name another SYNC_DATA_DIR, or set SYNC_DATABASE_URL"
            ) from error


def stop_store(data_dir: Path) -> bool:
    """Stop the server now instead of some time after its last user; False if another process uses the store."""
    if not data_dir.is_dir():
        return True
    directory = open_directory(data_dir)
    with _opening:
        held = _used.pop(directory.path, None)
        if held:
            held.release()
    deadline = time.monotonic() + LET_GO_SECONDS_MAX  # the keeper looks for users too, for an instant
    while (users := directory.try_lock(USERS_LOCK)) is None and time.monotonic() < deadline:
        time.sleep(0.02)
    if users is None:
        return False
    with users:
        return stop_server(directory)


def _use(directory: DataDirectory) -> None:
    """Count as a user until this process ends. The lock is always taken anew: the directory may be another by now."""
    lock = directory.lock(USERS_LOCK, shared=True)
    before = _used.get(directory.path)
    _used[directory.path] = lock
    if before:
        before.release()


def _conninfo(directory: DataDirectory) -> str:
    return make_conninfo(host=str(directory.socket_directory), user="postgres", dbname="postgres", connect_timeout=5)


def _ping(directory: DataDirectory) -> Ping:
    """Ask the server of this directory, and not an older one at the same path, how it is."""
    if not is_running(directory):
        return Ping.NO_RESPONSE
    return Ping(PGconn.ping(_conninfo(directory).encode()))


def _start(directory: DataDirectory, *, durable: bool) -> None:
    programs = find_programs()
    with directory.lock(START_LOCK) as start_lock:
        if not directory.cluster.exists():
            create_cluster(directory, programs, start_lock)
        _launch_until_it_answers(directory, programs, durable=durable)


def _launch_until_it_answers(directory: DataDirectory, programs: Path, *, durable: bool) -> None:
    launches, log_position, begun = 0, 0, time.monotonic()
    heard = begun
    while (said := _ping(directory)) is not Ping.OK:
        now = time.monotonic()
        heard = now if said is Ping.REJECT else heard
        if now - heard > SILENCE_SECONDS_MAX or now - begun > START_SECONDS_MAX:
            raise EmbeddedPostgresError(_no_answer(directory, now - begun))
        server_lock = directory.try_lock(SERVER_LOCK)
        if server_lock:  # no server is alive: none yet, or the one that was launched has ended
            with server_lock:
                if launches == LAUNCHES_MAX:
                    raise EmbeddedPostgresError(_no_start(directory, log_position))
                log_position = launch(directory, programs, server_lock, durable=durable)
            launches += 1
        time.sleep(0.3 if launches > 1 else min(0.2, 0.01 + (now - begun) / 20))


def _no_start(directory: DataDirectory, log_position: int) -> str:
    return (
        f"PostgreSQL does not start in {directory.path}: {last_words(directory, log_position)} "
        f"(the whole story is in {directory.log}; SYNC_DATABASE_URL can name another)"
    )


def _no_answer(directory: DataDirectory, seconds: float) -> str:
    return (
        f"PostgreSQL in {directory.path} (process {postmaster_pid(directory) or 'unknown'}) did not get ready in "
        f"{seconds:.0f} s: see {directory.log}; stop what still holds {SERVER_LOCK}, or set SYNC_DATABASE_URL"
    )


def _ensure_keeper(directory: DataDirectory) -> None:
    place = directory.try_lock(KEEPER_LOCK)
    if place is None:
        return
    place.release()
    package_root = str(Path(__file__).resolve().parents[2])
    python_path = os.pathsep.join(filter(None, [package_root, os.environ.get("PYTHONPATH")]))
    command = [sys.executable, "-m", keeper.__name__, str(directory.path)]
    in_background(directory, command, {**os.environ, "PYTHONPATH": python_path})
