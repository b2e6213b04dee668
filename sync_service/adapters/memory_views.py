"""Views in memory: for tests of rules, for `replay`, and for questions «as of»."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from sync_service.projections.view_store import Generation, GenerationState, Overdue, ViewMoved

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence
    from uuid import UUID

    from sync_service.projections.view import Changes, Key, Row, Rows, Table, View
    from sync_service.projections.view_store import About, WrittenTo

T = TypeVar("T")


class MemoryViews:
    """Keeps rows in dictionaries; fits ViewStore, with one generation a view."""

    def __init__(self, views: Iterable[View]) -> None:
        self._tables: dict[tuple[str, str], Table] = {
            (view.name, table.name): table for view in views for table in view.tables
        }
        self._rows: dict[tuple[str, str], dict[Key, Row]] = {name: {} for name in self._tables}
        self._generations = {
            view: Generation(view, 1, GenerationState.LIVE, 0, datetime.now(UTC)) for view, _ in self._tables
        }

    def live(self, view: str) -> Generation:
        """The only generation."""
        return self._generations[view]

    def generations(self) -> list[Generation]:
        """One generation a view."""
        return list(self._generations.values())

    def existing(
        self, generation: Generation, owners: Collection[UUID], about: About | None = None
    ) -> dict[UUID, Rows]:
        """The rows that were made from these owners."""
        wanted = set(owners)
        found: dict[UUID, Rows] = {}
        for (view, table), rows in self._rows.items():
            if view == generation.view:
                narrowed = about is not None and about.table == table
                place = self._tables[view, table].names.index("activity_id") if narrowed else 0
                for key, row in rows.items():
                    if row[0] in wanted and (about is None or not narrowed or row[place] in about.activity_ids):
                        found.setdefault(row[0], {}).setdefault(table, {})[key] = row  # type: ignore[arg-type]
        return found

    def owners_by_activity(self, generation: Generation, table: str, activity_ids: Collection[str]) -> set[UUID]:
        """The owners that have a row in the table with one of these activities."""
        place = self._tables[generation.view, table].names.index("activity_id")
        rows = self._rows[generation.view, table].values()
        return {row[0] for row in rows if row[place] in activity_ids}  # type: ignore[misc]

    def write(self, generations: Collection[Generation], changes: Iterable[WrittenTo], position: int) -> None:
        """Write the changes and move each view on."""
        if any(self._generations[generation.view].position != generation.position for generation in generations):
            raise ViewMoved
        for part in list(changes):  # all are known before the first is written
            for generation, changed in part.items():
                self._change(generation.view, changed)
        for generation in generations:
            self._generations[generation.view] = msgspec.structs.replace(
                self._generations[generation.view], position=position
            )

    def mend(self, changes: WrittenTo) -> None:
        """Write rows that were found to differ."""
        for generation, changed in changes.items():
            if self._generations[generation.view].position != generation.position:
                raise ViewMoved
            self._change(generation.view, changed)

    def _change(self, view: str, changed: Changes) -> None:
        for (filled, _), rows in self._rows.items():
            if filled == view and changed.cleared:
                for key in [key for key, row in rows.items() if row[0] in changed.cleared]:
                    del rows[key]
        for table, gone in changed.deletes.items():
            rows = self._rows[view, table]
            for owner, key in gone:
                if key in rows and rows[key][0] == owner:
                    del rows[key]
        for table, added in changed.upserts.items():
            self._rows[view, table] |= self._tables[view, table].by_key(added)
        for table, counts in changed.adds.items():
            rows = self._rows[view, table]
            for key, count in counts.items():
                before = rows[key][-1] if key in rows else 0
                rows[key] = (*key, before + count)  # type: ignore[operator]

    def at_once(self, read: Callable[[], T]) -> T:
        """What `read` gives; nothing changes rows meanwhile but what it calls."""
        return read()

    def find(self, view: str, table: str, **equals: object) -> list[dict[str, Any]]:
        """The rows whose columns equal these values, in the order of the table's key."""
        names = self._tables[view, table].names
        rows = (dict(zip(names, row, strict=True)) for _, row in sorted(self._rows[view, table].items()))
        return [row for row in rows if all(row[name] == value for name, value in equals.items())]

    def spread(self, view: str, table: str, *names: str) -> dict[Key, int]:
        """How many rows have each combination of values in these columns."""
        return dict(Counter(tuple(row[name] for name in names) for row in self.find(view, table)))

    def tally(self, generation: Generation) -> tuple[int, str]:
        """How many rows a generation has, and a digest that is equal for equal rows."""
        rows = sorted(
            repr((table, row))
            for (view, table), rows in self._rows.items()
            if view == generation.view
            for row in rows.values()
        )
        return len(rows), sha256("\n".join(rows).encode()).hexdigest()[:32]

    def overdue(self, now: datetime, delays_s: Sequence[float], limit: int) -> list[Overdue]:
        """The waiting replicas that were asked for longest ago, if longer than the delay for so many askings."""
        waiting = [row for row in self.find("replica_ledger", "replicas") if row["is_waiting"]]
        due = [
            row
            for row in waiting
            if row["asked_at"] <= now - timedelta(seconds=delays_s[min(row["asked"], len(delays_s)) - 1])
        ]
        due.sort(key=lambda row: row["asked_at"])
        return [Overdue(row["owner"], row["portal"], row["activity_key"], row["asked"]) for row in due[:limit]]
