"""Every book of sessions keeps what signing in relies on: PostgreSQL as memory."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from sync_service.access import Role, Visitor
from sync_service.adapters.memory_sessions import MemorySessions
from sync_service.adapters.postgres_database import Database
from sync_service.adapters.postgres_sessions import PostgresSessions
from sync_service.signing_in import Kept, Link, Sessions
from tests.master_key import MASTER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync_service.signing_in import SessionBook

NOW = datetime(2026, 3, 12, 10, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
ANNA = Visitor("https://login.example|0a1b", "Анна Орехова", frozenset({Role.SUPPORT, Role.AUDITOR}))
BORIS = Visitor("link:BORIS", "Борис", frozenset({Role.OPERATOR}))
KEY, OTHER = b"k" * 32, b"\x00" * 32


@pytest.fixture(params=["memory", "postgres"])
def book(request: pytest.FixtureRequest) -> Iterator[SessionBook]:
    """An empty book."""
    if request.param == "memory":
        yield MemorySessions()
        return
    database = Database(request.getfixturevalue("database_url"), master=MASTER)
    kept = PostgresSessions(database)
    kept.migrate()
    kept.migrate()
    yield kept
    database.close()


def session(visitor: Visitor = ANNA, seen_at: datetime = NOW) -> Kept:
    return Kept(visitor, NOW, seen_at, NOW + 12 * HOUR)


def test_a_session_is_found_as_it_was_begun(book: SessionBook) -> None:
    book.begin(KEY, session())
    book.begin(OTHER, session(BORIS))
    assert book.find(KEY) == session()
    assert book.find(OTHER) == session(BORIS)
    assert book.find(b"x" * 32) is None


def test_use_moves_on_and_never_back(book: SessionBook) -> None:
    book.begin(KEY, session())
    book.touch(KEY, NOW + HOUR)
    book.touch(OTHER, NOW + HOUR)
    found = book.find(KEY)
    assert found is not None
    assert found.seen_at == NOW + HOUR
    assert book.find(OTHER) is None


def test_what_ended_is_gone_and_ending_it_again_is_nothing(book: SessionBook) -> None:
    book.begin(KEY, session())
    book.end(KEY)
    book.end(KEY)
    assert book.find(KEY) is None


def test_what_is_over_is_forgotten_and_nothing_else(book: SessionBook) -> None:
    book.begin(b"old", Kept(ANNA, NOW - 13 * HOUR, NOW, NOW - HOUR))
    book.begin(b"idle", session(seen_at=NOW - 2 * HOUR))
    book.begin(b"good", session())
    book.offer(b"old", Link(ANNA, NOW - HOUR))
    book.offer(b"good", Link(BORIS, NOW + HOUR))
    book.forget(NOW, NOW - HOUR)
    assert [book.find(key) is None for key in (b"old", b"idle", b"good")] == [True, True, False]
    assert book.take(b"old") is None
    assert book.take(b"good") == Link(BORIS, NOW + HOUR)


def test_of_many_who_take_a_link_at_once_one_gets_it(book: SessionBook) -> None:
    book.offer(KEY, Link(ANNA, NOW + HOUR))
    ready, got = threading.Barrier(6), list[Link | None]()

    def take() -> None:
        ready.wait()
        got.append(book.take(KEY))

    takers = [threading.Thread(target=take) for _ in range(6)]
    for taker in takers:
        taker.start()
    for taker in takers:
        taker.join()
    assert sorted(got, key=bool) == [None] * 5 + [Link(ANNA, NOW + HOUR)]


def test_a_role_that_this_version_does_not_know_gives_no_right(database_url: str) -> None:
    database = Database(database_url, master=MASTER)
    book = PostgresSessions(database)
    book.migrate()
    book.begin(KEY, session())
    with database.cursor() as cursor:
        cursor.execute(b"UPDATE sync_sessions SET roles = '{support,emperor}'")
    found = book.find(KEY)
    database.close()
    assert found is not None
    assert found.visitor.roles == {Role.SUPPORT}


def test_no_token_stands_in_the_database(database_url: str) -> None:
    database = Database(database_url, master=MASTER)
    book = PostgresSessions(database)
    book.migrate()
    sessions = Sessions(book, lambda: NOW, idle=HOUR, longest=12 * HOUR)
    tokens = [sessions.open(ANNA), sessions.offer(ANNA, HOUR)]
    with database.cursor() as cursor:
        rows = cursor.execute(b"SELECT s::text FROM sync_sessions s UNION SELECT l::text FROM sync_sign_in_links l")
        text = "".join(row[0] for row in rows.fetchall())
    database.close()
    assert "Анна Орехова" in text
    for token in tokens:
        assert token not in text
        assert token.encode().hex() not in text
