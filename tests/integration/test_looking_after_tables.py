"""Tables that only grow: how they are vacuumed, that writers do not wait for it, and how the benchmark fills them."""

from __future__ import annotations

from collections import Counter, defaultdict
from contextlib import closing
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg import errors
from psycopg.conninfo import make_conninfo

from benchmarks.copied_worlds import ACCOUNTS_MAX, Block, World
from sync_service.adapters.event_mapper import event_rows
from sync_service.adapters.postgres_database import Database, StoreUnavailable
from tests.integration.test_operations_on_postgres import Site, life, prepare
from tests.master_key import MASTER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.real_postgres import Databases

GROWING = ("sync_events", "sync_messages", "sync_transactions")
WANTED = {"autovacuum_vacuum_insert_scale_factor=0", "autovacuum_freeze_min_age=0"}
ONE_MESSAGE = life(60)[0]


@pytest.fixture
def site(databases: Databases) -> Iterator[Site]:
    """A service with nothing in it."""
    with databases.fresh(databases.template("site", prepare)) as conninfo:
        made = Site(conninfo)
        yield made
        made.database.close()


def options_of(conninfo: str, table: str) -> set[str]:
    with psycopg.connect(conninfo) as connection:
        row = connection.execute("SELECT reloptions FROM pg_class WHERE oid = %s::regclass", [table]).fetchone()
    return set(row[0] or ()) if row else set()


@pytest.mark.parametrize("table", GROWING)
def test_a_vacuum_of_a_growing_table_comes_with_its_new_rows_and_freezes_them(site: Site, table: str) -> None:
    assert options_of(site.conninfo, table) >= WANTED


@pytest.mark.parametrize("table", GROWING)
def test_migrate_looks_after_the_tables_of_an_older_store_too(site: Site, table: str) -> None:
    site.execute(f"ALTER TABLE {table} RESET (autovacuum_vacuum_insert_scale_factor, autovacuum_freeze_min_age)")
    site.execute(f"ALTER TABLE {table} SET (autovacuum_vacuum_threshold = 100000000)")
    site.store.migrate()
    site.store.migrate()
    assert options_of(site.conninfo, table) >= WANTED


def test_a_store_without_those_settings_counts_as_not_migrated(site: Site) -> None:
    assert site.store.is_migrated()
    with site.database.cursor() as cursor:
        cursor.execute("ALTER TABLE sync_transactions RESET (autovacuum_vacuum_insert_scale_factor)")
        cursor.execute("SELECT reloptions FROM pg_class WHERE oid = 'sync_transactions'::regclass")
        for option in (cursor.fetchone() or ([],))[0] or []:
            cursor.execute(f"ALTER TABLE sync_transactions RESET ({option.partition('=')[0]})".encode())
    assert not site.store.is_migrated()
    site.store.migrate()
    assert site.store.is_migrated()


def test_the_events_that_an_erasure_rewrites_are_vacuumed_before_there_are_a_hundred_million(site: Site) -> None:
    assert "autovacuum_vacuum_threshold=10000" in options_of(site.conninfo, "sync_events")


def test_events_are_written_while_the_table_is_vacuumed(site: Site) -> None:
    impatient = Database(make_conninfo(site.conninfo, options="-c lock_timeout=2s"), master=MASTER)
    with closing(impatient), psycopg.connect(site.conninfo) as vacuum:
        vacuum.execute("LOCK TABLE sync_events IN SHARE UPDATE EXCLUSIVE MODE")  # what VACUUM and ANALYZE hold
        Site(site.conninfo, impatient).receive([ONE_MESSAGE])
    assert site.store.head() > 0


def take_the_lock_at_once(site: Site) -> None:
    with site.database.transaction() as cursor:
        cursor.execute(b"SET LOCAL lock_timeout = '50ms'")
        site.store.recorder.lock_in(cursor)


def test_nobody_writes_events_while_another_does(site: Site) -> None:
    with site.database.transaction() as cursor:
        site.store.recorder.lock_in(cursor)
        with pytest.raises(errors.LockNotAvailable):
            take_the_lock_at_once(site)


def test_nobody_writes_events_while_a_writer_of_an_older_version_holds_the_table(site: Site) -> None:
    impatient = Database(make_conninfo(site.conninfo, options="-c lock_timeout=50ms"), master=MASTER)
    with closing(impatient), psycopg.connect(site.conninfo) as older:
        older.execute("LOCK TABLE sync_events IN EXCLUSIVE MODE")
        with pytest.raises(StoreUnavailable):
            Site(site.conninfo, impatient).receive([ONE_MESSAGE])


def test_copies_of_a_world_are_people_like_those_whom_the_service_received(site: Site) -> None:
    """The benchmark of growth stands on them: each can be loaded, gone on with, and has the plan of its original."""
    lines = life(400)
    site.receive(lines)
    world = World(site.store.read(0, site.store.head()))
    block, keys = Block(world, [1, 37]), site.database.keys
    with site.database.transaction() as cursor:
        sealing = keys.writing(cursor, [owner for copy in block.copies for owner in copy.owners])
        sealing.insert(cursor)
        for events in block.events():
            rows = event_rows(events, sealing, keys.identifiers)
            site.store.recorder.insert_in(cursor, rows, events[-1].recorded_at)
    site.catch_up()
    plans: defaultdict[int, Counter[int]] = defaultdict(Counter)
    for row in site.views.find("learning_plan", "entries"):
        copy, number = divmod(int(row["origin_account"][2:]), ACCOUNTS_MAX)
        plans[copy][number] += 1
    assert plans[0] == plans[1] == plans[37]
    assert plans[0].total() > len(plans[0]) > 1
