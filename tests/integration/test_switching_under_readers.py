"""Who reads several tables while their view is switched sees one version of all of them, on a real PostgreSQL."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from sync_service.projections.learning_plan import LearningPlan
from sync_service.projections.rebuild_orders import Act
from sync_service.projections.registry import VIEWS
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


class MarkedPlan(LearningPlan):
    """A version of the plan that can be told by any of its rows."""

    def rows(self, *arguments: Any) -> Iterator[tuple[str, Row]]:  # noqa: ANN401 - passed on
        """Every row with a mark."""
        for table, row in super().rows(*arguments):
            names = next(known.names for known in self.tables if known.name == table)
            marked = {"entries": "title", "training": "audience"}
            values = dict(zip(names, row, strict=True))
            yield table, tuple((values | ({marked[table]: "marked"} if table in marked else {})).values())


def test_who_reads_two_tables_sees_one_version_of_both_however_often_they_are_switched(site: RebuildSite) -> None:
    plan = "learning_plan"
    owner = site.views.find(plan, "entries")[0]["owner"]
    seen: dict[bool, int] = {False: 0, True: 0}
    errors: list[BaseException] = []
    stopping = threading.Event()

    def read() -> None:
        try:
            while not stopping.is_set():
                entries, training = site.views.at_once(
                    lambda: (
                        site.views.find(plan, "entries", owner=owner),
                        site.views.find(plan, "training", owner=owner),
                    )
                )
                marks = {row["title"] == "marked" for row in entries} | {training[0]["audience"] == "marked"}
                assert len(marks) == 1, "of both versions"
                seen[marks.pop()] += 1
        except BaseException as error:  # noqa: BLE001 - told to the test
            errors.append(error)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for turn in range(8):  # each drops the version before the last
        site.carrier = site.new_carrier(dict(VIEWS) | ({plan: MarkedPlan()} if turn % 2 == 0 else {}))
        site.rebuilt(plan)
        site.act(plan, Act.SWITCH)
        site.carry_out()
        assert site.book.ask_back(plan, site.views.live(plan).number - 1, "operator", "and back")
        site.carry_out()
        assert site.book.ask_back(plan, site.views.live(plan).number + 1, "operator", "and forth")
        site.carry_out()
    stopping.set()
    for reader in readers:
        reader.join()
    assert errors == []
    assert min(seen.values()) > 10
