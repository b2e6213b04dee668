"""Heartbeats and what is not read yet, on a real PostgreSQL: silence shows, and nothing unknown is zero."""

# ruff: noqa: S608 - the names in the statements are our own

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest

from consumers.source_ends import FileSources
from sync_service.adapters.postgres_parts import PostgresParts
from sync_service.operations.beating import Beat, BookUnavailable, beating
from sync_service.operations.standing import PartState, ReaderState
from sync_service.operations.unread import SourceEnd
from sync_service.working import Watched, Working
from tests.model import lines

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

from tests.integration.operations_site import NAMES, Site


@pytest.fixture
def site(database_url: str) -> Iterator[Site]:
    """An empty store."""
    made = Site(database_url)
    yield made
    made.database.close()


def beat(part: str, turn_age_s: float = 0, **hindrances: str) -> Beat:
    """What a part says of itself."""
    return Beat(part, turn_age_s, True, "batch.projected", 1.0, 5, hindrances, 2.0 if hindrances else None)


def test_heartbeats_are_one_row_a_part_and_process(site: Site) -> None:
    for _ in range(3):
        site.parts.beat("host-1", "0.1.0", [beat("projections"), beat("publisher", transport="away")])
    site.parts.beat("host-2", "0.1.0", [beat("projections", turn_age_s=90)])
    standing = site.operations.standing()
    assert len(standing.parts) == 3
    assert (standing.role("projections").state, standing.role("projections").processes) == (PartState.WORKING, 1)
    assert standing.role("publisher").hindrance == "away"
    assert [one.state for one in standing.parts if one.instance == "host-2"] == [PartState.HUNG]


def test_a_process_that_fell_silent_is_stopped_and_forgotten_after_a_day(site: Site) -> None:
    site.parts.beat("host-1", "0.1.0", [beat("publisher")])
    site.query("UPDATE sync_parts SET beat_at = beat_at - interval '16 seconds'")
    assert site.operations.standing().role("publisher").state is PartState.STOPPED
    site.query("UPDATE sync_parts SET beat_at = beat_at - interval '1 day'")
    PostgresParts(site.database).beat("host-2", "0.1.0", [beat("consumers")])
    assert [one.instance for one in site.operations.standing().parts] == ["host-2"]


def test_a_process_that_ends_says_so(site: Site) -> None:
    site.parts.beat("host-1", "0.1.0", [beat("publisher")])
    site.parts.end("host-1", "KeyError")
    role = site.operations.standing().role("publisher")
    assert (role.state, role.hindrance) == (PartState.ENDED, "KeyError")
    assert role.since is not None


def test_a_database_that_is_away_is_an_unavailable_book(site: Site) -> None:
    site.query("DROP TABLE sync_parts")
    with pytest.raises(BookUnavailable):
        site.parts.beat("host-1", "0.1.0", [beat("publisher")])


def test_unread_lines_are_counted_while_no_consumer_runs(site: Site, tmp_path: Path) -> None:
    topic = NAMES.all_in()[1]
    sources = FileSources(tmp_path, NAMES.all_in(), site.store)
    assert {(end.end_offset, end.unread) for end in sources.ends()} == {(0, 0)}
    (tmp_path / f"{topic}.ndjson").write_bytes(b"".join(lines.registered(f"edu:e{n}") + b"\n" for n in range(5)))
    site.parts.beat("host-1", "0.1.0", [beat("consumers")])
    site.parts.look(sources.ends())
    edu = site.operations.standing().sources[1]
    assert edu.waiting == 5
    assert edu.waiting_bytes is not None
    assert edu.waiting_bytes > 500
    end = sources.ends()[1]
    site.query(f"INSERT INTO sync_places VALUES ('{end.place}', {end.end_offset}, 5, 0, now())")
    site.query("UPDATE sync_source_ends SET looked_at = looked_at - interval '10 seconds'")
    site.parts.look(sources.ends())
    edu = site.operations.standing().sources[1]
    assert (edu.waiting, edu.waiting_bytes, edu.oldest_s, edu.state) == (0, 0, 0.0, ReaderState.AT_HEAD)


def test_the_oldest_unread_message_is_as_old_as_the_first_look_that_saw_it(site: Site) -> None:
    topic = NAMES.all_in()[0]
    place = f"kafka:{topic}:id:0"
    site.query(f"INSERT INTO sync_places VALUES ('{place}', 100, 0, 0, now())")
    for age_s, end in ((7200, 90), (3600, 100), (1800, 150), (1790, 151), (600, 160), (30, 170)):
        site.query(
            f"INSERT INTO sync_source_ends VALUES ('{place}', '{topic}', {end}, 0, now() - interval '{age_s} seconds')"
        )
    site.parts.look([SourceEnd(place, topic, 180, 80)])
    site.parts.beat("host-1", "0.1.0", [beat("consumers")])
    sovetnmo = site.operations.standing().sources[0]
    assert sovetnmo.waiting == 80
    assert sovetnmo.oldest_s == pytest.approx(1800, abs=5)
    assert sovetnmo.state is ReaderState.BEHIND
    kept = [end for (end,) in site.query("SELECT end_offset FROM sync_source_ends ORDER BY looked_at")]
    assert kept[0] == 150  # what is read needs no memory
    assert kept[-1] == 180
    assert len(kept) <= 5


def test_two_processes_that_look_at_once_leave_one_look(site: Site) -> None:
    end = SourceEnd("topic:t:x:0", "t", 10, 10)
    site.parts.look([end])
    PostgresParts(site.database).look([end])
    assert site.query("SELECT count(*) FROM sync_source_ends") == [(1,)]


def test_a_role_that_hangs_is_seen_by_its_own_heartbeat(site: Site) -> None:
    role, stopping = Working("projections"), threading.Event()
    Watched(stopping, role).is_set()
    role.turned_at -= 61
    with beating(site.parts, [role], "0.1.0"):
        deadline = time.monotonic() + 30
        while site.operations.standing().role("projections").state is PartState.ABSENT and time.monotonic() < deadline:
            time.sleep(0.05)
        assert site.operations.standing().role("projections").state is PartState.HUNG
    assert site.operations.standing().role("projections").state is PartState.ENDED
