"""The keeper of an embedded PostgreSQL: a small process that stops the server some time after its last user is gone.

Started by `open_store` as `python -m sync_service.adapters.embedded_postgres_keeper DATA_DIR`. It is not the process
that happened to start the server, for that one may end, or be killed, long before the others.
"""

from __future__ import annotations

import math
import os
import sys
import time
from pathlib import Path

from sync_service.adapters.embedded_postgres_directory import (
    KEEPER_LOCK,
    USERS_LOCK,
    DataDirectory,
    EmbeddedPostgresError,
    FileLock,
    open_directory,
)
from sync_service.adapters.embedded_postgres_server import stop_server

LINGER_SECONDS = 30.0  # so that the next short command finds a warm server
TICK_SECONDS = 0.5


def linger_seconds() -> float:
    """Return how long the server stays up without users, by SYNC_PG_LINGER."""
    text = os.environ.get("SYNC_PG_LINGER", "").strip()
    try:
        seconds = float(text) if text else LINGER_SECONDS
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds < math.inf:
        raise EmbeddedPostgresError(f"SYNC_PG_LINGER must be a number of seconds, such as 30, and not {text!r}")
    return seconds


def keep(directory: DataDirectory, linger: float) -> bool:
    """Stop the server when nobody used the store for `linger` seconds; returns at once where there is a keeper.

    False if the server could not be stopped. While it stops, the users' lock is held: who opens the store then waits,
    and starts the server anew. The keeper's lock is free before that, so that the newcomer gets a keeper of its own.
    """
    place = directory.try_lock(KEEPER_LOCK)
    if place is None:
        return True
    users = None
    while users is None:
        directory.lock(USERS_LOCK).release()  # waits, without polling, until nobody shares it
        users = _still_unused_after(directory, linger)
    with users, place:
        return stop_server(directory)


def _still_unused_after(directory: DataDirectory, seconds: float) -> FileLock | None:
    """Return the users' lock, held, if nobody took it for so long; None as soon as somebody did."""
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        time.sleep(min(TICK_SECONDS, left))
        lock = directory.try_lock(USERS_LOCK)
        if lock is None:
            return None
        lock.release()
    return directory.try_lock(USERS_LOCK)


def main(arguments: list[str]) -> int:
    """Keep the data directory that is named; what goes wrong is one line in its pg.log."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m sync_service.adapters.embedded_postgres_keeper DATA_DIR\n")
        return 2
    if not Path(arguments[0]).is_dir():
        return 0  # deleted meanwhile: its server notices that by itself, within a minute
    try:
        stopped = keep(open_directory(Path(arguments[0])), linger_seconds())
    except FileNotFoundError:
        return 0
    except (EmbeddedPostgresError, OSError) as error:
        sys.stderr.write(f"keeper: {error}\n")
        return 1
    if not stopped:
        sys.stderr.write("keeper: the server does not stop; the next one that opens the store starts another keeper\n")
    return 0 if stopped else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
