"""A replay: lag is no difference, every difference is named, and its changes mend it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from sync_service import questions
from sync_service.adapters.memory_views import MemoryViews
from sync_service.aggregates.errors import AccountUnknown
from sync_service.aggregates.values import Account, code_stream
from sync_service.projections.view import Changes
from sync_service.projections.view_store import ViewMoved
from tests.model import lines
from tests.unit.support_desk import ALL_VIEWS, CODE_KEY, EDU, LINKED, Desk, as_json, linked_desk

if TYPE_CHECKING:
    from sync_service.projections.view_store import Generation

STRAY = "module:stray:2025-01-01"


class MovingViews(MemoryViews):
    """Views of which another process moves one on each time they are looked at."""

    def live(self, view: str) -> Generation:
        moved = msgspec.structs.replace(super().live(view), position=super().live(view).position + 1)
        self._generations[view] = moved
        return moved


def test_replay_finds_the_live_rows_equal() -> None:
    answer = linked_desk().replay("sovetnmo:s1")
    assert (answer.equal, answer.differences, answer.changes) == (True, (), {})
    assert str(answer.specialist_id) == EDU
    assert answer.rows == 2 + 2 + 1 + 1 + 2 + 2  # entries, replicas, training, link, code with its attempt, accounts


def test_lag_is_no_difference() -> None:
    desk = linked_desk()
    behind = desk.store.head()
    desk.hears(lines.completed("edu:e1", "m2"), lines.completed("edu:e2"), catch_up=False)
    assert desk.replay("edu:e1").equal
    assert desk.replay("edu:e2").equal
    assert {generation.position for generation in desk.replay("edu:e1").views} == {behind}


def test_a_batch_that_ends_between_the_two_halves_of_a_joining_is_no_difference() -> None:
    lines_told = (lines.activated("sovetnmo:s1", activity_id="ev1"), lines.completed("edu:e1"), *LINKED)
    desk = Desk().hears(*lines_told, catch_up=False)
    for until in range(1, desk.store.head() + 1):
        desk.catch_up(until)
        assert desk.replay("edu:e1").equal
        assert desk.replay("sovetnmo:s1").equal


def spoil(desk: Desk, view: str, changes: Changes) -> None:
    """Write into the live rows what no projection of ours would."""
    generation = desk.views.live(view)
    desk.views.write([generation], [{generation: changes}], generation.position)


def test_replay_names_every_difference_and_its_changes_mend_it() -> None:
    desk = linked_desk()
    owner = desk.plan("edu:e1").specialist_id
    rows = desk.views.existing(desk.views.live("learning_plan"), [owner])[owner]["entries"]
    right = rows[owner, CODE_KEY]
    wrong = tuple("ev9" if value == "ev1" else value for value in right)
    stray = (owner, STRAY, *right[2:])
    spoil(desk, "learning_plan", Changes(upserts={"entries": [wrong, stray]}))
    spoil(desk, "directory", Changes(deletes={"accounts": [(owner, ("edu", "e1"))]}))
    answer = desk.replay("sovetnmo:s1")
    assert not answer.equal
    found = {(each.table, *each.key.values()): each for each in answer.differences}
    assert set(found) == {("entries", owner, CODE_KEY), ("entries", owner, STRAY), ("accounts", "edu", "e1")}
    assert found["entries", owner, STRAY].recomputed is None
    assert found["accounts", "edu", "e1"].live is None
    for generation, mending in answer.changes.items():
        desk.views.write([generation], [{generation: mending}], generation.position)
    assert desk.replay("edu:e1").equal
    assert desk.plan("edu:e1") == desk.plan_as_of("edu:e1")


def test_a_difference_can_be_read_by_tools() -> None:
    desk = linked_desk()
    stream = code_stream(lines.CODE)
    spoil(desk, "code_register", Changes(deletes={"codes": [(stream, (stream,))]}))
    (difference,) = as_json(desk.replay("edu:e1"))["differences"]
    assert difference["live"] is None
    assert difference["recomputed"]["code"] == lines.CODE


def test_replay_of_an_account_never_named_is_refused() -> None:
    with pytest.raises(AccountUnknown):
        linked_desk().replay("edu:e2")


def test_replay_gives_up_on_views_that_never_stand_still() -> None:
    desk = linked_desk()
    with pytest.raises(ViewMoved):
        questions.replay(desk.store, MovingViews(ALL_VIEWS), Account.parse("edu:e1"))
