"""What others write: relying on what has moved on is a conflict, and whoever asks hears of it before."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from sync_service.adapters.postgres_company import PostgresCompany
from sync_service.adapters.postgres_database import Database
from sync_service.adapters.postgres_store import PostgresStore
from sync_service.aggregates.values import Account, account_stream
from sync_service.application import Application
from sync_service.event_store import Conflict, Move, Work
from sync_service.messages.records import Record
from tests.master_key import MASTER
from tests.model import lines

if TYPE_CHECKING:
    from tests.real_postgres import Databases

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_a_transaction_without_events_that_read_what_has_moved_on_is_a_conflict(databases: Databases) -> None:
    with databases.fresh() as url:
        database = Database(url, master=MASTER)
        store = PostgresStore(database)
        store.migrate()
        Application(store, lambda: NOW).receive([Record(lines.completed("edu:e1"), "file:a", 0, 1)])
        stream = account_stream(Account.parse("edu:e1"))
        version = len(store.load([stream])[stream])
        moves = [Move("file:b", None, 1, 1, 0)]
        with pytest.raises(Conflict):
            store.append(Work(NOW, moves=moves, relied_on={stream: version - 1}))
        assert store.positions(["file:b"]) == {}
        store.append(Work(NOW, moves=moves, relied_on={stream: version}))
        assert store.positions(["file:b"]) == {"file:b": 1}
        database.close()


def test_what_was_written_after_a_position_is_told_by_stream_with_the_logs_head(databases: Databases) -> None:
    with databases.fresh() as url:
        database = Database(url, master=MASTER)
        store, company = PostgresStore(database), PostgresCompany(database)
        store.migrate()
        assert company.written_after(0) == ({}, 0)
        for at, module in enumerate(("m1", "m2")):
            before = store.head()
            Application(store, lambda: NOW).receive(
                [Record(lines.completed("edu:e1", module_id=module), "file:a", at, at + 1)]
            )
        stream = account_stream(Account.parse("edu:e1"))
        assert company.written_after(before) == ({stream: len(store.load([stream])[stream])}, store.head())
        assert company.written_after(store.head()) == ({}, store.head())
        database.close()
