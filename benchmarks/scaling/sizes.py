"""Tells what the store takes on disk, what of that is indexes, and what its server does in the background."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from benchmarks.scaling.costs import Sizes

if TYPE_CHECKING:
    from sync_service.adapters.postgres_database import Database

NS = 1_000
_KEPT = (
    b"SELECT CASE WHEN nspname LIKE 'view\\_%%' THEN 'views' WHEN relname LIKE 'sync_events%%' THEN 'events'"
    b" WHEN relname = 'sync_messages' THEN 'messages' WHEN relname = 'sync_keys' THEN 'keys' ELSE 'others' END,"
    b" sum(pg_table_size(pg_class.oid))::bigint, sum(pg_indexes_size(pg_class.oid))::bigint"
    b" FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace"
    b" WHERE relkind = 'r' AND (nspname = 'public' OR nspname LIKE 'view\\_%%') GROUP BY 1"
)
_BACKGROUND = (
    b"SELECT pid FROM pg_stat_activity WHERE backend_type IN"
    b" ('checkpointer', 'background writer', 'walwriter', 'autovacuum launcher')"
)


class Disk:
    """The disk under a database, and the server's own helpers."""

    def __init__(self, database: Database) -> None:
        self._database = database
        with database.cursor() as cursor:
            cursor.execute(b"ALTER SYSTEM SET track_wal_io_timing = on")
            cursor.execute(b"SELECT pg_reload_conf()")

    def now(self) -> Sizes:
        """The bytes that everything takes now, and all that was ever written to the log of changes."""
        with self._database.cursor() as cursor:
            kept = {kind: (int(heap), int(index)) for kind, heap, index in cursor.execute(_KEPT).fetchall()}
            cursor.execute(b"SELECT (pg_current_wal_insert_lsn() - '0/0')::bigint")
            (wal,) = cursor.fetchone() or (0,)
        events, views = kept.get("events", (0, 0)), kept.get("views", (0, 0))
        return Sizes(
            events_heap=events[0],
            events_index=events[1],
            messages=sum(kept.get("messages", ())),
            keys=sum(kept.get("keys", ())),
            views_heap=views[0],
            views_index=views[1],
            others=sum(kept.get("others", ())),
            wal=float(wal),
        )

    def grown(self, before: Sizes, messages: int) -> Sizes:
        """What each of so many messages has added since."""
        now, then = msgspec.structs.astuple(self.now()), msgspec.structs.astuple(before)
        return Sizes(*((late - early) / messages for late, early in zip(now, then, strict=True)))

    def background_us(self) -> float:
        """The processor time that the server has spent on writing out and tidying up (µs)."""
        with self._database.cursor() as cursor:
            pids = [row[0] for row in cursor.execute(_BACKGROUND).fetchall()]
        files = [Path(f"/proc/{pid}/schedstat") for pid in pids]
        return sum(int(one.read_text().split()[0]) for one in files if one.exists()) / NS

    def flush_us(self) -> float:
        """How long one flush of the log of changes takes (µs), the mean over all that the server has timed."""
        with self._database.cursor() as cursor:
            cursor.execute(
                b"SELECT 1000 * sum(fsync_time) / nullif(sum(fsyncs), 0) FROM pg_stat_io"
                b" WHERE object = 'wal' AND backend_type = 'client backend'"
            )
            (found,) = cursor.fetchone() or (None,)
        return float(found or 0)
