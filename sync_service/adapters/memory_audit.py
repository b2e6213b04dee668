"""The audit log in memory: the same chain, for tests and for a console over a store in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_service.audit_chain import FIRST_LINK, Anchor, chained, link_of, walk
from sync_service.auditing import AuditRow, AuditStanding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from sync_service.auditing import AuditFault, AuditWanted, Look

KEY = bytes(32)


class MemoryAudit:
    """Keeps looks in a list; fits AuditLog. `rows` are there to be looked at, and tampered with."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.rows: list[AuditRow] = []
        self._now = now
        self._anchor: Anchor | None = None

    def record(self, look: Look) -> int:
        """Add a look."""
        number, at = len(self.rows) + 1, self._now()
        previous = self.rows[-1].link if self.rows else FIRST_LINK
        link = link_of(KEY, previous, chained(number, at, look))
        self.rows.append(AuditRow(number, at, look, link))
        self._anchor = Anchor(number, link)
        return number

    def restored(self, look: Look) -> int:
        """Add the look, and anchor the log at it."""
        return self.record(look)

    def find(self, wanted: AuditWanted) -> list[AuditRow]:
        """The rows that fit, the newest first."""
        return [row for row in reversed(self.rows) if _fits(row, wanted)][: wanted.limit]

    def verify(self) -> Iterator[AuditFault]:
        """Walk the whole chain."""
        rows = (chained(row.number, row.at, row.look)._replace(link=row.link) for row in self.rows)
        return walk(KEY, rows, self._anchor)

    def standing(self) -> AuditStanding:
        """How far the log and its anchor are."""
        return AuditStanding(len(self.rows), self._anchor.number if self._anchor else None)


def _fits(row: AuditRow, wanted: AuditWanted) -> bool:
    look = row.look
    asked = (
        (wanted.who, look.who),
        (wanted.act, look.act),
        (wanted.case, look.case),
        (wanted.door, look.door),
    )
    return (
        all(value in {None, found} for value, found in asked)
        and (not wanted.whom or look.whom in wanted.whom)
        and (wanted.since is None or row.at >= wanted.since)
        and (wanted.until is None or row.at < wanted.until)
        and (wanted.before is None or row.number < wanted.before)
    )
