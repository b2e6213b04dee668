"""How a process joins a consumer group, as settings; what they mean to Kafka's client."""

from __future__ import annotations

from typing import Any

import msgspec

from sync_service.connecting.kafka_connection import KafkaConnection

FETCH_BYTES_MAX = 16 * 1024 * 1024


class Membership(msgspec.Struct, frozen=True, kw_only=True):
    """Where to join, and as which group.

    `session_timeout_ms` is how long a member that was killed keeps its partitions; a stalled member that comes
    back after it does no harm, because stored positions tell its records for repeats.
    """

    connection: KafkaConnection
    group: str = "sync-service"
    session_timeout_ms: int = 10_000

    def settings(self) -> dict[str, Any]:
        """Give the client's settings: positions are not its business, so it neither commits nor resets them.

        Raises:
            CertificatesUnusable: a file of certificates or a password cannot be used.
        """
        return {
            **self.connection.options(),
            "group_id": self.group,
            "session_timeout_ms": self.session_timeout_ms,
            "heartbeat_interval_ms": self.session_timeout_ms // 4,
            "isolation_level": "read_committed",
            "fetch_max_bytes": FETCH_BYTES_MAX,
            "enable_auto_commit": False,
            "auto_offset_reset": "none",
            "metrics_enabled": False,
        }
