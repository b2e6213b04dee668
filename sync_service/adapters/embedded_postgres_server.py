"""Starts the server of the embedded PostgreSQL in the background, tells whether it lives, and stops it."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from sync_service.adapters.embedded_postgres_directory import (
    SERVER_LOCK,
    SOCKET_NAME,
    DataDirectory,
    FileLock,
    user_name,
)
from sync_service.adapters.embedded_postgres_programs import ENVIRONMENT, as_server_user

if TYPE_CHECKING:
    from collections.abc import Mapping

LOG_BYTES_MAX = 10_000_000
LAST_WORDS_BYTES_MAX = 20_000
LAST_WORDS_LENGTH_MAX = 400
STOP_SECONDS_MAX = 60.0
SETTINGS = {
    "listen_addresses": "",  # no TCP
    "unix_socket_permissions": "0700",
    "max_connections": "60",
    "shared_buffers": "256MB",
    "dynamic_shared_memory_type": "mmap",  # /dev/shm of a container is small
    "io_method": "sync",
    # The first change of a page after a checkpoint writes the whole page to the log, and what is inserted lands all
    # over the indexes: so checkpoints are seldom (docs/decisions/0023). The log takes up to 4 GB of disk for that.
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",  # the default, 4, is for disks with moving heads
    "autovacuum_naptime": "15s",  # until it looked for the first time, a young table is read as a whole
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_logical_replication_workers": "0",
    "max_parallel_workers_per_gather": "0",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # Statements and their errors quote personal data: the log tells of the server's own life only.
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
}
DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
FAST = dict.fromkeys(DURABLE, "off")
IN_BACKGROUND = ("/bin/sh", "-c", '"$@" &', "sh")  # a grandchild leaves us no zombie and no child to wait for


def is_running(directory: DataDirectory) -> bool:
    """Whether a server, or a child of a killed one, is alive here. Process ids cannot tell: they are used again."""
    lock = directory.try_lock(SERVER_LOCK, shared=True)
    if lock:
        lock.release()
    return lock is None


def launch(directory: DataDirectory, programs: Path, lock: FileLock, *, durable: bool) -> int:
    """Start the server in the background; it and its children inherit server.lock, which the caller holds.

    Returns the place in the log where the story of this start begins.
    """
    directory.make_private(directory.socket_directory)
    # Both name a process that is gone, for server.lock was free, or one that merely got the same number.
    (directory.cluster / "postmaster.pid").unlink(missing_ok=True)
    (directory.socket_directory / f"{SOCKET_NAME}.lock").unlink(missing_ok=True)
    _write_access_rules(directory)
    if directory.log.exists() and directory.log.stat().st_size > LOG_BYTES_MAX:
        directory.log.replace(directory.path / "pg.log.old")
    log_position = directory.log.stat().st_size if directory.log.exists() else 0
    settings = SETTINGS | (DURABLE if durable else FAST)
    settings["unix_socket_directories"] = f'"{directory.socket_directory}"'
    postgres = programs / "postgres"
    command = [*as_server_user(directory.server_uid, directory.cluster, postgres), str(postgres)]
    command += ["-D", str(directory.cluster), *(f"--{name}={value}" for name, value in settings.items())]
    in_background(directory, command, ENVIRONMENT, lock)
    return log_position


def in_background(
    directory: DataDirectory, command: list[str], environment: Mapping[str, str], *inherited: FileLock
) -> None:
    """Run a command that outlives us, in a session of its own (no Ctrl-C of ours reaches it), its output in pg.log."""
    with os.fdopen(directory.open_file(directory.log.name, os.O_WRONLY | os.O_APPEND), "ab") as output:
        subprocess.run(
            [*IN_BACKGROUND, *command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            check=False,
            cwd="/",
            env=environment,
            start_new_session=True,
            pass_fds=[lock.fileno() for lock in inherited],
        )


def stop_server(directory: DataDirectory) -> bool:
    """Stop the server and wait until it is gone; False if it still lives after STOP_SECONDS_MAX seconds."""
    deadline = time.monotonic() + STOP_SECONDS_MAX
    while is_running(directory):
        if time.monotonic() > deadline:
            return False
        pid = postmaster_pid(directory)
        with suppress(ProcessLookupError):
            if pid is not None:
                os.kill(pid, signal.SIGINT)  # "fast": connections are closed, everything is written down
        time.sleep(0.05)
    if directory.socket_directory.parent != directory.path:
        with suppress(OSError):
            directory.socket_directory.rmdir()
    return True


def postmaster_pid(directory: DataDirectory) -> int | None:
    """Return the process id of this directory's living server.

    A zombie, or a process that got the same number later, has another command line.
    """
    try:
        pid = int((directory.cluster / "postmaster.pid").read_text().split("\n", 1)[0])
        if Path("/proc/self").exists():
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
        else:
            command = subprocess.check_output(["/bin/ps", "-ww", "-o", "args=", "-p", str(pid)], env=ENVIRONMENT)
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
    return pid if os.fsencode(directory.cluster) in command and b"postgres" in command else None


def last_words(directory: DataDirectory, log_position: int) -> str:
    """Why the server that was launched last ended, as the log has it from there on, in one line."""
    with directory.log.open("rb") as log:
        log.seek(log_position)
        lines = log.read(LAST_WORDS_BYTES_MAX).decode(errors="replace").splitlines()
    told = [line for line in lines if "the database system is" not in line]  # said to our own pings
    fatal = next((number for number, line in enumerate(told) if "FATAL:" in line or "PANIC:" in line), 0)
    return " ".join(" ".join(told[fatal:]).split())[:LAST_WORDS_LENGTH_MAX] or "it says nothing"


def _write_access_rules(directory: DataDirectory) -> None:
    """Let in by the socket's peer, as the role postgres, the server's user and root; nobody else.

    They are written at every start, for a user's name may change. The cluster belongs to a user whom root does not
    trust, so nothing there is followed or overwritten: each file is made anew.
    """
    users = {name for uid in (0, directory.server_uid) if (name := user_name(uid))}
    rules = {
        "pg_hba.conf": "local all all peer map=sync\n",
        "pg_ident.conf": "".join(f'sync "{user}" postgres\n' for user in sorted(users)),
    }
    for name, text in rules.items():
        path = directory.cluster / name
        path.unlink(missing_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "w") as file:
            os.fchown(descriptor, directory.server_uid, -1)
            file.write(text)
