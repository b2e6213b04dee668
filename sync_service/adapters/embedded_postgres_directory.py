"""The data directory of the embedded PostgreSQL: what lies in it, whose it must be, and the locks that guard it."""

from __future__ import annotations

import fcntl
import hashlib
import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Self

MAJOR_VERSION = 18
SOCKET_NAME = ".s.PGSQL.5432"
SOCKET_PATH_BYTES_MAX = 103  # of macOS; Linux takes 107

USERS_LOCK = "users.lock"  # shared by every process that uses the store, for as long as it lives
START_LOCK = "start.lock"  # held by the one process that creates the cluster or starts the server
SERVER_LOCK = "server.lock"  # inherited by the server and its children: free means that none of them is alive
KEEPER_LOCK = "keeper.lock"  # held by the keeper


class EmbeddedPostgresError(RuntimeError):
    """The embedded PostgreSQL cannot serve; the text is one line that says why and what to do."""


class FileLock:
    """A held flock: it ends when every process that inherited it has let go or died, kill -9 included."""

    def __init__(self, descriptor: int) -> None:
        """Take over an open file that is locked."""
        self._descriptor = descriptor

    def fileno(self) -> int:
        """Return the open file, to be handed to a child that shall hold the lock as well."""
        return self._descriptor

    def release(self) -> None:
        """Let go; a second call changes nothing."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __enter__(self) -> Self:
        """Hold it for the block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Let go."""
        self.release()


@dataclass(frozen=True)
class DataDirectory:
    """A checked data directory, and the user id that the server in it runs as."""

    path: Path
    server_uid: int

    @property
    def cluster(self) -> Path:
        """What PostgreSQL itself calls its data directory; the version in its name tells an upgrade is due."""
        return self.path / f"pg{MAJOR_VERSION}"

    @property
    def log(self) -> Path:
        """The log of the server, its starts and its keeper."""
        return self.path / "pg.log"

    @property
    def socket_directory(self) -> Path:
        """Where the unix socket is: `run/`, or a short path under /tmp where that one would be too long or too odd.

        The short path is named after the inode of server.lock. A server holds that file open, so that a directory
        which was deleted and made anew under a living server never meets the old one's socket.
        """
        inside = self.path / "run"
        socket = os.fsencode(inside / SOCKET_NAME)
        odd = b"," in socket or b'"' in socket or socket != str(inside / SOCKET_NAME).encode(errors="replace")
        if len(socket) <= SOCKET_PATH_BYTES_MAX and not odd:
            return inside
        lock = (self.path / SERVER_LOCK).stat()
        digest = hashlib.sha256(f"{lock.st_dev}:{lock.st_ino}".encode()).hexdigest()[:12]
        return Path(f"/tmp/sync-pg-{self.server_uid}-{digest}")  # noqa: S108 - its owner and mode are checked

    def lock(self, name: str, *, shared: bool = False) -> FileLock:
        """Hold the lock of that name; waits for it."""
        return self._lock(name, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)

    def try_lock(self, name: str, *, shared: bool = False) -> FileLock | None:
        """Hold the lock of that name if it is free now."""
        try:
            return self._lock(name, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            return None

    def open_file(self, name: str, flags: int) -> int:
        """Open a file of ours in the directory, made if it is new; a link in its place is refused with OSError.

        Root gives it to the server's user, who may be the one to open the store next time.
        """
        descriptor = os.open(self.path / name, flags | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        if os.geteuid() == 0 and os.fstat(descriptor).st_nlink == 1:  # not what else has the file's name by a hard link
            os.fchown(descriptor, self.server_uid, -1)
        return descriptor

    def make_private(self, subdirectory: Path) -> None:
        """Make a directory that is the server's alone; refuses one that somebody else put there."""
        subdirectory.mkdir(mode=0o700, exist_ok=True)
        found = subdirectory.lstat()
        if os.geteuid() == 0 and found.st_uid == 0 and stat.S_ISDIR(found.st_mode):
            os.chown(subdirectory, self.server_uid, -1, follow_symlinks=False)
            found = subdirectory.lstat()
        if found.st_uid != self.server_uid or not stat.S_ISDIR(found.st_mode) or found.st_mode & 0o077:
            raise EmbeddedPostgresError(
                f"{subdirectory} must be a directory of user id {self.server_uid} with mode 0700: remove it"
            )

    def _lock(self, name: str, operation: int) -> FileLock:
        descriptor = self.open_file(name, os.O_RDWR)
        try:
            fcntl.flock(descriptor, operation)
        except BaseException:
            os.close(descriptor)
            raise
        return FileLock(descriptor)


def open_directory(data_dir: Path) -> DataDirectory:
    """Make the directory if it is new, check whose it is, and say which user its server runs as.

    Raises EmbeddedPostgresError where it belongs to somebody who is not trusted, and OSError where it cannot be made.
    """
    path = Path(os.path.realpath(data_dir.expanduser()))
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    _check_owner(path)
    directory = DataDirectory(path, _server_uid(path / f"pg{MAJOR_VERSION}"))
    os.close(directory.open_file(SERVER_LOCK, os.O_RDWR))  # socket_directory asks for its inode
    return directory


def user_name(uid: int) -> str | None:
    """Return the name of a user of this machine; None where the id has none, as in some containers."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return None


def _check_owner(path: Path) -> None:
    """Refuse a directory in which another user could lay traps: links in place of our files."""
    found, me = path.stat(), os.geteuid()
    trusted = {0, me} if me or "SYNC_PG_USER" not in os.environ else {0, _configured_uid()}
    if found.st_uid not in trusted:
        raise EmbeddedPostgresError(
            f"the data directory {path} belongs to user id {found.st_uid}: run as that user, "
            "name another SYNC_DATA_DIR, or set SYNC_DATABASE_URL"
        )
    foreign_group = me == 0 and found.st_gid != 0
    if found.st_mode & (stat.S_IWOTH | (stat.S_IWGRP if foreign_group else 0)):
        raise EmbeddedPostgresError(
            f"others may write in the data directory {path}: name a directory inside it as SYNC_DATA_DIR, "
            "take that right away (chmod go-w), or set SYNC_DATABASE_URL"
        )


def _server_uid(cluster: Path) -> int:
    """Choose the server's user: oneself; under root, who owns the cluster already, else SYNC_PG_USER (nobody)."""
    me, owner = os.geteuid(), cluster.stat().st_uid if cluster.exists() else None
    wanted = me or owner or _configured_uid()
    if user_name(wanted) is None:
        raise EmbeddedPostgresError(
            f"PostgreSQL needs a user with a name, and user id {wanted} has none here: set SYNC_DATABASE_URL"
        )
    if owner is not None and owner != wanted:
        raise EmbeddedPostgresError(
            f"{cluster} belongs to user id {owner}, but the server would run as {wanted}: "
            f"run as user id {owner}, give it to the other (chown -R), or set SYNC_DATABASE_URL"
        )
    return wanted


def _configured_uid() -> int:
    """Return the id of the user that root lets the server run as, by SYNC_PG_USER."""
    name = os.environ.get("SYNC_PG_USER", "nobody")
    try:
        uid = pwd.getpwnam(name).pw_uid
    except KeyError:
        uid = 0
    if uid == 0:
        raise EmbeddedPostgresError(
            f"PostgreSQL does not run as root, and {name!r} is no ordinary user here: "
            "name one in SYNC_PG_USER, or set SYNC_DATABASE_URL"
        )
    return uid
