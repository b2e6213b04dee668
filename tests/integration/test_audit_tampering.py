"""Whoever can do anything in the database alters the audit log: `check` finds where, and the anchor finds what was cut.

The tamperer is a superuser for whom no trigger fires; what they have not is the chain's key and the anchor's file.
"""

from __future__ import annotations

import json
import random
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import psycopg
import pytest
from psycopg.rows import tuple_row

from sync_service.access import Role, Visitor
from sync_service.adapters.audit_anchor import AnchorFile
from sync_service.adapters.postgres_audit import PostgresAudit
from sync_service.adapters.postgres_database import Database
from sync_service.auditing import Act, AuditStanding, AuditUnavailable, AuditWanted, Door, Look
from tests.master_key import MASTER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SEED = 20_260_312
TAMPERINGS = 200
ROWS = 40
COLUMNS = ("number", "at", "who", "name", "roles", "door", "act", "whom", "case_number", "detail", "link")
ANNA = Visitor("https://id.example|17", "Анна", frozenset({Role.SUPPORT, Role.VIEWER}))


def now() -> datetime:
    return datetime.now(UTC)


class Site:
    """A log of forty rows, and somebody who may do anything to its table."""

    def __init__(self, url: str, path: Path) -> None:
        self.database = Database(url, master=MASTER)
        self.anchor = AnchorFile(path / "audit-anchor")
        self.audit = PostgresAudit(self.database, b"k" * 32, self.anchor, now)
        self.audit.migrate()
        chance = random.Random(SEED)
        for number in range(ROWS):
            self.audit.record(look(chance, number))
        self.tamperer = psycopg.connect(url, autocommit=True, row_factory=tuple_row)
        self.tamperer.execute(b"SET session_replication_role = replica")
        self.tamperer.execute(b"CREATE TABLE kept AS TABLE sync_audit")
        self._anchored = self.anchor.path.read_bytes()

    def mend(self) -> None:
        """Everything as it was recorded."""
        self.tamperer.execute(b"TRUNCATE sync_audit")
        self.tamperer.execute(b"INSERT INTO sync_audit TABLE kept")
        self.anchor.path.write_bytes(self._anchored)

    def execute(self, statement: str, *params: Any) -> list[tuple[Any, ...]]:  # noqa: ANN401 - SQL's
        cursor = self.tamperer.execute(statement.encode(), params)
        return cursor.fetchall() if cursor.description else []

    def places(self) -> list[int]:
        return [fault.number for fault in self.audit.verify()]

    def close(self) -> None:
        self.tamperer.close()
        self.database.close()


def look(chance: random.Random, number: int) -> Look:
    """Somebody looks at somebody, in every shape that a row may have."""
    return Look.by(
        ANNA,
        chance.choice(list(Door)),
        chance.choice(list(Act)),
        whom=chance.choice([None, UUID(int=chance.getrandbits(128))]),
        case=chance.choice([None, f"{number}/26"]),
        detail=chance.choice([None, "email@edu"]),
    )


@pytest.fixture
def site(database_url: str, tmp_path: Path) -> Iterator[Site]:
    made = Site(database_url, tmp_path)
    yield made
    made.close()


def removed(site: Site, chance: random.Random) -> set[int]:
    """One to three rows are gone, and rows after them are left."""
    first = chance.randint(1, ROWS - 4)
    last = first + chance.randint(0, 2)
    site.execute("DELETE FROM sync_audit WHERE number BETWEEN %s AND %s", first, last)
    return {first}


def altered(site: Site, chance: random.Random, column: str) -> set[int]:
    """One column of one row says something else."""
    number = chance.randint(1, ROWS)
    other: dict[str, Any] = {
        "number": 1_000 + number,
        "at": datetime.fromtimestamp(chance.uniform(0, 2e9), UTC),
        "who": f"os:{chance.getrandbits(40):x}",
        "name": chance.choice(["Борис", ""]),
        "roles": chance.choice([[], ["support"], ["viewer", "support"], ["auditor"]]),
        "act": "person.glanced_at",
        "door": "window",
        "whom": str(UUID(int=chance.getrandbits(128))),
        "case_number": f"{chance.getrandbits(20)}",
        "detail": "",
        "link": chance.randbytes(32),
    }
    value = other[column]
    if column in {"whom", "case_number", "detail"}:
        (present,) = site.execute(f"SELECT {column} FROM sync_audit WHERE number = %s", number)[0]  # noqa: S608 - ours
        value = None if present is not None and chance.random() < 0.5 else value
    site.execute(f"UPDATE sync_audit SET {column} = %s WHERE number = %s", value, number)  # noqa: S608 - ours
    return {number}


def moved_by_a_moment(site: Site, chance: random.Random) -> set[int]:
    number = chance.randint(1, ROWS)
    other = chance.choice(["at + interval '1 microsecond'", "'infinity'", "'-infinity'", "at - interval '3 hours'"])
    site.execute(f"UPDATE sync_audit SET at = {other} WHERE number = %s", number)  # noqa: S608 - ours
    return {number}


def swapped(site: Site, chance: random.Random) -> set[int]:
    """Two rows change places, with their links or without."""
    one, two = sorted(chance.sample(range(1, ROWS + 1), 2))
    site.execute("UPDATE sync_audit SET number = -number WHERE number IN (%s, %s)", one, two)
    site.execute("UPDATE sync_audit SET number = %s + %s + number WHERE number < 0", one, two)
    if chance.random() < 0.5:
        links = dict(site.execute("SELECT number, link FROM sync_audit WHERE number IN (%s, %s)", one, two))
        for number, link in ((one, links[two]), (two, links[one])):
            site.execute("UPDATE sync_audit SET link = %s WHERE number = %s", link, number)
    return {one}


def inserted(site: Site, chance: random.Random) -> set[int]:
    """A row stands between others or behind them, a copy or an invention; the others' numbers make way."""
    number = chance.randint(1, ROWS + 1)
    site.execute("UPDATE sync_audit SET number = -number - 1 WHERE number >= %s", number)
    site.execute("UPDATE sync_audit SET number = -number WHERE number < 0")
    source = chance.randint(1, ROWS)
    rest = ", ".join(COLUMNS[1:-1])
    link = chance.choice(["link", "sha256(link)"])
    site.execute(
        f"INSERT INTO sync_audit SELECT %s, {rest}, {link} FROM kept WHERE number = %s",  # noqa: S608 - ours
        number,
        source,
    )
    return {number, number + 1} if source == number and link == "link" else {number}


def cut(site: Site, chance: random.Random) -> set[int]:
    """The newest rows are gone, all of them perhaps."""
    left = chance.randint(0, ROWS - 1)
    site.execute("DELETE FROM sync_audit WHERE number > %s", left)
    return {left + 1}


def cut_and_regrown(site: Site, chance: random.Random) -> set[int]:
    """The newest rows are gone, and the service has recorded others since, as many or more."""
    left = chance.randint(0, ROWS - 1)
    site.execute("DELETE FROM sync_audit WHERE number > %s", left)
    for number in range(ROWS - left + chance.randint(0, 2)):
        site.audit.record(look(chance, 100 + number))
    return {ROWS}


KINDS: list[Callable[[Site, random.Random], set[int]]] = [
    removed,
    moved_by_a_moment,
    swapped,
    inserted,
    cut,
    cut_and_regrown,
    *(lambda site, chance, column=column: altered(site, chance, column) for column in COLUMNS),
]


def test_each_of_200_random_tamperings_is_found_with_its_place(site: Site) -> None:
    chance = random.Random(SEED)
    assert site.places() == []
    for turn in range(TAMPERINGS):
        expected = KINDS[turn % len(KINDS)](site, chance)
        places = site.places()
        assert expected & set(places), (turn, expected, places)
        site.mend()
        assert site.places() == [], turn


def test_who_has_the_table_and_no_key_cannot_make_a_link(site: Site) -> None:
    stranger = PostgresAudit(site.database, b"x" * 32, AnchorFile(site.anchor.path.with_name("own")), now)
    stranger.record(look(random.Random(SEED), 1))
    assert site.places() == [ROWS + 1]


def test_a_page_of_a_tampered_log_opens_all_the_same(site: Site) -> None:
    site.execute("UPDATE sync_audit SET at = 'infinity', door = 'window', who = '' WHERE number = 7")
    assert site.audit.find(AuditWanted(before=8, limit=1))[0].number == 7


def test_a_number_that_stands_twice_is_found(site: Site) -> None:
    site.execute("ALTER TABLE sync_audit DROP CONSTRAINT sync_audit_pkey")
    site.execute("INSERT INTO sync_audit SELECT * FROM kept WHERE number = 9")
    assert 9 in site.places()


def test_the_anchor_is_a_file_of_the_owners_alone_that_moves_forward_only(site: Site) -> None:
    assert site.anchor.path.stat().st_mode & 0o777 == 0o600
    before = site.anchor.read()
    assert before is not None
    assert before.number == ROWS
    site.anchor.advance(before.__class__(3, b"x" * 32), lambda _: None)
    assert site.anchor.read() == before


@pytest.mark.parametrize("written", [b"", b"{", b'{"number": 3}', b"[]", b'{"number": "x", "link": "zz"}', b"\xff"])
def test_an_overwritten_anchor_is_found_and_stops_nobody(site: Site, written: bytes) -> None:
    site.anchor.path.write_bytes(written)
    site.audit.record(look(random.Random(SEED), 1))
    assert site.places() == [0]
    assert site.audit.standing() == AuditStanding(ROWS + 1, None)


def test_an_altered_anchor_is_found(site: Site) -> None:
    found = json.loads(site.anchor.path.read_text())
    site.anchor.path.write_text(json.dumps(found | {"number": 5}))
    assert site.places() == [5]


def test_nothing_may_be_shown_when_the_anchor_cannot_be_written(site: Site) -> None:
    site.audit = PostgresAudit(site.database, b"k" * 32, AnchorFile(site.anchor.path / "beneath" / "a-file"), now)
    with pytest.raises(AuditUnavailable):
        site.audit.record(look(random.Random(SEED), 1))


def test_after_a_restore_the_log_is_anchored_where_it_ends_and_says_so(site: Site) -> None:
    site.execute("DELETE FROM sync_audit WHERE number > 30")
    site.audit.restored(Look.by(ANNA, Door.COMMAND_LINE, Act.STORE_RESTORED, detail="anchored 40, restored 30"))
    assert site.places() == []
    assert site.audit.standing() == AuditStanding(31, 31)
    assert site.audit.find(AuditWanted(limit=1))[0].look.detail == "anchored 40, restored 30"


def test_writers_at_once_leave_no_gap_and_anchor_the_newest(site: Site) -> None:
    errors: list[BaseException] = []

    def write(seed: int) -> None:
        own = PostgresAudit(site.database, b"k" * 32, AnchorFile(site.anchor.path), now)
        try:
            for number in range(10):
                own.record(look(random.Random(seed), number))
        except BaseException as error:  # noqa: BLE001 - told to the test
            errors.append(error)

    threads = [threading.Thread(target=write, args=(seed,)) for seed in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert site.places() == []
    assert site.audit.standing() == AuditStanding(ROWS + 60, ROWS + 60)
