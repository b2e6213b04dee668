"""Creates the files of the embedded PostgreSQL, which it calls a cluster: they are there entirely or not at all."""

from __future__ import annotations

import os
import shutil
import subprocess
from contextlib import suppress
from typing import TYPE_CHECKING

from sync_service.adapters.embedded_postgres_directory import (
    MAJOR_VERSION,
    DataDirectory,
    EmbeddedPostgresError,
    FileLock,
)
from sync_service.adapters.embedded_postgres_programs import ENVIRONMENT, as_server_user

if TYPE_CHECKING:
    from pathlib import Path


def create_cluster(directory: DataDirectory, programs: Path, start_lock: FileLock) -> None:
    """Create the cluster beside its place, and move it there when it is whole.

    `initdb` inherits the start lock, so that one which outlives its killed parent is waited for, not disturbed.
    """
    _refuse_other_versions(directory)
    unfinished = directory.path / f"pg{MAJOR_VERSION}.new"
    if unfinished.exists():
        shutil.rmtree(unfinished)
    directory.make_private(unfinished)
    initdb = programs / "initdb"
    command = [*as_server_user(directory.server_uid, unfinished, initdb), str(initdb), "-D", str(unfinished)]
    command += ["-U", "postgres", "--auth-local=peer", "--auth-host=reject", "--no-instructions"]
    command += ["-E", "UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    made = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        cwd="/",
        env=ENVIRONMENT,
        start_new_session=True,
        pass_fds=[start_lock.fileno()],
    )
    if made.returncode:
        reason = " ".join(made.stderr.split())[-400:]
        raise EmbeddedPostgresError(
            f"PostgreSQL cannot create its files in {directory.path}: {reason} (or set SYNC_DATABASE_URL)"
        )
    unfinished.rename(directory.cluster)
    _sync_names(directory.cluster)


def _refuse_other_versions(directory: DataDirectory) -> None:
    others = sorted(directory.path.glob("pg[0-9][0-9]"))
    if others:
        raise EmbeddedPostgresError(
            f"{others[-1]} was written by another version of PostgreSQL and this release reads {MAJOR_VERSION}: "
            "use the release that wrote it, name another SYNC_DATA_DIR, or set SYNC_DATABASE_URL"
        )


def _sync_names(path: Path) -> None:
    """Make the names of a new path and its parents survive a power loss, as far as we may open them."""
    for parent in path.parents:
        with suppress(OSError):
            descriptor = os.open(parent, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
