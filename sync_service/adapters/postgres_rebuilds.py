"""Orders to rebuild views on PostgreSQL; all times are the server's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, LiteralString

import psycopg
from psycopg import errors
from psycopg.sql import SQL, Identifier

from sync_service.adapters.postgres_database import MIGRATION_LOCK, statements
from sync_service.adapters.postgres_signals import LOCK_SPACE, lock_number
from sync_service.adapters.sealed_comparisons import opened_comparison, sealed_comparison
from sync_service.projections.comparing import Comparison
from sync_service.projections.rebuild_orders import ENDS, LEADER, Order, OrderState

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from sync_service.adapters.postgres_database import Database

REFUSED: Final = (
    psycopg.DataError,
    psycopg.IntegrityError,
    psycopg.InternalError,
    psycopg.NotSupportedError,
    psycopg.ProgrammingError,
    errors.DiskFull,
    errors.OutOfMemory,
    errors.ProgramLimitExceeded,
    errors.QueryCanceled,
)
"""What the database says when it is there and will not have the rows: a fault of the order that made them."""

_FIELDS: Final = Order.__struct_fields__
_COLUMNS: Final = SQL(", ").join(map(Identifier, _FIELDS))
_STAMPS: Final = {OrderState.COMPARING: "filled_at", OrderState.READY: "compared_at"} | dict.fromkeys(ENDS, "ended_at")
"""The column that takes the time at which an order came to a state."""

_RECENT_WEIGHT: Final = 0.2
"""How much the newest batch counts for the rate."""


class PostgresRebuilds:
    """Keeps orders; fits RebuildBook."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._keys = database.keys

    def migrate(self) -> None:
        """Make the table if it is not there; safe to run again and by several processes at once."""
        with self._db.cursor() as cursor:
            cursor.execute(b"SELECT to_regclass('sync_rebuilds_view') IS NOT NULL")
            if (cursor.fetchone() or (False,))[0]:
                return
        with self._db.transaction() as cursor:
            cursor.execute(b"SELECT pg_advisory_xact_lock(%d)" % MIGRATION_LOCK)
            with cursor.connection.cursor() as plain:
                plain.execute(statements("rebuilds.sql"))

    def ask(self, views: Sequence[str], who: str, reason: str) -> list[str]:
        """Open an order for each view that has none, all at one moment; the views that got one."""
        with self._db.transaction() as cursor:
            cursor.execute(
                b"INSERT INTO sync_rebuilds (view, state, who, reason) SELECT view, 'asked', %s, %s"
                b" FROM unnest(%s::text[]) AS wanted (view) ON CONFLICT DO NOTHING RETURNING view",
                [who, reason, list(views)],
            )
            return [view for (view,) in cursor]

    def ask_back(self, view: str, generation: int, who: str, reason: str) -> bool:
        """Open an order to take a view back to its previous generation; False if the view has an open order."""
        with self._db.cursor() as cursor:
            cursor.execute(
                b"INSERT INTO sync_rebuilds (view, state, is_back, generation, who, reason)"
                b" VALUES (%s, 'taking_back', true, %s, %s, %s) ON CONFLICT DO NOTHING",
                [view, generation, who, reason],
            )
            return cursor.rowcount == 1

    def open(self) -> list[Order]:
        """The open orders, oldest first."""
        return self._orders("WHERE ended_at IS NULL ORDER BY id")

    def latest(self) -> dict[str, Order]:
        """The newest order of each view that ever had one."""
        newest = "WHERE id IN (SELECT max(id) FROM sync_rebuilds GROUP BY view)"
        return {order.view: order for order in self._orders(newest)}

    def recent(self, limit: int) -> list[Order]:
        """The newest orders that have ended."""
        return self._orders("WHERE ended_at IS NOT NULL ORDER BY id DESC LIMIT %s", limit)

    def change(
        self, order: int, expected: Collection[OrderState], to: OrderState, values: Mapping[str, object] | None = None
    ) -> bool:
        """Move an order on and set columns, if it is where it is expected to be; whether it was."""
        changed: dict[str, object] = {"state": to.value} | {
            name: sealed_comparison(self._keys, value) if isinstance(value, Comparison) else value
            for name, value in (values or {}).items()
        }
        settings = [SQL("{} = %s").format(Identifier(name)) for name in changed]
        stamped = ["changed_at", *([_STAMPS[to]] if to in _STAMPS else [])]
        settings += [SQL("{} = clock_timestamp()").format(Identifier(name)) for name in stamped]
        query = SQL("UPDATE sync_rebuilds SET {} WHERE id = %s AND state = ANY(%s)").format(SQL(", ").join(settings))
        with self._db.cursor() as cursor:
            cursor.execute(query, [*changed.values(), order, [state.value for state in expected]])
            return cursor.rowcount == 1

    def progressed(self, orders: Sequence[int], events: int, seconds: float) -> None:
        """Add to what these orders have read, and to how fast."""
        rate = events / max(seconds, 1e-6)
        with self._db.cursor() as cursor:
            cursor.execute(
                b"UPDATE sync_rebuilds SET events = events + %(events)s, worked_s = worked_s + %(seconds)s,"
                b" rate = coalesce(rate + (%(rate)s - rate) * %(weight)s, %(rate)s) WHERE id = ANY(%(orders)s)",
                {
                    "events": events,
                    "seconds": seconds,
                    "rate": rate,
                    "weight": _RECENT_WEIGHT,
                    "orders": list(orders),
                },
            )

    def live_since(self) -> dict[str, datetime]:
        """Since when each view's present generation is live, of those that an order made live."""
        with self._db.cursor() as cursor:
            cursor.execute(
                b"SELECT view, max(ended_at) FROM sync_rebuilds JOIN sync_views USING (view, generation)"
                b" WHERE sync_views.state = 'live' AND sync_rebuilds.state IN ('switched', 'taken_back') GROUP BY view"
            )
            return dict(cursor.fetchall())

    def is_carried_out(self) -> bool:
        """Whether some process carries out orders just now: it holds the lock of the role, whose end frees it."""
        with self._db.cursor() as cursor:
            cursor.execute(
                b"SELECT EXISTS (SELECT FROM pg_locks JOIN pg_database ON oid = database"
                b" WHERE datname = current_database() AND locktype = 'advisory' AND granted"
                b" AND classid = %s::oid AND objid = %s::oid)",
                [LOCK_SPACE, lock_number(LEADER)],
            )
            return bool((cursor.fetchone() or (False,))[0])

    def _orders(self, which: LiteralString, *values: object) -> list[Order]:
        query = SQL("SELECT {} FROM sync_rebuilds {}").format(_COLUMNS, SQL(which))
        with self._db.cursor() as cursor:
            cursor.execute(query, values)
            return [self._order(row) for row in cursor]

    def _order(self, row: Sequence[Any]) -> Order:
        values = dict(zip(_FIELDS, row, strict=True))
        if values["comparison"] is not None:
            values["comparison"] = opened_comparison(self._keys, values["comparison"])
        return Order(**values | {"state": OrderState(values["state"])})
