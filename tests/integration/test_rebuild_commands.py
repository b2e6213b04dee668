"""Rebuilds as operators type them: watched, resting, given up, and joined by a second command."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from sync_service.cli.app import app
from sync_service.projections.rebuild_orders import OrderState
from sync_service.projections.registry import VIEWS
from tests.integration.rebuild_site import RebuildSite
from tests.integration.test_operations_on_postgres import life, prepare

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from typer.testing import Result

    from tests.real_postgres import Databases

    Type = Callable[..., Result]


@pytest.fixture
def site(databases: Databases) -> Iterator[RebuildSite]:
    """A service with a life behind it."""
    with databases.fresh(databases.template("site", prepare)) as conninfo:
        made = RebuildSite(conninfo)
        made.receive(life(300))
        yield made
        made.database.close()


@pytest.fixture
def typed(site: RebuildSite, monkeypatch: pytest.MonkeyPatch) -> Type:
    """Types a `projections` command on the site's database."""
    monkeypatch.setenv("SYNC_DATABASE_URL", site.conninfo)
    monkeypatch.setenv("SYNC_LOG_LEVEL", "error")

    def type_(*words: str) -> Result:
        return CliRunner().invoke(app, ["projections", *words])

    return type_


def answer(result: Result) -> Any:  # noqa: ANN401 - JSON
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def test_without_a_process_the_command_carries_it_out_itself_and_moves_the_live_views_too(
    site: RebuildSite, typed: Type
) -> None:
    orders = answer(typed("rebuild", "all", "--who", "operator", "--reason", "a test", "--json"))
    assert {order["state"] for order in orders} == {"switched"}
    assert {(order["who"], order["reason"]) for order in orders} == {("operator", "a test")}
    assert [order["view"] for order in orders] == list(VIEWS)
    assert all(site.views.live(view).number == 2 for view in VIEWS)
    back = answer(typed("rebuild", "directory", "--back", "--json"))
    assert [order["state"] for order in back] == ["taken_back"]
    assert site.views.live("directory").number == 1


def test_what_differs_stays_ready_until_somebody_says_yes(site: RebuildSite, typed: Type) -> None:
    site.catch_up()
    site.execute("UPDATE view_directory_1.accounts SET is_closed = NOT is_closed")
    refused = typed("rebuild", "directory")
    assert refused.exit_code != 0
    assert "differ" in refused.stderr
    assert "is_closed: " in refused.stderr
    assert site.order("directory").state is OrderState.READY
    assert answer(typed("status", "--json"))["rebuilds"][0]["state"] == "ready"
    assert answer(typed("rebuild", "directory", "--yes", "--json"))[0]["state"] == "switched"


def test_a_rebuild_is_asked_for_paused_resumed_and_cancelled(site: RebuildSite, typed: Type) -> None:
    assert answer(typed("rebuild", "directory", "--detach", "--json"))[0]["state"] == "asked"
    assert answer(typed("pause", "directory", "--json"))[0]["state"] == "paused"
    watched = typed("rebuild", "directory")
    assert watched.exit_code != 0
    assert "paused" in watched.stderr + str(watched.exception)
    assert answer(typed("resume", "all", "--json"))[0]["state"] == "filling"
    cancelled = answer(typed("cancel", "directory", "--json"))
    assert [(order["view"], order["state"]) for order in cancelled] == [("directory", "cancelled")]
    assert {one.number for one in site.views.generations()} == {1}
    assert typed("cancel", "directory").exit_code != 0


def test_a_command_watches_what_a_process_carries_out(site: RebuildSite, typed: Type) -> None:
    with site.running():
        site.carry_out = lambda: pytest.fail("the process does it")  # type: ignore[method-assign]
        assert answer(typed("rebuild", "code_register", "--json"))[0]["state"] == "switched"


def test_a_view_that_is_being_rebuilt_is_not_taken_back(site: RebuildSite, typed: Type) -> None:
    answer(typed("rebuild", "directory", "--json"))
    site.ask("directory")
    refused = typed("rebuild", "directory", "--back")
    assert refused.exit_code != 0
    assert "is being rebuilt" in str(refused.exception)
