"""What a user would write once the first form is too slow: SQLAlchemy Core, 500 messages a transaction, bulk inserts.

What a batch touches is read with a few queries, decided on in memory in the messages' order, and written with one bulk
statement a table. The tables, the uniqueness of codes and what is left out are those of `sqlalchemy_rows`. Another
writer of the same rows makes the transaction fail by a unique constraint, and the loop would give it the batch again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from psycopg import sql
from sqlalchemy import any_, func, literal, select, update
from sqlalchemy.dialects.postgresql import ARRAY, insert

from benchmarks.peers import wire
from benchmarks.peers.batch_state import BatchState
from benchmarks.peers.rows import (
    PLACE,
    AccountRow,
    ActivityRow,
    CodeRow,
    EntryRow,
    LinkRow,
    MessageRow,
    PlanRow,
    PositionRow,
    counted,
    opened,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import psycopg
    from sqlalchemy import ColumnElement, Connection
    from sqlalchemy.dialects.postgresql import Insert
    from sqlalchemy.sql.selectable import TableValuedAlias

    from benchmarks.peers.peer import Counts
    from benchmarks.peers.rows import Base

BATCH = 500


class BatchByBatch:
    """Handles messages by batches; fits Peer."""

    def __init__(self, conninfo: str, batch: int = BATCH) -> None:
        self._engine = opened(conninfo)
        self._batch = batch

    def receive(self, lines: Sequence[bytes]) -> None:
        """A transaction for each batch."""
        for start in range(0, len(lines), self._batch):
            messages = [wire.read(line) for line in lines[start : start + self._batch]]
            with self._engine.begin() as connection:
                self._apply(connection, messages)

    def _apply(self, connection: Connection, messages: Sequence[wire.Incoming]) -> None:
        fresh = self._fresh(connection, messages)
        state = looked_up(connection, fresh)
        for message in fresh:
            state.apply(message)
        write(connection, state)
        repeats = len(messages) - len(fresh)
        moved = {"next_offset": PositionRow.next_offset + len(messages), "repeats": PositionRow.repeats + repeats}
        connection.execute(update(PositionRow).where(PositionRow.place == PLACE).values(moved))

    def _fresh(self, connection: Connection, messages: Sequence[wire.Incoming]) -> list[wire.Incoming]:
        """Those that were not stored before, each once."""
        by_key: dict[tuple[str, str], wire.Incoming] = {}
        for message in messages:
            by_key.setdefault((message.id, message.source), message)
        named = select(MessageRow.id, MessageRow.source).where(_is_any(MessageRow.id, (each for each, _ in by_key)))
        for row in connection.execute(named):
            by_key.pop((row.id, row.source), None)
        return list(by_key.values())

    def counts(self) -> Counts:
        """What the tables hold."""
        return counted(self._engine)

    def close(self) -> None:
        """Close the connections."""
        self._engine.dispose()


def looked_up(connection: Connection, messages: Iterable[wire.Incoming]) -> BatchState:
    """What the messages touch, read with a query a table; the plans only of those whose keys must be compared."""
    state = BatchState()
    accounts: set[str] = set()
    linking: set[str] = set()
    keys: set[str] = set()
    codes: set[str | None] = set()
    activities: set[str | None] = set()
    for message in messages:
        named = wire.accounts_in(message)
        accounts.update(named)
        if isinstance(message, wire.CodeActivated):
            codes.add(wire.code_in(message))
            activities.add(message.data.activity_id)
        elif isinstance(message, wire.ModuleCompleted | wire.ProgrammeCompleted):
            activities.add(wire.activity_in(message))
            keys.add(wire.key_of(message))
        elif isinstance(message, wire.LinkRequested | wire.LinkConfirmed):
            linking.update(named)
    state.accounts = _by_key(connection, AccountRow.account, accounts)
    state.codes = _by_key(connection, CodeRow.code, codes)
    activities |= {code["activity_id"] for code in state.codes.values()}
    state.activities = _by_key(connection, ActivityRow.activity_id, activities)
    if linking:
        found = connection.execute(select(LinkRow.__table__).where(_is_any(LinkRow.edu, linking))).mappings()
        state.links = {(row["request_id"], row["edu"], row["sovetnmo"]): dict(row) for row in found}
        _read_plans(connection, state, _is_any(PlanRow.account, linking))
    if keys:
        _read_plans(connection, state, _is_any(PlanRow.account, accounts), _is_any(PlanRow.activity_key, keys))
    return state


def write(connection: Connection, state: BatchState) -> None:
    """Write what changed: new rows by COPY, codes by one statement of arrays, and what is rare row by row."""
    changed = state.changed()
    for table in (AccountRow, ActivityRow, LinkRow):
        if rows := changed.get(table):
            connection.execute(_or_replace(insert(table)), rows)
    if codes := changed.get(CodeRow):
        arrays = insert(CodeRow).from_select(list(codes[0]), select(_unnested(CodeRow, codes)))
        connection.execute(_or_replace(arrays))
    for added in (EntryRow, PlanRow, MessageRow):
        if rows := changed.get(added):
            _copy(connection, added, rows)


def _copy(connection: Connection, table: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """By the driver's own means, in the same transaction."""
    columns = list(rows[0])
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table.__tablename__), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    driver = cast("psycopg.Connection[Any]", connection.connection.driver_connection)
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row([row[column] for column in columns])


def _unnested(table: type[Base], rows: Sequence[Mapping[str, Any]]) -> TableValuedAlias:
    columns = {name: table.__table__.columns[name] for name in rows[0]}
    arrays = [literal([row[name] for row in rows], ARRAY(column.type)) for name, column in columns.items()]
    return func.unnest(*arrays).table_valued(*columns).render_derived()


def _or_replace(statement: Insert) -> Insert:
    table = statement.table
    others = {column.name: statement.excluded[column.name] for column in table.columns if not column.primary_key}
    return statement.on_conflict_do_update(index_elements=list(table.primary_key), set_=others)


def _is_any(column: Any, wanted: Iterable[object]) -> ColumnElement[bool]:  # noqa: ANN401 - a column of whatever type
    """One array in place of many parameters."""
    array = literal([each for each in wanted if each is not None], ARRAY(column.type))
    return cast("ColumnElement[bool]", column == any_(array))


def _by_key(connection: Connection, column: Any, wanted: Iterable[object]) -> dict[str, dict[str, Any]]:  # noqa: ANN401
    found = connection.execute(select(column.table).where(_is_any(column, wanted))).mappings()
    return {row[column.key]: dict(row) for row in found}


def _read_plans(connection: Connection, state: BatchState, *which: ColumnElement[bool]) -> None:
    for row in connection.execute(select(PlanRow.__table__).where(*which)).mappings():
        state.plans.setdefault(row["account"], {})[row["activity_key"]] = dict(row)
