"""Empty generations filled by whole streams have the rows that the log's order gives, whatever comes between."""

from __future__ import annotations

import multiprocessing
import subprocess
import sys
from concurrent.futures import wait
from concurrent.futures.process import BrokenProcessPool
from importlib.metadata import version
from typing import TYPE_CHECKING

import pytest

from sync_service import decisions
from sync_service.adapters.filling_crew import FillingCrew, Opening
from sync_service.aggregates.values import Account, Portal
from sync_service.decisions import Decision, Kind
from sync_service.projections import filling
from sync_service.projections.filling import Crew, Filler, moving
from sync_service.projections.projecting import Projector
from sync_service.projections.rebuild_orders import Act, OrderState
from sync_service.projections.rebuilder import Rebuilder
from sync_service.projections.registry import VIEWS
from sync_service.projections.view_store import GenerationState, ViewMoved
from tests.integration.rebuild_site import RebuildSite
from tests.integration.test_operations_on_postgres import life, prepare
from tests.master_key import MASTER

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from concurrent.futures import Future

    from sync_service.projections.filling_parts import Filling
    from sync_service.projections.view_store import Generation
    from tests.real_postgres import Databases

PARTS = 7
LEADING = """
import sys
from importlib.metadata import version
from sync_service.adapters.filling_crew import FillingCrew, Opening
from sync_service.projections.filling_parts import Filling
from tests.master_key import MASTER

crew = FillingCrew(lambda: Opening(sys.argv[1], MASTER, 10, version("sync-service")), 1)
print(crew.fill([], Filling(head=1, parts=1), 0).result(), flush=True)
sys.stdin.read()
"""
"""Starts a crew, and waits until it is killed."""


@pytest.fixture
def site(databases: Databases, monkeypatch: pytest.MonkeyPatch) -> Iterator[RebuildSite]:
    """A service with a life behind it, linked people among it, whose log counts as long."""
    with databases.fresh(databases.template("site", prepare)) as conninfo:
        made = RebuildSite(conninfo)
        made.receive(life(600))
        made.catch_up()
        monkeypatch.setattr(filling, "FILLED_EVENTS_MIN", 1)
        monkeypatch.setattr(filling, "HELPED_PARTS_MIN", 1)
        monkeypatch.setattr(filling, "PART_EVENTS", made.store.head() // PARTS)
        yield made
        made.database.close()


@pytest.fixture
def crew(site: RebuildSite) -> Iterator[FillingCrew]:
    """Another Python."""
    made = FillingCrew(lambda: Opening(site.conninfo, MASTER, 10, version("sync-service")), 1)
    yield made
    made.rest()


class Recorded:
    """A crew that notes which parts it filled; this Python waits for the first, to leave it some."""

    def __init__(self, crew: Crew) -> None:
        self._crew = crew
        self.size = crew.size
        self.filled: list[Future[int]] = []

    def fill(self, generations: Sequence[Generation], filling: Filling, number: int) -> Future[int]:
        self.filled.append(self._crew.fill(generations, filling, number))
        wait(self.filled[:1])
        return self.filled[-1]

    def rest(self) -> None:
        self._crew.rest()


def filled(site: RebuildSite, crew: Crew | None = None) -> dict[str, tuple[int, str]]:
    """The tallies of new generations that were filled by whole streams, all together."""
    targets = [(view, site.views.begin(view.name, GenerationState.CHECKING)) for view in VIEWS.values()]
    mover = moving(site.store, site.views, targets, crew)
    assert isinstance(mover, Filler)
    while mover.advance():
        pass
    assert {generation.position for _, generation in mover.targets} == {site.store.head()}
    return {view.name: site.views.tally(generation) for view, generation in mover.targets}


def live(site: RebuildSite) -> dict[str, tuple[int, str]]:
    """The tallies of the live generations, which went by the log's order."""
    site.catch_up()
    return {view: site.views.tally(site.views.live(view)) for view in VIEWS}


def fill_so_far(site: RebuildSite, *views: str) -> None:
    """Order rebuilds, and let some of the parts be filled."""
    site.ask(*views)
    for _ in range(4):
        assert site.carrier.turn()
    building = [one for one in site.views.generations() if one.state is GenerationState.BUILDING]
    done = {len(made.done) for made in map(site.views.filling, building) if made}
    assert {one.position for one in building} == {0}
    assert done
    assert all(0 < one < PARTS for one in done)


def assert_rebuilt_rightly(site: RebuildSite, *views: str) -> None:
    """All is filled, at the head, and equal to the byte."""
    site.catch_up()
    site.carry_out()
    for view in views:
        comparison = site.order(view).comparison
        assert comparison is not None, view
        assert comparison.is_equal, (view, comparison)
        assert comparison.position == site.store.head()
    assert site.execute("SELECT FROM pg_class WHERE relname IN ('filling', 'counts_by_part')") == 0


def linked_person(site: RebuildSite) -> Account:
    """Somebody with two accounts."""
    owners = {row["owner"] for row in site.views.find("link_progress", "links", is_joined=True)}
    rows = site.views.find("directory", "accounts", portal="edu")
    return Account(Portal.EDU, next(row["account_id"] for row in rows if row["owner"] in owners))


def test_whole_streams_give_the_same_rows_as_the_order_of_the_log(site: RebuildSite) -> None:
    expected = live(site)
    assert filled(site) == expected
    assert all(rows for view, (rows, _) in expected.items() if view != "decision_cases")


def test_an_undone_link_and_an_erased_person_give_the_same_rows(site: RebuildSite) -> None:
    undone = linked_person(site)
    proposal = decisions.propose(
        site.application, Decision(kind=Kind.UNDO_LINK, account=undone), reason="another person's", by="Анна"
    )
    decisions.approve(site.application, proposal, by="Борис")
    site.catch_up()
    decisions.erase(site.application, linked_person(site), reason="they asked for it", by="Анна")
    expected = live(site)
    assert filled(site) == expected


def test_several_pythons_give_the_same_rows(site: RebuildSite, crew: FillingCrew) -> None:
    others = Recorded(crew)
    assert filled(site, others) == live(site)
    assert sum(one.result() for one in others.filled) > 0, "the crew has filled parts"
    assert all(one.exception() is None for one in others.filled)


def test_what_a_killed_one_of_the_crew_had_in_work_is_done_all_the_same(site: RebuildSite, crew: FillingCrew) -> None:
    others = Recorded(crew)
    targets = [(view, site.views.begin(view.name, GenerationState.CHECKING)) for view in VIEWS.values()]
    mover = moving(site.store, site.views, targets, others)
    assert mover.advance()
    [member] = [child for child in multiprocessing.active_children() if child.name.startswith("SpawnProcess")]
    member.kill()
    while mover.advance():
        pass
    assert {view.name: site.views.tally(made) for view, made in mover.targets} == live(site)


def test_the_crew_ends_when_the_one_that_started_it_is_killed(site: RebuildSite) -> None:
    command = [sys.executable, "-c", LEADING, site.conninfo]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as leading:
        assert leading.stdout is not None
        assert leading.stdout.readline() == b"1\n"
        leading.kill()
        assert leading.stdout.read() == b"", "this ends with the last one who could still write there"


def test_another_version_than_the_one_that_runs_fills_nothing(site: RebuildSite) -> None:
    crew = FillingCrew(lambda: Opening(site.conninfo, MASTER, 10, "0.0.0"), 1)
    others = Recorded(crew)
    assert filled(site, others) == live(site)
    assert [type(one.exception()) for one in others.filled] == [BrokenProcessPool]
    crew.rest()


def test_a_rebuild_that_is_helped_goes_on_after_a_pause_and_lets_the_crew_go(
    site: RebuildSite, crew: FillingCrew
) -> None:
    site.carrier = Rebuilder(site.store, site.views, VIEWS, site.book, crew=crew)
    site.ask(*VIEWS)
    for _ in range(2):
        assert site.carrier.turn()
    for view in VIEWS:
        site.act(view, Act.PAUSE)
    site.carrier.turn()
    for view in VIEWS:
        site.act(view, Act.RESUME)
    assert_rebuilt_rightly(site, *VIEWS)
    site.carrier.close()
    assert not [child for child in multiprocessing.active_children() if child.name.startswith("SpawnProcess")]


def test_every_stream_is_in_one_part_and_whole(site: RebuildSite) -> None:
    head = site.store.head()
    parts = [site.store.part(number, PARTS, head) for number in range(PARTS)]
    streams = [stream for part in parts for stream in part]
    assert len(streams) == len(set(streams))
    events = [event for part in parts for stream in part.values() for event in stream]
    assert sorted(event.position for event in events) == [event.position for event in site.store.read(0, head)]
    for part in parts:
        for stream in part.values():
            assert [event.version for event in stream] == list(range(1, len(stream) + 1))


def test_a_rebuild_goes_on_with_the_next_part_after_a_kill(site: RebuildSite, monkeypatch: pytest.MonkeyPatch) -> None:
    fill_so_far(site, *VIEWS)
    site.carrier = site.new_carrier()
    made = site.views.filling(next(one for one in site.views.generations() if one.state is GenerationState.BUILDING))
    assert made is not None
    read: list[int] = []
    part = site.store.part

    def noted(number: int, parts: int, until: int) -> object:
        read.append(number)
        return part(number, parts, until)

    monkeypatch.setattr(site.store, "part", noted)
    assert_rebuilt_rightly(site, *VIEWS)
    assert read == made.left, "nothing is done twice, and all views go by one reading"


def test_what_comes_in_meanwhile_is_applied_afterwards(site: RebuildSite) -> None:
    fill_so_far(site, *VIEWS)
    site.receive(life(700)[600:])
    assert_rebuilt_rightly(site, *VIEWS)
    assert site.check().ok


def test_who_is_erased_between_two_parts_leaves_no_row(site: RebuildSite) -> None:
    person = linked_person(site)
    fill_so_far(site, *VIEWS)
    decisions.erase(site.application, person, reason="they asked for it", by="Анна")
    assert_rebuilt_rightly(site, *VIEWS)
    assert site.check().ok


def test_a_view_ordered_later_is_filled_by_itself(site: RebuildSite) -> None:
    fill_so_far(site, "learning_plan")
    site.ask("sync_health", "directory")
    assert_rebuilt_rightly(site, "learning_plan", "sync_health", "directory")


@pytest.mark.parametrize("act", [Act.CANCEL, Act.PAUSE])
def test_it_can_be_cancelled_and_paused_between_parts(site: RebuildSite, act: Act) -> None:
    fill_so_far(site, "directory", "sync_health")
    site.act("directory", act)
    site.carry_out()
    assert site.order("sync_health").state is OrderState.READY
    if act is Act.PAUSE:
        site.act("directory", Act.RESUME)
    else:
        assert site.execute("SELECT FROM pg_namespace WHERE nspname = 'view_directory_2'") == 0
        site.ask("directory")
    assert_rebuilt_rightly(site, "directory", "sync_health")


def test_of_two_that_fill_the_same_part_one_finds_it_moved_and_writes_nothing(site: RebuildSite) -> None:
    targets = [(view, site.views.begin(view.name, GenerationState.CHECKING)) for view in VIEWS.values()]
    one, other = (moving(site.store, site.views, targets) for _ in range(2))
    assert one.advance()
    with pytest.raises(ViewMoved):
        other.advance()
    while one.advance():
        pass
    assert {view.name: site.views.tally(made) for view, made in one.targets} == live(site)


def test_how_far_it_is_can_be_seen_while_it_stands_at_nothing(site: RebuildSite) -> None:
    fill_so_far(site, "learning_plan")
    order = site.order("learning_plan")
    assert 0 < order.reached(0) < order.head
    assert order.reached(order.head) == order.head


def test_a_short_log_goes_by_its_order(site: RebuildSite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filling, "FILLED_EVENTS_MIN", site.store.head() + 1)
    view = VIEWS["directory"]
    target = view, site.views.begin(view.name, GenerationState.CHECKING)
    assert isinstance(moving(site.store, site.views, [target]), Projector)
