"""Notices on PostgreSQL: every change is one statement or one transaction, conditional on the state that it changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from sync_service.adapters.postgres_database import MIGRATION_LOCK, Database, statements
from sync_service.aggregates.values import Account, Portal, account_stream
from sync_service.notices.notice import Cause, Marks, Notice, NoticeState, Why
from sync_service.sealing import KeyDestroyed

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from datetime import datetime
    from uuid import UUID

    import psycopg

    from sync_service.sealing import Sealer

_READ = b"SELECT notice, owner, portal, sealed, state, attempts, planned_at, next_at, mail, reason FROM sync_notices "
_STORE = (
    b"SELECT (SELECT system_identifier FROM pg_control_system()) || '/' ||"
    b" (SELECT timeline_id FROM pg_control_checkpoint()) || '/' ||"
    b" (SELECT oid FROM pg_database WHERE datname = current_database())"
)
"""Names this copy of the database: another cluster, timeline or database is another copy."""
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(tuple[str, str]).decode
_PARK_OPEN = (
    b"UPDATE sync_notices SET state = 'parked', changed_at = %s, reason = %s WHERE state IN ('planned', 'sending')"
)


class PostgresNotices:
    """Keeps notices in PostgreSQL; fits NoticeBook."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._keys = database.keys

    def migrate(self) -> None:
        """Make the tables that are not there; safe to run again and by several processes at once."""
        with self._db.cursor() as cursor:
            cursor.execute(b"SELECT to_regclass('sync_notice_marks') IS NOT NULL")
            if (cursor.fetchone() or (False,))[0]:
                return
        with self._db.transaction() as cursor:
            cursor.execute(b"SELECT pg_advisory_xact_lock(%d)" % MIGRATION_LOCK)
            with cursor.connection.cursor() as plain:
                plain.execute(statements("notices.sql"))

    def begin(self, since: datetime, now: datetime) -> Marks:
        """The marks; on another copy of the database than before, what was waiting is parked."""
        with self._db.transaction() as cursor:
            cursor.execute(_STORE)
            (store,) = cursor.fetchone() or ("",)
            cursor.execute(
                b"INSERT INTO sync_notice_marks (since, store) VALUES (%s, %s) ON CONFLICT DO NOTHING", [since, store]
            )
            cursor.execute(b"SELECT since, restored_at, store FROM sync_notice_marks FOR UPDATE")
            since, restored_at, known = cursor.fetchone() or (since, None, store)
            if known == store:
                return Marks(since, restored_at)
            cursor.execute(b"UPDATE sync_notice_marks SET store = %s, restored_at = %s", [store, now])
            cursor.execute(_PARK_OPEN, [now, Why.STORE_RESTORED])
            return Marks(since, now)

    def marks(self) -> Marks | None:
        """The marks, None as long as no notifier has begun."""
        with self._db.cursor() as cursor:
            cursor.execute(b"SELECT since, restored_at FROM sync_notice_marks")
            row = cursor.fetchone()
        return Marks(*row) if row else None

    def mark_restored(self, now: datetime) -> int:
        """Mark that the store was restored, and park what waits or is being sent."""
        with self._db.transaction() as cursor:
            cursor.execute(b"UPDATE sync_notice_marks SET restored_at = %s", [now])
            cursor.execute(_PARK_OPEN, [now, Why.STORE_RESTORED])
            return cursor.rowcount

    def park_interrupted(self, now: datetime) -> int:
        """Park what is found in `sending`."""
        return self._change(b"state = 'parked', reason = %s", [Why.INTERRUPTED], b"state = 'sending'", [], now)

    def about(self, accounts: Collection[Account]) -> list[Notice]:
        """All notices of these accounts."""
        return self._read(b"WHERE account = ANY(%s)", [[self._hashed(account) for account in accounts]])

    def plan(self, causes: Collection[Cause], now: datetime, next_at: datetime) -> int:
        """Plan the causes that have no notice yet."""
        return self._insert(causes, NoticeState.PLANNED, now, next_at, None)

    def park_at_once(self, causes: Collection[Cause], now: datetime, reason: str) -> int:
        """Make parked notices of the causes that have none yet."""
        return self._insert(causes, NoticeState.PARKED, now, now, reason)

    def due(self, now: datetime, limit: int) -> list[Account]:
        """The accounts that have a planned notice whose time has come."""
        with self._db.cursor() as cursor:
            cursor.execute(
                b"SELECT (array_agg(notice))[1], owner, portal, (array_agg(sealed))[1] FROM sync_notices"
                b" WHERE state = 'planned' AND next_at <= %s GROUP BY owner, portal"
                b" ORDER BY min(next_at), owner LIMIT %s",
                [now, limit],
            )
            rows = cursor.fetchall()
        return [cause.account for cause in filter(None, self._opened(rows))]

    def waiting(self, account: Account, until: datetime, limit: int) -> list[Notice]:
        """The planned notices of an account whose time comes until then."""
        where = b"WHERE account = %s AND state = 'planned' AND next_at <= %s ORDER BY planned_at, notice LIMIT %s"
        return sorted(self._read(where, [self._hashed(account), until, limit]), key=_planned_first)

    def leave(self, notices: Collection[Notice], state: NoticeState, now: datetime, reason: str) -> None:
        """Park or skip planned notices without sending."""
        self._change(b"state = %s, reason = %s", [state.value, reason], *_these(notices, b"state = 'planned'"), now)

    def forget(self, notices: Collection[Notice]) -> None:
        """Remove planned notices whose credits do not count any more."""
        where, params = _these(notices, b"state = 'planned'")
        with self._db.cursor() as cursor:
            cursor.execute(b"DELETE FROM sync_notices WHERE " + where, params)

    def forget_people(self, owners: Collection[UUID]) -> None:
        """Remove all notices to accounts with these streams."""
        with self._db.cursor() as cursor:
            cursor.execute(b"DELETE FROM sync_notices WHERE owner = ANY(%s)", [list(owners)])

    def claim(self, notices: Sequence[Notice], mail: UUID, now: datetime) -> bool:
        """Turn planned notices to `sending`, all or none."""
        where, params = _these(notices, b"state = 'planned'")
        with self._db.transaction() as cursor:
            cursor.execute(
                b"SELECT count(*) FROM (SELECT FROM sync_notices WHERE " + where + b" FOR UPDATE) AS held", params
            )
            if (cursor.fetchone() or (0,))[0] != len(notices):
                return False
            change = b"state = 'sending', reason = NULL, attempts = attempts + 1, mail = %s"
            _update(cursor, change, [mail], where, params, now)
            return True

    def sent(self, mail: UUID, now: datetime) -> None:
        """The mail server has taken the mail, even if somebody held it for interrupted meanwhile."""
        where = b"mail = %s AND (state = 'sending' OR state = 'parked' AND reason = %s)"
        self._change(b"state = 'sent', reason = NULL", [], where, [mail, Why.INTERRUPTED], now)

    def postpone(self, mail: UUID, now: datetime, next_at: datetime, reason: str) -> None:
        """The mail was certainly not taken: its notices are planned again."""
        where = b"mail = %s AND state = 'sending'"
        self._change(b"state = 'planned', next_at = %s, reason = %s", [next_at, reason], where, [mail], now)

    def park(self, mail: UUID, now: datetime, reason: str) -> None:
        """The mail was refused for good, or its outcome is unknown."""
        self._change(b"state = 'parked', reason = %s", [reason], b"mail = %s AND state = 'sending'", [mail], now)

    def retry(self, notices: Collection[UUID], now: datetime) -> int:
        """Plan parked notices anew, due at once and without attempts."""
        where = b"notice = ANY(%s) AND state = 'parked'"
        return self._change(b"state = 'planned', attempts = 0, next_at = %s", [now], where, [list(notices)], now)

    def discard(self, notices: Collection[UUID], now: datetime) -> int:
        """Skip notices that are parked or planned."""
        where = b"notice = ANY(%s) AND state IN ('parked', 'planned')"
        return self._change(b"state = 'skipped', reason = %s", [Why.DISCARDED], where, [list(notices)], now)

    def counts(self) -> dict[NoticeState, int]:
        """How many notices are in each state."""
        with self._db.cursor() as cursor:
            cursor.execute(b"SELECT state, count(*) FROM sync_notices GROUP BY state ORDER BY state")
            return {NoticeState(state): count for state, count in cursor}

    def listed(self, states: Collection[NoticeState], limit: int) -> list[Notice]:
        """The notices in these states, the first planned first."""
        where = b"WHERE state = ANY(%s) ORDER BY planned_at, owner, notice LIMIT %s"
        return sorted(self._read(where, [[state.value for state in states], limit]), key=_planned_first)

    def _read(self, where: bytes, params: list[Any]) -> list[Notice]:
        with self._db.cursor() as cursor:
            cursor.execute(_READ + where, params)
            rows = cursor.fetchall()
        return [
            Notice(cause.account, cause.key, NoticeState(state), *rest)
            for cause, (_, _, _, _, state, *rest) in zip(self._opened(rows), rows, strict=True)
            if cause is not None
        ]

    def _opened(self, rows: Sequence[Sequence[Any]]) -> Iterator[Cause | None]:
        """What each row (notice, owner, portal, sealed, …) is about, None if its person was erased."""
        self._keys.fetch(row[1] for row in rows)
        for notice, owner, portal, sealed, *_ in rows:
            try:
                account_id, key = _decode(self._keys.open(owner, sealed, notice.bytes))
            except KeyDestroyed:
                yield None
            else:
                yield Cause(Account(Portal(portal), account_id), key)

    def _hashed(self, account: Account) -> bytes:
        return self._keys.hashed("account", str(account))

    def _row(self, cause: Cause, sealer: Sealer) -> tuple[UUID, UUID, str, bytes, bytes]:
        owner, notice = account_stream(cause.account), cause.notice
        sealed = sealer.seal(owner, _encode((cause.account.account_id, cause.key)), notice.bytes)
        return notice, owner, cause.account.portal.value, self._hashed(cause.account), sealed

    def _insert(
        self, causes: Collection[Cause], state: NoticeState, now: datetime, next_at: datetime, reason: str | None
    ) -> int:
        if not causes:
            return 0
        with self._db.transaction() as cursor:
            sealing = self._keys.writing(cursor, (account_stream(cause.account) for cause in causes))
            sealing.insert(cursor)
            rows = [self._row(cause, sealing) for cause in causes]
            columns = [list(column) for column in zip(*rows, strict=True)]
            cursor.execute(
                b"INSERT INTO sync_notices (notice, owner, portal, account, sealed, state, planned_at, next_at,"
                b" changed_at, reason) SELECT cause.*, %s, %s, %s, %s, %s FROM"
                b" unnest(%s::uuid[], %s::uuid[], %s::text[], %s::bytea[], %s::bytea[]) AS cause"
                b" ON CONFLICT DO NOTHING",
                [state.value, now, next_at, now, reason, *columns],
            )
            inserted = cursor.rowcount
        sealing.keep()
        return inserted

    def _change(self, change: bytes, given: list[Any], where: bytes, params: list[Any], now: datetime) -> int:
        with self._db.cursor() as cursor:
            return _update(cursor, change, given, where, params, now)


def _update(
    cursor: psycopg.Cursor[Any], change: bytes, given: list[Any], where: bytes, params: list[Any], now: datetime
) -> int:
    cursor.execute(
        b"UPDATE sync_notices SET " + change + b", changed_at = %s WHERE " + where,
        [*given, now, *params],
    )
    return cursor.rowcount


def _these(notices: Collection[Notice], condition: bytes) -> tuple[bytes, list[Any]]:
    return b"notice = ANY(%s) AND " + condition, [[notice.id for notice in notices]]


def _planned_first(notice: Notice) -> tuple[datetime, Account, str]:
    return notice.planned_at, notice.account, notice.key
