"""What the catalogue says late or anew re-judges the entries that it touches and no others, with few queries."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest

from sync_service.adapters.memory_store import MemoryStore
from sync_service.adapters.memory_views import MemoryViews
from sync_service.projections import projecting
from sync_service.projections.projecting import Projector
from tests.model import lines
from tests.unit.support_desk import ALL_VIEWS, Desk

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from uuid import UUID

    from sync_service.aggregates.aggregate import Event
    from sync_service.projections.view import Rows
    from sync_service.projections.view_store import About, Generation, WrittenTo

PEOPLE = 40
TOUCHED = 3


class CountingStore(MemoryStore):
    """Counts the queries for streams, and how many streams they asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.loads: list[int] = []

    def load(self, streams: Collection[UUID], until: int | None = None) -> dict[UUID, list[Event]]:
        self.loads.append(len(streams))
        return super().load(streams, until)


class CountingViews(MemoryViews):
    """Counts the queries for rows and owners, and keeps the rows that were written."""

    def __init__(self) -> None:
        super().__init__(ALL_VIEWS)
        self.owners_asked: list[int] = []
        self.rows_asked: list[int] = []
        self.written: list[tuple[object, ...]] = []

    def existing(
        self, generation: Generation, owners: Collection[UUID], about: About | None = None
    ) -> dict[UUID, Rows]:
        self.rows_asked.append(len(owners))
        return super().existing(generation, owners, about)

    def owners_by_activity(self, generation: Generation, table: str, activity_ids: Collection[str]) -> set[UUID]:
        found = super().owners_by_activity(generation, table, activity_ids)
        self.owners_asked.append(len(found))
        return found

    def write(self, generations: Collection[Generation], changes: Iterable[WrittenTo], position: int) -> None:
        parts = list(changes)
        for part in parts:
            for generation, changed in part.items():
                for table, rows in changed.upserts.items():
                    self.written += [(generation.view, table, *row) for row in rows]
                assert changed.deletes == {}
        super().write(generations, parts, position)

    @property
    def keys(self) -> set[str]:
        """The activity keys of the plan's entries that were written."""
        return {str(row[3]) for row in self.written if row[:2] == ("learning_plan", "entries")}


class Counted:
    """A desk whose people did something each, a few of them one and the same; asked by a process that just began."""

    def __init__(self, *given: bytes) -> None:
        self.store = CountingStore()
        self.views = CountingViews()
        self.desk = Desk(*given, store=self.store, views=self.views)

    def hears(self, *given: bytes) -> CountingViews:
        """Hear more, then let a new projector follow: nothing is at hand but what is stored."""
        self.desk.hears(*given, catch_up=False)
        targets = [(view, self.views.live(view.name)) for view in ALL_VIEWS]
        projector = Projector(self.store, self.views, targets)
        for counted in (self.store.loads, self.views.owners_asked, self.views.rows_asked, self.views.written):
            cast("list[object]", counted).clear()
        while projector.advance():
            pass
        return self.views


def people() -> list[bytes]:
    """Everybody has a module of their own; the first few have the module `shared` beside it."""
    given = []
    for number in range(PEOPLE):
        given += [lines.registered(f"edu:e{number}"), lines.completed(f"edu:e{number}", f"own-{number}")]
        if number < TOUCHED:
            given.append(lines.completed(f"edu:e{number}", "shared"))
    return given


SHARED = {f"module:shared:{lines.DAY}"}


@pytest.mark.parametrize(
    ("before", "news"),
    [
        ((), lines.published("shared", "module")),
        ((lines.published("shared", "module"),), lines.published("shared", "module", lines.row(7))),
        ((lines.published("shared", "module"),), lines.withdrawn("shared", at="2025-05-01T12:00:00+03:00")),
    ],
    ids=["late", "replaced", "withdrawn"],
)
def test_news_of_one_activity_writes_the_entries_of_that_activity_and_no_other_row(
    before: tuple[bytes, ...], news: bytes
) -> None:
    counted = Counted(*before, *people())
    views = counted.hears(news)
    entries = [row for row in views.written if row[:2] == ("learning_plan", "entries")]
    assert (len(entries), views.keys) == (TOUCHED, SHARED)
    assert {row[0] for row in views.written} <= {"learning_plan", "sync_health", "replica_ledger"}


def test_news_of_one_activity_costs_one_query_for_owners_one_for_their_rows_and_reads_nobody_s_history() -> None:
    counted = Counted(*people())
    views = counted.hears(lines.published("shared", "module"))
    assert views.owners_asked == [TOUCHED]
    assert views.rows_asked == [TOUCHED]
    the_activity = 1
    assert counted.store.loads == [the_activity]


def test_the_same_description_again_writes_no_entry() -> None:
    said = lines.published("shared", "module")
    counted = Counted(said, *people())
    again = lines.encode(lines.decode(said) | {"id": "again"})
    assert counted.hears(again).keys == set()


def test_news_of_an_activity_that_nobody_has_costs_one_query() -> None:
    counted = Counted(*people())
    views = counted.hears(lines.published("nobody-s", "module"))
    assert (views.owners_asked, views.rows_asked, counted.store.loads) == ([0], [], [])


def test_an_entry_of_the_same_person_is_written_only_if_its_own_verdict_changes() -> None:
    """A module by code duplicates the completion as soon as that counts: both are touched, and nothing else."""
    counted = Counted(
        lines.registered("edu:e0"),
        lines.issued(activity_id="shared"),
        lines.activated("edu:e0"),
        lines.completed("edu:e0", "shared"),
        lines.completed("edu:e0", "other"),
    )
    views = counted.hears(lines.published("shared", "module"))
    assert views.keys == {f"code:{lines.CODE}", *SHARED}


def test_more_people_than_a_chunk_holds_are_asked_for_in_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(projecting, "CHUNK_OWNERS_MAX", 2)
    counted = Counted(*people())
    views = counted.hears(lines.published("shared", "module"))
    assert (views.owners_asked, views.rows_asked, views.keys) == ([TOUCHED], [2, 1], SHARED)
