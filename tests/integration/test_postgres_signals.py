"""Connections and leaders are looked at without a round trip, and what the server ended is found out all the same."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import psycopg
import pytest

from sync_service.adapters import postgres_signals
from sync_service.adapters.postgres_database import Database
from sync_service.adapters.postgres_signals import Leadership, News
from sync_service.adapters.postgres_store import EVENTS_TABLE
from tests.master_key import MASTER

if TYPE_CHECKING:
    from collections.abc import Iterator

LAST_ASKED = "SELECT query, query_start FROM pg_stat_activity WHERE pid = %s"
LEADERS = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND classid = 727270"


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    with closing(Database(database_url, master=MASTER)) as database:
        yield database


@pytest.fixture
def onlooker(database_url: str) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """A connection of the test's own, which sees what the others do."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        yield connection


def test_a_connection_is_lent_without_asking_the_server(
    database: Database, onlooker: psycopg.Connection[tuple[object, ...]]
) -> None:
    with database.cursor() as cursor:
        pid = cursor.connection.info.backend_pid
        cursor.execute("SELECT 'what was asked last'")
        asked = onlooker.execute(LAST_ASKED, [pid]).fetchone()
    with database.cursor() as cursor:
        assert cursor.connection.info.backend_pid == pid
        assert onlooker.execute(LAST_ASKED, [pid]).fetchone() == asked


def test_a_connection_that_the_server_ended_is_never_lent(
    database: Database, onlooker: psycopg.Connection[tuple[object, ...]]
) -> None:
    with database.cursor() as cursor:
        pid = cursor.connection.info.backend_pid
    onlooker.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
    with database.cursor() as cursor:
        assert cursor.execute("SELECT 1").fetchone() == (1,)
        assert cursor.connection.info.backend_pid != pid


def test_a_leader_asks_the_server_only_when_the_last_answer_is_old(
    database: Database, onlooker: psycopg.Connection[tuple[object, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(Leadership(database, "publisher")) as leader:
        assert leader.is_held()
        (pid,) = onlooker.execute(LEADERS).fetchone() or ()
        asked = onlooker.execute(LAST_ASKED, [pid]).fetchone()
        assert leader.is_held()
        assert onlooker.execute(LAST_ASKED, [pid]).fetchone() == asked
        monkeypatch.setattr(postgres_signals, "ASK_S", 0.0)
        assert leader.is_held()
        assert onlooker.execute(LAST_ASKED, [pid]).fetchone() != asked


def test_news_that_came_while_nobody_waited_are_there_at_once(
    database: Database, onlooker: psycopg.Connection[tuple[object, ...]]
) -> None:
    with closing(News(database)) as news:
        news.wait(0)  # begins to listen
        onlooker.execute(f"NOTIFY {EVENTS_TABLE}".encode())
        news.wait(60)  # would be a minute, were it not for what came before
