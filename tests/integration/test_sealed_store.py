"""What stands in the database of a living store: nothing that names anybody; the master key opens all of it."""

from __future__ import annotations

import re
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import psycopg
import pytest

from sync_service.adapters.ciphers import new_key
from sync_service.adapters.key_rotation import KeyRotation
from sync_service.adapters.master_keys import FileMasterKeys
from sync_service.adapters.postgres_database import Database
from sync_service.adapters.postgres_store import PostgresStore
from sync_service.adapters.store_secrets import NotSealed
from sync_service.sealing import KeyDestroyed, MasterKeyMissing
from tests.integration.test_operations_on_postgres import Site, life, prepare
from tests.master_key import MASTER

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.real_postgres import Databases

PERSONAL = re.compile(rb'"(?:email|full_name|snils|account_id|code|message_id)":"([^"]{6,})"')


@pytest.fixture
def site(databases: Databases) -> Iterator[Site]:
    """A service with nothing in it."""
    with databases.fresh(databases.template("site", prepare)) as conninfo:
        made = Site(conninfo)
        yield made
        made.database.close()


def everything(conninfo: str) -> bytes:
    """Every row of every table, as text and as bytes."""
    found = bytearray()
    with psycopg.connect(conninfo) as connection:
        tables = connection.execute(
            "SELECT schemaname, tablename FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
            " AND schemaname NOT LIKE 'pg_temp%'"
        ).fetchall()
        for schema, table in tables:
            with connection.cursor().copy(f'COPY "{schema}"."{table}" TO STDOUT (FORMAT BINARY)'.encode()) as copy:
                for part in copy:
                    found += part
    return bytes(found)


def test_no_value_that_messages_brought_stands_in_the_database_in_the_clear(site: Site) -> None:
    lines = life(1_500)
    site.receive([*lines, b'{"broken": "ivanova@example.org"}'])
    site.catch_up()
    stored = everything(site.conninfo)
    brought = {value for line in lines for value in PERSONAL.findall(line)} | {b"ivanova@example.org"}
    names = {value.decode("unicode_escape").encode() if b"\\u" in value else value for value in brought}
    assert len(names) > 300
    assert not [value for value in names if value in stored]
    assert site.check().ok


def test_the_identifiers_in_the_database_are_not_those_of_the_service(site: Site) -> None:
    site.receive(life(200))
    streams = {event.stream for event in site.store.read(0, 1_000)}
    with psycopg.connect(site.conninfo) as connection:
        stored: set[Any] = {row[0] for row in connection.execute("SELECT originator_id FROM sync_events")}
    assert len(stored) == len(streams)
    assert not stored & streams


def test_asking_for_nothing_gives_nothing(site: Site) -> None:
    assert (site.store.load(()), site.store.seen(()), site.store.letters(())) == ({}, {}, {})
    site.receive([b"{"])


def test_a_plain_connection_that_wrote_an_identifier_changes_nothing_for_others(site: Site) -> None:
    with psycopg.connect(site.conninfo) as plain:
        plain.execute("SELECT %s", [uuid4()])
    with closing(Database(site.conninfo, master=MASTER)) as database, database.cursor() as cursor:
        known = UUID(int=5)
        assert cursor.execute(b"SELECT %s", [known]).fetchone() == (known,)
        assert cursor.execute(b"SELECT %s::text", [known]).fetchone() != (str(known),)


def test_a_store_opens_with_its_master_key_alone(site: Site, tmp_path: Path) -> None:
    site.receive(life(200))
    other = FileMasterKeys(tmp_path / "other.key")
    other.current()
    with pytest.raises(MasterKeyMissing):
        _ = Database(site.conninfo, master=other).keys


def test_a_store_that_was_never_sealed_is_refused(databases: Databases) -> None:
    with databases.fresh(databases.template("site", prepare)) as conninfo:
        with psycopg.connect(conninfo) as connection:
            connection.execute("DELETE FROM sync_secrets")
            connection.execute(
                "INSERT INTO sync_events (originator_id, originator_version, topic, state)"
                " VALUES (gen_random_uuid(), 1, 'activity.named.v1', '[]')"
            )
        with pytest.raises(NotSealed):
            _ = Database(conninfo, master=MASTER).keys


def test_the_master_key_is_rotated_while_others_write(databases: Databases, tmp_path: Path) -> None:
    file = tmp_path / "master.key"
    with databases.fresh() as conninfo, closing(Database(conninfo, master=FileMasterKeys(file))) as database:
        keys, early, late = database.keys, uuid4(), uuid4()
        with database.transaction() as cursor:
            keys.writing(cursor, [early]).insert(cursor)
        sealed = keys.seal(early, b"text", b"here")
        with closing(Database(conninfo, master=FileMasterKeys(file))) as rotating:
            master = FileMasterKeys(file)
            master.renew()
            assert KeyRotation(rotating, master).rotate() == 1
            assert master.forget(frozenset()) == 1
        assert len(file.read_text().split()) == 1
        assert file.stat().st_mode & 0o077 == 0
        with pytest.raises(psycopg.errors.ForeignKeyViolation), database.transaction() as cursor:
            keys.writing(cursor, [late]).insert(cursor)  # the root that this process knows is gone
        with closing(Database(conninfo, master=FileMasterKeys(file))) as later:
            assert later.keys.open(early, sealed, b"here") == b"text"


def test_the_store_writes_on_when_its_keys_were_rotated_under_it(databases: Databases, tmp_path: Path) -> None:
    with databases.fresh() as conninfo:
        master = FileMasterKeys(tmp_path / "master.key")
        with closing(Database(conninfo, master=master)) as database:
            PostgresStore(database).migrate()
            _ = database.keys
            KeyRotation(database, master).rotate()
            with closing(Database(conninfo, master=master)) as other:
                master.renew()
                KeyRotation(other, master).rotate()
            site = Site(conninfo, database)
            site.receive(life(200))
            assert site.store.head() > 60


def test_a_destroyed_key_makes_what_it_sealed_unreadable_everywhere(databases: Databases) -> None:
    with databases.fresh() as conninfo, ExitStack() as opened:
        one, other = (opened.enter_context(closing(Database(conninfo, master=MASTER))) for _ in range(2))
        owner = uuid4()
        with one.transaction() as cursor:
            one.keys.writing(cursor, [owner]).insert(cursor)
        sealed = one.keys.seal(owner, b"text", b"here")
        assert other.keys.open(owner, sealed, b"here") == b"text"
        with one.transaction() as cursor:
            one.keys.replaced(cursor, [owner]).insert(cursor)
        with pytest.raises(KeyDestroyed):
            one.keys.open(owner, sealed, b"here")
        again = one.keys.seal(owner, b"text", b"here")
        assert other.keys.open(owner, again, b"here") == b"text"


def test_a_master_key_that_is_no_key_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "master.key"
    file.write_bytes(b"too short")
    with pytest.raises(MasterKeyMissing):
        FileMasterKeys(file)
    assert len(new_key()) == 32
