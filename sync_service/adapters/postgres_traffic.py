"""Asks PostgreSQL what is under way, in one short statement that costs the same at any size of the store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_service.adapters.postgres_database import statements
from sync_service.operations.giving_way import Traffic
from sync_service.operations.limits import SIGHT_S

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sync_service.adapters.postgres_database import Database


class PostgresTraffic:
    """Which of these views, or the publisher, is behind in reading the log, and what is unread in these live topics.

    Fits TrafficReport. A view that an older version left behind keeps nobody waiting.
    The tables of the store, the views, and the operators have to be there.
    """

    def __init__(self, database: Database, views: Collection[str], live_topics: Sequence[str]) -> None:
        self._db = database
        self._params = {"views": list(views), "live": list(live_topics), "sight_s": SIGHT_S}
        self._query = statements("traffic.sql")

    def traffic(self) -> Traffic:
        """What is under way now."""
        with self._db.cursor() as cursor:
            cursor.execute(self._query, self._params)
            reader, lag_events, lag_s, live_unread = cursor.fetchone() or ("", 0, 0.0, 0)
        return Traffic(reader=reader, lag_events=lag_events, lag_s=lag_s, live_unread=live_unread)
