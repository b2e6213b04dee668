"""The audit log on PostgreSQL: one row after the other, each chained to the one before, and an anchor elsewhere."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from psycopg.rows import tuple_row

from sync_service.adapters.postgres_database import MIGRATION_LOCK, Database, statements
from sync_service.audit_chain import FIRST_LINK, Anchor, Chained, chained, link_of, walk
from sync_service.auditing import AuditFault, AuditRow, AuditStanding, AuditUnavailable, Door, Look

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import psycopg

    from sync_service.adapters.audit_anchor import AnchorFile
    from sync_service.auditing import AuditWanted

APPEND_LOCK: Final = 727_272
"""The advisory lock under which a row is added, so that numbers have no gap and links fit."""

READ_ROWS: Final = 5_000
EARLIEST, LATEST = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)
"""What a tampered instant is shown as: the page has to open all the same."""

_IS_MADE = b"SELECT to_regclass('sync_audit') IS NOT NULL"
_TIP = b"SELECT number, link FROM sync_audit ORDER BY number DESC LIMIT 1"
_LINK = b"SELECT link FROM sync_audit WHERE number = %s"
_INSERT = (
    b"INSERT INTO sync_audit (number, at, who, name, roles, door, act, whom, case_number, detail, link)"
    b" VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
)
_FIND = (
    b"SELECT number, greatest(least(at, %(latest)s), %(earliest)s), who, name, roles, door, act, whom, case_number,"
    b" detail, link FROM sync_audit WHERE number < coalesce(%(before)s::bigint, 9223372036854775807)"
)
_WANTED: Final = {
    "since": b" AND at >= %(since)s",
    "until": b" AND at < %(until)s",
    "who": b" AND who = %(who)s",
    "whom": b" AND whom = ANY(%(whom)s)",
    "act": b" AND act = %(act)s",
    "case": b" AND case_number = %(case)s",
    "door": b" AND door = %(door)s",
}
_NEWEST_FIRST = b" ORDER BY number DESC LIMIT %(limit)s"
_WALK = (
    b"SELECT coalesce(number, -1), CASE WHEN isfinite(at) THEN (extract(epoch FROM at) * 1000000)::bigint END, who,"
    b" name, roles, door, act, whom, case_number, detail, link FROM sync_audit ORDER BY number"
)


class PostgresAudit:
    """Keeps looks; fits AuditLog. `key` is the chain's, made from the store's secrets and never in the database."""

    def __init__(self, database: Database, key: bytes, anchor: AnchorFile, now: Callable[[], datetime]) -> None:
        self._db = database
        self._key = key
        self._anchor = anchor
        self._now = now

    def migrate(self) -> None:
        """Make the table that is not there; safe to run again and by several processes at once."""
        with self._db.cursor() as cursor:
            if (cursor.execute(_IS_MADE).fetchone() or (False,))[0]:
                return
        with self._db.transaction() as cursor:
            cursor.execute(b"SELECT pg_advisory_xact_lock(%d)" % MIGRATION_LOCK)
            with cursor.connection.cursor() as plain:
                plain.execute(statements("audit.sql"))

    def record(self, look: Look) -> int:
        """Add a look and move the anchor to it; raises AuditUnavailable if the anchor cannot be written."""
        before, tip = self._append(look)
        try:
            self._anchor.advance(tip, lambda number: before.link if number == before.number else self._link_at(number))
        except OSError as error:
            raise AuditUnavailable(f"{error.filename}: {error.strerror}") from error
        return tip.number

    def restored(self, look: Look) -> int:
        """Add the look, and anchor the log at it wherever the anchor stood before."""
        _, tip = self._append(look)
        self._anchor.force(tip)
        return tip.number

    def find(self, wanted: AuditWanted) -> list[AuditRow]:
        """The rows that fit, the newest first."""
        params: dict[str, Any] = {name: getattr(wanted, name) for name in wanted.__struct_fields__}
        params |= {"whom": list(wanted.whom), "earliest": EARLIEST, "latest": LATEST}
        parts = [part for name, part in _WANTED.items() if getattr(wanted, name)]
        with self._db.cursor() as cursor:
            return [_row(found) for found in cursor.execute(b"".join((_FIND, *parts, _NEWEST_FIRST)), params)]

    def verify(self) -> Iterator[AuditFault]:
        """Walk the whole chain as it is at one moment, then look where it is anchored."""
        anchor, trouble = self._anchored()
        if trouble:
            yield AuditFault(0, trouble)
        with self._db.transaction() as cursor:
            cursor.execute(b"SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield from walk(self._key, _rows(cursor), anchor)

    def standing(self) -> AuditStanding:
        """How far the log and its anchor are."""
        anchor, _ = self._anchored()
        with self._db.cursor() as cursor:
            return AuditStanding(_tip(cursor).number, anchor.number if anchor else None)

    def _anchored(self) -> tuple[Anchor | None, str]:
        """The anchor, read before the log, which may grow meanwhile; and why there is none to compare with."""
        try:
            return self._anchor.read(), ""
        except OSError as error:
            return None, f"the anchor cannot be read: {error.strerror}"

    def _append(self, look: Look) -> tuple[Anchor, Anchor]:
        """Add a row; the tip before it, and the one that it is now."""
        with self._db.transaction() as cursor:
            cursor.execute(b"SELECT pg_advisory_xact_lock(%d)" % APPEND_LOCK)
            before = _tip(cursor)
            at = self._now()
            row = chained(before.number + 1, at, look)
            link = link_of(self._key, before.link, row)
            whole = (row.number, at, look.who, look.name, list(look.roles), look.door.value, look.act, look.whom)
            cursor.execute(_INSERT, (*whole, look.case, look.detail, link))
        return before, Anchor(row.number, link)

    def _link_at(self, number: int) -> bytes | None:
        with self._db.cursor() as cursor:
            found = cursor.execute(_LINK, [number]).fetchone()
            return bytes(found[0]) if found else None


def _tip(cursor: psycopg.Cursor[Any]) -> Anchor:
    found = cursor.execute(_TIP).fetchone()
    return Anchor(found[0], bytes(found[1])) if found else Anchor(0, FIRST_LINK)


def _rows(cursor: psycopg.Cursor[Any]) -> Iterator[Chained]:
    """All rows by number, streamed; whatever somebody made of them is read without complaint."""
    with cursor.connection.cursor("sync_audit_walk", row_factory=tuple_row) as walking:
        walking.itersize = READ_ROWS
        for number, at_us, who, name, roles, door, act, whom, case, detail, link in walking.execute(_WALK, binary=True):
            whom_bytes, known_link = whom.bytes if whom is not None else None, bytes(link or b"")
            yield Chained(number, at_us, who, name, tuple(roles or ()), door, act, whom_bytes, case, detail, known_link)


def _row(found: tuple[Any, ...]) -> AuditRow:
    number, at, who, name, roles, door, act, whom, case, detail, link = found
    known = Door(door) if door in set(Door) else Door.CONSOLE
    return AuditRow(number, at, Look(who, name, tuple(roles or ()), known, act, whom, case, detail), bytes(link or b""))
