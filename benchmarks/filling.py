"""Fills a store with millions of genuine events in minutes: copies of the small world that the service received there.

A copy differs from the world in its accounts and codes alone. Each of its events is written as the service writes it:
in its own stream, sealed with its owner's key, after what came before it. So everybody can be loaded, projected and
gone on with. Copies go through the log side by side, so that a person's events lie far apart, as they do in life.
The indexes are made when the rows are there, as after a restore; until then nobody else may use the store.
"""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

from psycopg.sql import SQL, Composed, Identifier

from benchmarks.copied_worlds import Block, World
from sync_service.adapters.event_mapper import event_rows
from sync_service.adapters.master_keys import FileMasterKeys
from sync_service.adapters.postgres_database import Database
from sync_service.adapters.postgres_store import PostgresStore

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import psycopg

    from sync_service.adapters.key_ring import KeyRing

WRITERS = 2
BLOCK_COPIES = 10
MESSAGES_PER_EVENT = 0.36

_INDEXED = ("sync_events", "sync_messages", "sync_keys")
_MESSAGES = (
    b"INSERT INTO sync_messages SELECT gen_random_uuid(), gen_random_uuid(), random() < 0.01"
    b" FROM generate_series(1, %s)"
)
_DEFINITIONS = (
    b"SELECT conname, pg_get_constraintdef(oid), true FROM pg_constraint"
    b" WHERE conrelid = %(table)s::regclass AND contype = 'p'"
    b" UNION ALL SELECT relname, pg_get_indexdef(indexrelid), false FROM pg_index JOIN pg_class ON oid = indexrelid"
    b" WHERE indrelid = %(table)s::regclass AND NOT indisprimary"
)


def fill(conninfo: str, master: Path, copies: int) -> int:
    """Put so many copies of a store's world beside it; how many events the store has then.

    Beside the events stand what else the service would have written: keys, and as many messages.
    """
    with closing(_opened(conninfo, master)) as database:
        store = PostgresStore(database)
        before = store.head()
        with database.connection() as connection, connection.cursor() as cursor:
            with _without_indexes(cursor):
                _write_all(conninfo, master, copies, before)
                head = store.recorder.max_notification_id() or before
                cursor.execute(_MESSAGES, [round((head - before) * MESSAGES_PER_EVENT)])
            cursor.execute(b"VACUUM (ANALYZE) sync_events, sync_messages, sync_keys, sync_transactions")
        return head


@contextmanager
def _without_indexes(cursor: psycopg.Cursor[Any]) -> Iterator[None]:
    """Drop the indexes of the large tables, and make them again as they were."""
    made_again: list[SQL | Composed] = []
    for table in map(Identifier, _INDEXED):
        cursor.execute(_DEFINITIONS, {"table": table.as_string(cursor)})
        for name, definition, is_key in (tuple(row.values()) for row in cursor.fetchall()):
            if is_key:
                cursor.execute(SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(table, Identifier(name)))
                made_again.append(SQL("ALTER TABLE {} ADD {}").format(table, SQL(definition)))
            else:
                cursor.execute(SQL("DROP INDEX {}").format(Identifier(name)))
                made_again.append(SQL(definition))
    yield
    cursor.execute(b"SET maintenance_work_mem = '512MB'")
    for statement in made_again:
        cursor.execute(statement)


def _write_all(conninfo: str, master: Path, copies: int, until: int) -> None:
    """Let several writers write the copies, each its own ones."""
    numbers = range(1, copies + 1)
    with ProcessPoolExecutor(WRITERS, multiprocessing.get_context("spawn")) as writers:
        shares = [numbers[writer::WRITERS] for writer in range(WRITERS)]
        for written in [writers.submit(_write_share, conninfo, master, share, until) for share in shares]:
            written.result()


def _write_share(conninfo: str, master: Path, numbers: Sequence[int], until: int) -> None:
    """Write these copies of the first events, a block of copies in one transaction."""
    with closing(_opened(conninfo, master)) as database:
        store = PostgresStore(database)
        world = World(store.read(0, until))
        for start in range(0, len(numbers), BLOCK_COPIES):
            block = Block(world, numbers[start : start + BLOCK_COPIES])
            with database.transaction() as cursor:
                _write_block(cursor, store, database.keys, block)


def _write_block(cursor: psycopg.Cursor[Any], store: PostgresStore, keys: KeyRing, block: Block) -> None:
    sealing = keys.writing(cursor, [owner for copy in block.copies for owner in copy.owners])
    sealing.insert(cursor)
    for events in block.events():
        rows = event_rows(events, sealing, keys.identifiers)
        store.recorder.insert_in(cursor, rows, events[-1].recorded_at)


def _opened(conninfo: str, master: Path) -> Database:
    return Database(conninfo, master=FileMasterKeys(master))
