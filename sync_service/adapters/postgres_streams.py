"""Reads the whole log stream by stream, a part at a time, for whoever makes something anew from all of it.

Streams' ids are hidden by a cipher, so they lie evenly over all that 16 bytes can be: a range of so much of that space
holds so much of the log, whatever the store's size, and the index of the streams leads to its rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from uuid import UUID

from sync_service.adapters.event_mapper import opened_runs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sync_service.adapters.event_mapper import StoredRow
    from sync_service.adapters.key_ring import KeyRing
    from sync_service.adapters.postgres_database import Database
    from sync_service.aggregates.aggregate import Event

SPACE: Final = 1 << 128
_SELECT: Final = "SELECT originator_id, originator_version, topic, state, notification_id FROM sync_events"


class WholeStreams:
    """The part of the event store that reads events, and gives whole streams; fits StreamLog."""

    _db: Database
    _keys: KeyRing

    def part(self, number: int, parts: int, until: int) -> dict[UUID, list[Event]]:
        """The whole streams of one of so many equal parts, counted from 0, each up to the position `until`."""
        # the bounds are written as texts: they are as the database has ids, and must not be hidden again
        bounds = [str(UUID(int=min(SPACE * at // parts, SPACE - 1))) for at in (number, number + 1)]
        last = "<=" if number + 1 == parts else "<"
        return dict(
            self._runs(
                f"originator_id >= %s::uuid AND originator_id {last} %s::uuid AND notification_id <= %s"
                " ORDER BY originator_id, originator_version",
                [*bounds, until],
            )
        )

    def _runs(self, condition: str, parameters: Sequence[object]) -> list[tuple[UUID, list[Event]]]:
        """The events that a condition selects, each run of one stream's together."""

        def select() -> Sequence[StoredRow]:
            with self._db.cursor() as cursor:
                return cursor.execute(f"{_SELECT} WHERE {condition}".encode(), parameters).fetchall()

        return opened_runs(select, self._keys)
