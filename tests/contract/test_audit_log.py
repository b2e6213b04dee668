"""Every audit log keeps what auditors rely on: PostgreSQL as memory."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING
from uuid import UUID, uuid5

import psycopg
import pytest

from sync_service.access import Role, Visitor
from sync_service.adapters.audit_anchor import AnchorFile
from sync_service.adapters.memory_audit import MemoryAudit
from sync_service.adapters.postgres_audit import PostgresAudit
from sync_service.adapters.postgres_database import Database
from sync_service.auditing import Act, AuditStanding, AuditWanted, Door, Look
from sync_service.questions import looked_at
from tests.master_key import MASTER

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sync_service.auditing import AuditLog

START = datetime(2026, 3, 12, 10, 0, tzinfo=UTC)
ANNA = Visitor("https://id.example|17", "Анна", frozenset({Role.SUPPORT}))
BORIS = Visitor("os:boris", "boris", frozenset(Role))
PERSON, OTHER = uuid5(UUID(int=1), "person"), uuid5(UUID(int=1), "other")


@pytest.fixture(params=["memory", "postgres"])
def audit(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[AuditLog]:
    """An empty log whose clock moves on by a minute a row."""
    minutes = count()

    def now() -> datetime:
        return START + timedelta(minutes=next(minutes))

    if request.param == "memory":
        yield MemoryAudit(now)
        return
    database = Database(request.getfixturevalue("database_url"), master=MASTER)
    kept = PostgresAudit(database, b"k" * 32, AnchorFile(tmp_path / "audit-anchor"), now)
    kept.migrate()
    kept.migrate()
    yield kept
    database.close()


def filled(audit: AuditLog) -> AuditLog:
    """Five looks."""
    audit.record(Look.by(ANNA, Door.CONSOLE, Act.PERSON_SEEN, whom=PERSON, case="17/5"))
    audit.record(Look.by(ANNA, Door.CONSOLE, Act.VALUE_REVEALED, whom=PERSON, case="17/5", detail="email@edu"))
    audit.record(Look.by(BORIS, Door.COMMAND_LINE, Act.HISTORY_SEEN, whom=OTHER))
    audit.record(Look.by(ANNA, Door.API, Act.PERSON_SEEN, whom=OTHER, case="18"))
    audit.record(Look.by(BORIS, Door.COMMAND_LINE, Act.LETTERS_LISTED))
    return audit


def numbers(audit: AuditLog, wanted: AuditWanted) -> list[int]:
    return [row.number for row in audit.find(wanted)]


def test_numbers_count_from_one_without_a_gap(audit: AuditLog) -> None:
    look = Look.by(ANNA, Door.CONSOLE, Act.PERSON_SEEN, whom=PERSON)
    assert [audit.record(look) for _ in range(3)] == [1, 2, 3]


def test_a_row_comes_back_as_it_was_recorded(audit: AuditLog) -> None:
    look = Look.by(ANNA, Door.CONSOLE, Act.VALUE_REVEALED, whom=PERSON, case="17/5", detail="email@edu")
    audit.record(look)
    (row,) = audit.find(AuditWanted())
    assert (row.number, row.at, row.look) == (1, START, look)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (AuditWanted(), [5, 4, 3, 2, 1]),
        (AuditWanted(limit=2), [5, 4]),
        (AuditWanted(before=3), [2, 1]),
        (AuditWanted(who=BORIS.subject), [5, 3]),
        (AuditWanted(whom=(PERSON,)), [2, 1]),
        (AuditWanted(whom=(PERSON, OTHER)), [4, 3, 2, 1]),
        (AuditWanted(act=Act.PERSON_SEEN), [4, 1]),
        (AuditWanted(case="18"), [4]),
        (AuditWanted(door=Door.API), [4]),
        (AuditWanted(since=START + timedelta(minutes=3)), [5, 4]),
        (AuditWanted(until=START + timedelta(minutes=1)), [1]),
        (AuditWanted(who=ANNA.subject, act=Act.PERSON_SEEN, door=Door.CONSOLE), [1]),
        (AuditWanted(who="nobody"), []),
    ],
)
def test_auditors_find_what_they_ask_for_the_newest_first(
    audit: AuditLog, wanted: AuditWanted, found: list[int]
) -> None:
    assert numbers(filled(audit), wanted) == found


def test_every_row_is_found_however_many_there_are(audit: AuditLog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looked_at, "BATCH_ROWS", 2)
    found = looked_at.every_row(filled(audit), AuditWanted())
    assert [row.number for row in found] == [5, 4, 3, 2, 1]


def test_a_log_that_nobody_touched_holds_and_is_anchored_at_its_newest_row(audit: AuditLog) -> None:
    assert audit.standing() == AuditStanding(0, None)
    assert list(audit.verify()) == []
    assert list(filled(audit).verify()) == []
    assert audit.standing() == AuditStanding(5, 5)


def test_postgresql_refuses_to_change_or_remove_what_is_recorded(database_url: str, tmp_path: Path) -> None:
    database = Database(database_url, master=MASTER)
    audit = PostgresAudit(database, b"k" * 32, AnchorFile(tmp_path / "audit-anchor"), lambda: START)
    audit.migrate()
    filled(audit)
    for statement in (
        b"UPDATE sync_audit SET who = 'x'",
        b"DELETE FROM sync_audit",
        b"TRUNCATE sync_audit",
        b"DELETE FROM sync_audit WHERE number = 77",
    ):
        with psycopg.connect(database_url) as connection, pytest.raises(psycopg.errors.RaiseException):
            connection.execute(statement)
    assert numbers(audit, AuditWanted()) == [5, 4, 3, 2, 1]
    database.close()
