"""Reads what operators are told in one snapshot of PostgreSQL, at the same price whatever the store's size.

Nothing here counts rows that grow with the store: positions and heads come from the ends of indexes; inflow from
counters that every transaction keeps (`sync_flows`); what happened from the counts of `sync_health`, whose key makes a
type's recent counts one short range; replicas, people and links from tallies that triggers keep (`view_tallies`). Mail
is counted from partial indexes that hold what waits, and at most to `COUNTED_MAX`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec

from sync_service.adapters.postgres_database import statements
from sync_service.operations.readings import (
    CountRow,
    FlowRow,
    HappenedRow,
    OldestRow,
    PartRow,
    ReaderRow,
    Readings,
    ReplicaRow,
    UnreadRow,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    import psycopg

    from sync_service.adapters.postgres_database import Database

COUNTED_MAX: Final = 100_000
_VIEWS = ("sync_health", "replica_ledger", "link_progress")
_LIVE = b"SELECT view, generation FROM sync_views WHERE state = 'live' AND view = ANY(%s)"

T = TypeVar("T", bound=msgspec.Struct)


class PostgresReadings:
    """Reads the standing and the series; fits OperationsStore."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._queries = _named(statements("readings.sql").decode())

    def readings(self) -> Readings:
        """Everything for one look, in one snapshot."""
        with self._db.transaction() as cursor:
            read = _Reading(cursor, self._queries)
            now, began_at = read.row("clock")
            head, head_at, events_last_minute = read.row("log")
            received, repeats = read.row("places")
            oldest_link, oldest_letter = read.row("oldest_others")
            mails_sent_day, last_sent_at, oldest_mail = read.row("mail_ends")
            return Readings(
                now=now,
                began_at=began_at,
                parts=tuple(map(_part, read.rows("parts"))),
                flows=read.structs("flows", FlowRow),
                received=received,
                repeats=repeats,
                unread=read.structs("unread", UnreadRow),
                head=head,
                head_at=head_at,
                events_last_minute=events_last_minute,
                readers=read.structs("readers", ReaderRow),
                replicas=read.structs("replicas", ReplicaRow),
                people=read.mapping("people"),
                people_waiting=read.row("people_waiting")[0],
                oldest=read.structs("oldest", OldestRow),
                answered=read.mapping("answered"),
                links=read.mapping("links"),
                oldest_link=oldest_link,
                happened=tuple(_happened(row) for row in read.rows("happened")),
                letters=read.mapping("letters"),
                oldest_letter=oldest_letter,
                mails=read.mapping("mails"),
                mails_parked=read.mapping("mails_parked"),
                mails_sent_day=mails_sent_day,
                last_sent_at=last_sent_at,
                oldest_mail=oldest_mail,
            )

    def counted(self, span: int, step_s: int, steps: int) -> tuple[datetime, list[CountRow]]:
        """The counts of the latest steps, and the store's present time."""
        with self._db.transaction() as cursor:
            read = _Reading(cursor, self._queries)
            (now, _) = read.row("clock")
            wanted = {"span": span, "step_s": step_s, "length_s": step_s * steps}
            return now, list(read.structs("series", CountRow, wanted))


class _Reading:
    """One snapshot, and the schemas of the live views in it."""

    def __init__(self, cursor: psycopg.Cursor[Any], queries: Mapping[str, str]) -> None:
        self._cursor, self._queries = cursor, queries
        cursor.execute(b"SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute(_LIVE, [list(_VIEWS)])
        self._schemas = {view: f"view_{view}_{number}" for view, number in cursor}

    def rows(self, name: str, params: Mapping[str, object] | None = None) -> list[Any]:
        query = self._queries[name].format_map(self._schemas)
        return self._cursor.execute(query.encode(), params or {"counted_max": COUNTED_MAX}, prepare=True).fetchall()

    def row(self, name: str) -> Any:  # noqa: ANN401 - whatever the statement gives
        return self.rows(name)[0]

    def structs(self, name: str, row: type[T], params: Mapping[str, object] | None = None) -> tuple[T, ...]:
        return tuple(row(*values) for values in self.rows(name, params))

    def mapping(self, name: str) -> dict[str, Any]:
        return dict(self.rows(name))


def _part(row: Sequence[Any]) -> PartRow:
    given = dict(zip(PartRow.__struct_fields__, row, strict=True))
    return PartRow(**given | {"hindrances": msgspec.json.decode(given["hindrances"])})


def _happened(row: Sequence[Any]) -> HappenedRow:
    type_, source, outcome, day, hour, same_hours, days = row
    return HappenedRow(type_, source, outcome, day, hour, _by_day(same_hours), _by_day(days))


def _by_day(pairs: Mapping[str, int] | None) -> dict[int, int]:
    return {int(day): count for day, count in (pairs or {}).items()}


def _named(text: str) -> dict[str, str]:
    """The statements of a file, each after a line `-- name: words`."""
    parts = text.split("-- name: ")[1:]
    return {head.split()[0]: rest for head, _, rest in (part.partition("\n") for part in parts)}
