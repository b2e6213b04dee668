"""Rebuilds as people order them, on a real PostgreSQL: each step, each change of mind, and faults of a view."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sync_service.projections.comparing import MASK, Lack
from sync_service.projections.directory import Directory
from sync_service.projections.rebuild_orders import Act, NotNow, OrderState
from sync_service.projections.registry import VIEWS
from sync_service.projections.view_store import GenerationState
from tests.integration.rebuild_site import RebuildSite
from tests.integration.test_operations_on_postgres import life, prepare

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync_service.projections.view import Row
    from tests.real_postgres import Databases


@pytest.fixture
def site(databases: Databases) -> Iterator[RebuildSite]:
    """A service with a life behind it."""
    with databases.fresh(databases.template("site", prepare)) as conninfo:
        made = RebuildSite(conninfo)
        made.receive(life(600))
        made.catch_up()
        yield made
        made.database.close()


def states(site: RebuildSite, view: str) -> dict[GenerationState, int]:
    return {one.state: one.number for one in site.views.generations() if one.view == view}


def test_an_order_is_filled_compared_and_then_waits_for_a_person(site: RebuildSite) -> None:
    order = site.rebuilt("learning_plan")
    assert order.comparison is not None
    assert order.comparison.is_equal
    assert order.comparison.equal == site.views.tally(site.views.live("learning_plan"))[0] > 0
    assert order.comparison.position == order.head == site.store.head()
    assert order.events > 0
    assert order.rate is not None
    assert states(site, "learning_plan") == {GenerationState.LIVE: 1, GenerationState.BUILDING: 2}
    assert not site.carrier.turn(), "nothing happens until somebody decides"


def test_what_is_ready_follows_the_log_until_it_is_switched_to_and_can_be_taken_back(site: RebuildSite) -> None:
    site.rebuilt("learning_plan")
    site.receive(life(700)[600:])
    site.catch_up()
    site.carry_out()
    building = site.views.other("learning_plan", GenerationState.BUILDING)
    assert building is not None
    assert building.position == site.store.head()
    before = site.views.tally(site.views.live("learning_plan"))
    site.act("learning_plan", Act.SWITCH)
    site.carry_out()
    assert site.order("learning_plan").state is OrderState.SWITCHED
    assert site.views.live("learning_plan").number == 2
    assert site.views.tally(site.views.live("learning_plan")) == before
    assert site.book.live_since()["learning_plan"] == site.order("learning_plan").ended_at
    assert site.book.ask_back("learning_plan", 1, "operator", "the old one was right")
    site.carry_out()
    assert site.order("learning_plan").state is OrderState.TAKEN_BACK
    assert states(site, "learning_plan") == {GenerationState.LIVE: 1, GenerationState.PREVIOUS: 2}


def test_a_view_has_one_open_order(site: RebuildSite) -> None:
    site.ask("directory")
    assert site.book.ask(["directory", "code_register"], "another", "too") == ["code_register"]
    assert not site.book.ask_back("directory", 1, "another", "too")


def test_all_views_are_filled_by_one_reading_of_the_log(site: RebuildSite, monkeypatch: pytest.MonkeyPatch) -> None:
    read = site.store.read
    places: list[int] = []

    def counted(after: int, limit: int) -> list[Any]:
        events = read(after, limit)
        if events:
            places.append(after)
        return events

    monkeypatch.setattr(site.store, "read", counted)
    site.ask(*VIEWS)
    site.carry_out()
    assert {site.order(view).state for view in VIEWS} == {OrderState.READY}
    assert len(places) == len(set(places)) > 0


def test_an_order_rests_while_it_is_paused_and_then_goes_on_from_where_it_is(
    site: RebuildSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sync_service.projections.projecting.BATCH_EVENTS_MAX", 300)
    site.ask("learning_plan")
    for _ in range(3):
        assert site.carrier.turn()
    site.act("learning_plan", Act.PAUSE)
    rests = site.views.other("learning_plan", GenerationState.BUILDING)
    assert rests is not None
    assert 0 < rests.position < site.store.head()
    assert not site.carrier.turn()
    with pytest.raises(NotNow):
        site.act("learning_plan", Act.SWITCH)
    site.act("learning_plan", Act.RESUME)
    events = site.order("learning_plan").events
    assert site.new_carrier().turn()
    moved = site.views.other("learning_plan", GenerationState.BUILDING)
    assert moved is not None
    assert moved.position > rests.position, "it did not begin anew"
    assert site.order("learning_plan").events > events > 0
    site.carry_out()
    comparison = site.order("learning_plan").comparison
    assert comparison is not None
    assert comparison.is_equal


@pytest.mark.parametrize("turns", [0, 1, 2, 30])
def test_a_cancelled_order_leaves_nothing_behind_wherever_it_was(site: RebuildSite, turns: int) -> None:
    site.ask("directory")
    for _ in range(turns):
        site.carrier.turn()
    site.act("directory", Act.CANCEL)
    site.carry_out()
    assert site.order("directory").state is OrderState.CANCELLED
    assert states(site, "directory") == {GenerationState.LIVE: 1}
    assert site.execute("SELECT FROM pg_namespace WHERE nspname = 'view_directory_2'") == 0
    site.rebuilt("directory")


def test_what_another_version_began_is_begun_anew(site: RebuildSite) -> None:
    site.ask("directory")
    site.carrier.turn()
    site.carrier.turn()
    began = site.order("directory").began_at
    site.carrier = site.new_carrier(version="2")
    site.carry_out()
    order = site.order("directory")
    assert (order.version, order.state) == ("2", OrderState.READY)
    assert order.began_at != began


class RewordedDirectory(Directory):
    """A version of the directory that closes accounts, forgets one portal's, and knows some that do not exist."""

    def rows(self, *arguments: Any) -> Iterator[tuple[str, Row]]:  # noqa: ANN401 - passed on
        """Every row of sovetnmo altered, those of edu under another portal."""
        for table, row in super().rows(*arguments):
            values = dict(zip(self.tables[0].names, row, strict=True))
            changed = {"is_closed": True, "email": "x@example.org"} if values["portal"] == "sovetnmo" else {}
            moved = {"portal": "third"} if values["portal"] == "edu" else {}
            yield table, tuple((values | changed | moved).values())


def test_a_comparison_names_every_kind_of_difference_and_nothing_personal(site: RebuildSite) -> None:
    rows = site.views.find("directory", "accounts")
    at_edu = [row for row in rows if row["portal"] == "edu"]
    site.carrier = site.new_carrier({"directory": RewordedDirectory()})
    comparison = site.rebuilt("directory").comparison
    assert comparison is not None
    assert comparison.only_in_live == comparison.only_in_other == len(at_edu) > 0
    assert comparison.differing == len(rows) - len(at_edu) > 0
    assert comparison.equal == 0
    assert comparison.columns()["is_closed"] == comparison.differing
    assert set(comparison.columns()) <= {"is_closed", "sealed"}
    by_lack = {lack: [one for one in comparison.examples if one.lack is lack] for lack in Lack}
    assert all(0 < len(found) <= 20 for found in by_lack.values())
    assert {one.key["portal"] for one in by_lack[Lack.ONLY_IN_OTHER]} == {"third"}
    assert by_lack[Lack.DIFFERS][0].columns["is_closed"] == ("false", "true")
    assert {one.columns["email"][1] for one in by_lack[Lack.DIFFERS] if "email" in one.columns} <= {MASK}
    stored = site.execute("SELECT FROM sync_rebuilds WHERE comparison::text LIKE '%@%'")
    assert stored == 0


def test_one_row_that_somebody_altered_is_one_difference_in_one_column(site: RebuildSite) -> None:
    site.execute(
        "UPDATE view_learning_plan_1.entries SET credits = credits + 1"
        " WHERE (owner, activity_key) = (SELECT owner, activity_key FROM view_learning_plan_1.entries LIMIT 1)"
    )
    comparison = site.rebuilt("learning_plan").comparison
    assert comparison is not None
    assert (comparison.only_in_live, comparison.only_in_other, comparison.differing) == (0, 0, 1)
    assert comparison.columns() == {"credits": 1}
    [example] = comparison.examples
    live, other = example.columns["credits"]
    assert float(live or 0) == float(other or 0) + 1
    assert not any("code:" in (value or "") and MASK not in (value or "") for value in example.key.values())


class FailingDirectory(Directory):
    """A version of the directory that cannot translate anybody."""

    def rows(self, *_: Any) -> Iterator[tuple[str, Row]]:  # noqa: ANN401 - ignored
        """Fails."""
        nobody: dict[str, list[tuple[str, Row]]] = {}
        yield from nobody["person@example.org"]


def test_a_fault_of_one_view_fails_its_own_order_and_no_other(site: RebuildSite) -> None:
    site.carrier = site.new_carrier(dict(VIEWS) | {"directory": FailingDirectory()})
    site.ask("directory", "learning_plan", "link_progress")
    site.carry_out()
    order = site.order("directory")
    assert (order.state, order.error) == (OrderState.FAILED, "KeyError")
    assert {site.order(view).state for view in ("learning_plan", "link_progress")} == {OrderState.READY}
    site.carrier = site.new_carrier()
    site.act("directory", Act.RESUME)
    site.carry_out()
    assert site.order("directory").state is OrderState.READY


def test_what_the_database_refuses_fails_the_order_alone(site: RebuildSite) -> None:
    site.ask("directory", "learning_plan")
    site.carrier.turn()
    site.execute("ALTER TABLE view_directory_2.accounts ADD CHECK (portal = 'neither')")
    site.carry_out()
    assert (site.order("directory").state, site.order("directory").error) == (OrderState.FAILED, "CheckViolation")
    assert site.order("learning_plan").state is OrderState.READY


def test_a_live_view_that_stands_still_is_not_compared_and_the_person_is_told(
    site: RebuildSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sync_service.projections.rebuilder.PATIENCE_S", 0)
    site.receive(life(610)[600:])
    site.ask("directory")
    site.carry_out()
    site.carrier.turn()
    order = site.order("directory")
    assert (order.state, order.error, order.comparison) == (OrderState.READY, "live_stands_still", None)
    site.act("directory", Act.SWITCH)
    site.carry_out()
    assert site.views.live("directory").position == site.store.head()


def test_a_switch_that_was_made_just_before_a_kill_is_only_noted(site: RebuildSite) -> None:
    site.rebuilt("directory")
    site.act("directory", Act.SWITCH)
    site.views.switch("directory", GenerationState.BUILDING, lambda live: live)
    site.carry_out()
    assert site.order("directory").state is OrderState.SWITCHED
    assert states(site, "directory") == {GenerationState.LIVE: 2, GenerationState.PREVIOUS: 1}


def test_it_is_known_whether_somebody_carries_orders_out(site: RebuildSite) -> None:
    assert not site.book.is_carried_out()
    with site.running():
        site.ask("directory")
        while site.order("directory").state is not OrderState.READY:
            pass
        assert site.book.is_carried_out()
    while site.book.is_carried_out():
        pass  # the server notices a little later that the connection which held the lock is gone
