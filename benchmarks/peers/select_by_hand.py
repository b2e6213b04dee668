"""Fetches one person's rows as they are stored: what it costs at least to have them in this process.

A connection of its own, a prepared statement, binary results, all columns, all rows at once. Left out is everything
that the service does with them: nothing is opened, folded, judged, worded or written as JSON, and UUIDs stay hidden.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

import psycopg
from psycopg.sql import SQL, Identifier

from sync_service.adapters.postgres_store import EVENTS_TABLE

if TYPE_CHECKING:
    from collections.abc import Collection

    from psycopg.sql import Composed

    from sync_service.adapters.ciphers import Identifiers
    from sync_service.projections.view_store import Generation


class SelectByHand:
    """The one SELECT of a person's events, and the one of their plan's rows."""

    def __init__(self, conninfo: str, identifiers: Identifiers, plan: Generation) -> None:
        self._connection = psycopg.connect(conninfo, autocommit=True)
        self._identifiers = identifiers
        events = SQL("SELECT * FROM {} WHERE originator_id = ANY(%s) ORDER BY notification_id")
        self._events = events.format(Identifier(EVENTS_TABLE))
        entries = SQL("SELECT * FROM {} WHERE owner = ANY(%s) ORDER BY completed_on")
        self._entries = entries.format(Identifier(f"view_{plan.view}_{plan.number}", "entries"))

    def events(self, streams: Collection[UUID]) -> list[tuple[Any, ...]]:
        """The rows of these streams."""
        return self._rows(self._events, streams)

    def entries(self, streams: Collection[UUID]) -> list[tuple[Any, ...]]:
        """The rows of the plan that were made from these streams."""
        return self._rows(self._entries, streams)

    def _rows(self, query: Composed, streams: Collection[UUID]) -> list[tuple[Any, ...]]:
        stored = [UUID(bytes=self._identifiers.hidden(stream)) for stream in streams]
        with self._connection.cursor(binary=True) as cursor:
            return cursor.execute(query, [stored], prepare=True).fetchall()

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()
