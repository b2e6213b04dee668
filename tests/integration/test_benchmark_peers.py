"""What benchmarks compare us with does the same work: the same messages lead to the same counts, codes and plans."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import orjson
import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from benchmarks.peers.copy_floor import Floor
from benchmarks.peers.peer import Counts
from benchmarks.peers.sqlalchemy_batches import BatchByBatch
from benchmarks.peers.sqlalchemy_rows import RowByRow
from benchmarks.peers.stock_library import StockLibrary
from benchmarks.service import OurService
from simulation.bulk import bulk
from simulation.codes import canonical
from sync_service import questions
from sync_service.aggregates.values import Account, Portal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from benchmarks.peers.peer import Peer
    from sync_service.unit_of_work import UnitOfWork
    from tests.real_postgres import Databases

PEOPLE: Final = 12
LINES: Final = 320
RECEIVED_BEFORE: Final = 60
WRITTEN: Final = ("sync_messages", "sync_keys", "sync_events", "sync_transactions")


class Directory:
    """Where a service keeps its files."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory


@pytest.fixture(scope="module")
def lines() -> list[bytes]:
    """People of whom half are linked while they are at it, with repeats and codes that somebody has already."""
    return [line for _, _, line in bulk("peers", LINES, PEOPLE, 0.5, repeats_share=0.1)]


@pytest.fixture(scope="module")
def expected(databases: Databases, tmp_path_factory: pytest.TempPathFactory, lines: list[bytes]) -> Iterator[Counts]:
    """What our service makes of them."""
    with databases.fresh() as conninfo:
        ours = OurService(Directory(tmp_path_factory.mktemp("ours")), conninfo)
        ours.receive(lines)
        ours.make_live()
        yield counts_of(ours, lines)
        ours.release()


def test_the_stream_has_what_peers_could_get_wrong(expected: Counts, lines: list[bytes]) -> None:
    assert expected.repeats > 0
    assert expected.refused > 0
    assert sum(expected.plan_sizes.values()) > len(expected.owners)
    assert any(b"link.confirmed" in line for line in lines)


@pytest.mark.parametrize("kind", [StockLibrary, RowByRow, BatchByBatch])
def test_a_peer_counts_credits_and_shows_what_we_do(
    kind: Callable[[str], Peer], database_url: str, lines: list[bytes], expected: Counts
) -> None:
    peer = kind(database_url)
    peer.receive(lines)
    found = peer.counts()
    peer.close()
    assert found == expected


def test_the_peer_of_batches_gives_the_same_however_batches_are_cut(
    database_url: str, lines: list[bytes], expected: Counts
) -> None:
    peer = BatchByBatch(database_url, batch=7)
    peer.receive(lines)
    found = peer.counts()
    peer.close()
    assert found == expected


def test_the_stock_peer_loads_a_history_as_if_it_had_received_it(
    database_url: str, lines: list[bytes], expected: Counts
) -> None:
    peer = StockLibrary(database_url)
    peer.load(lines[:-RECEIVED_BEFORE])
    peer.receive(lines[-RECEIVED_BEFORE:])
    found = peer.counts()
    peer.close()
    assert found == expected


def test_the_floor_writes_the_rows_that_we_wrote(databases: Databases, tmp_path: Path, lines: list[bytes]) -> None:
    with databases.fresh() as conninfo:
        ours = OurService(Directory(tmp_path), conninfo)
        ours.receive(lines[:RECEIVED_BEFORE])
        ours.release()
        with databases.fresh(str(conninfo_to_dict(conninfo)["dbname"])) as twin:
            floor = Floor(conninfo, twin, ours.service.settings.batch_records_max)
            ours.receive(lines[RECEIVED_BEFORE:])
            assert floor.rate(len(lines) - RECEIVED_BEFORE) > 0
            assert rows_in(twin) == rows_in(conninfo)
            assert len(rows_in(twin)["sync_events"]) > LINES
            floor.close()
        ours.release()


def rows_in(conninfo: str) -> dict[str, list[tuple[object, ...]]]:
    """What the database holds, as it is stored."""
    with psycopg.connect(conninfo) as connection:
        return {table: sorted(connection.execute(b"TABLE %s" % table.encode()).fetchall()) for table in WRITTEN}


def counts_of(ours: OurService, lines: Sequence[bytes]) -> Counts:
    """The same counts of ours: codes from their streams, plans from the views."""
    said = [orjson.loads(line) for line in lines]
    bodies = [(event["source"], event["data"]) for event in said]
    issued = {str(canonical(code)) for _, body in bodies for code in body.get("codes", ())}
    accounts = {(source, body["account_id"]) for source, body in bodies if "account_id" in body}

    def owners(work: UnitOfWork) -> dict[str, str]:
        found = {code: work.code(code).owner for code in issued}
        return {code: f"/portals/{owner.portal.value}#{owner.account_id}" for code, owner in found.items() if owner}

    plan_sizes: dict[str, int] = {}
    for source, account_id in accounts:
        portal = Portal(source.removeprefix("/portals/"))
        plan = questions.plan(ours.service.views, ours.service.store, Account(portal, account_id))
        shown = sum(entry.shown_in[portal.value] != "not_linked" for entry in plan.entries)
        plan_sizes |= {f"{source}#{account_id}": shown} if shown else {}
    total = ours.counted
    return Counts(total.stored, total.repeats, total.refused, ours.service.application().look(owners), plan_sizes)
