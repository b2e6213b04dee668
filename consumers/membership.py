"""How a process joins a consumer group, as settings; what they mean to Kafka's client."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

FETCH_BYTES_MAX = 16 * 1024 * 1024
RECONNECT_BACKOFF_MAX_MS = 2_000


class Membership(msgspec.Struct, frozen=True, kw_only=True):
    """Where to join, as which group, how patiently, and with which of the client's own options.

    `session_timeout_ms` is how long a member that was killed keeps its partitions; a stalled member that comes
    back after it does no harm, because stored positions tell its records for repeats. Security is set by
    `client_options`, which go to the client as they are.
    """

    bootstrap: str
    group: str = "sync-service"
    connect_timeout_ms: int = 30_000
    session_timeout_ms: int = 10_000
    client_options: Mapping[str, object] = msgspec.field(default_factory=dict)

    def settings(self) -> dict[str, Any]:
        """Give the client's settings: positions are not its business, so it neither commits nor resets them."""
        return {
            "bootstrap_servers": self.bootstrap.split(","),
            "group_id": self.group,
            "bootstrap_timeout_ms": self.connect_timeout_ms,
            "session_timeout_ms": self.session_timeout_ms,
            "heartbeat_interval_ms": self.session_timeout_ms // 4,
            "reconnect_backoff_max_ms": RECONNECT_BACKOFF_MAX_MS,
            "isolation_level": "read_committed",
            "fetch_max_bytes": FETCH_BYTES_MAX,
            **self.client_options,
            "enable_auto_commit": False,
            "auto_offset_reset": "none",
        }
