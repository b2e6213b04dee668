"""Support staff are answered from a real PostgreSQL as from memory, and a replay there finds and mends a difference."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sync_service import questions
from sync_service.adapters.postgres_database import Database
from sync_service.adapters.postgres_store import PostgresStore
from sync_service.adapters.postgres_views import PostgresViews
from sync_service.projections.view import Changes
from tests.master_key import MASTER
from tests.model import lines
from tests.unit.support_desk import ALL_VIEWS, CODE_KEY, LINKED_PERSON, MODULE_KEY, Desk, as_json

if TYPE_CHECKING:
    from collections.abc import Iterator

LIFE = (
    *LINKED_PERSON,
    lines.cycle("edu:e1"),
    lines.programme("edu:e1", hours=36.5),
    lines.activated("edu:e1"),
    lines.completed("sovetnmo:s1", "m2", code=lines.CODE),
    lines.applied("edu:e1", CODE_KEY),
    lines.not_applied("sovetnmo:s1", MODULE_KEY, "temporarily"),
    lines.reversal("edu:e1", MODULE_KEY),
    lines.revoked(),
)


@pytest.fixture
def views(database_url: str) -> Iterator[PostgresViews]:
    """Empty views beside an empty store."""
    database = Database(database_url, master=MASTER)
    PostgresStore(database).migrate()
    made = PostgresViews(database, ALL_VIEWS)
    made.migrate()
    yield made
    database.close()


@pytest.fixture
def desk(database_url: str, views: PostgresViews) -> Iterator[Desk]:
    """A desk on PostgreSQL that has heard a life."""
    database = Database(database_url, master=MASTER)
    yield Desk(*LIFE, store=PostgresStore(database), views=views)
    database.close()


def test_postgres_answers_as_memory_does(desk: Desk) -> None:
    memory = Desk(*LIFE)
    for account in ("edu:e1", "sovetnmo:s1"):
        assert as_json(desk.plan(account)) == as_json(memory.plan(account))
        for until in (None, memory.store.position_at(memory.now.replace(minute=6))):
            assert as_json(desk.history(account, until)) == as_json(memory.history(account, until))
            assert as_json(desk.plan_as_of(account, until)) == as_json(memory.plan_as_of(account, until))
    assert as_json(questions.code(desk.views, lines.CODE)) == as_json(questions.code(memory.views, lines.CODE))


def test_a_replay_on_postgres_finds_what_differs_and_the_views_can_be_mended(desk: Desk, views: PostgresViews) -> None:
    assert desk.replay("edu:e1").equal
    owner = desk.plan("edu:e1").specialist_id
    views.mend({views.live("learning_plan"): Changes(deletes={"entries": [(owner, (owner, CODE_KEY))]})})
    answer = desk.replay("sovetnmo:s1")
    assert [difference.key["activity_key"] for difference in answer.differences] == [CODE_KEY]
    views.mend(answer.changes)
    assert desk.replay("edu:e1").equal
