"""The ways by which history comes in, without Kafka: over HTTP, by a topic's file, by a command."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING

import msgspec
import pytest
from typer.testing import CliRunner

from sync_service.bootstrap import Service
from sync_service.cli import app
from sync_service.cli.intake import _routed
from sync_service.operations.standing import ReaderState
from sync_service.portal_door.door import Lane
from sync_service.publishing import FOLLOWER
from sync_service.settings import Settings
from tests.integration.test_portal_door import Site
from tests.master_key import SECRET_KEY
from tests.model import lines
from tests.unit.portal.desk import LINES, answer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def site(database_url: str, tmp_path: Path) -> Iterator[Site]:
    """A service without Kafka, and its portal door."""
    made = Site(database_url=database_url, data_dir=tmp_path, master_key=SECRET_KEY, portal_unread_max=2)
    yield made
    made.close()


def send(site: Site, lane: Lane, *given: bytes) -> tuple[int, dict[str, object]]:
    """Send events of edu by this lane."""
    headers = {"authorization": f"Bearer {site.tokens['edu']}", "content-type": LINES}
    status, told = answer(b"\n".join(given), headers, site.door, lane=lane)
    return status, msgspec.json.decode(told)


def test_history_over_http_waits_in_its_own_topic_and_is_stored_by_its_own_consumer(site: Site) -> None:
    service, history = site.service, [lines.completed("edu:e1", module_id=f"m{number}") for number in range(3)]
    assert send(site, Lane.BACKFILL, *history)[0] == 202
    assert service.store.counts().received == 0
    assert send(site, Lane.LIVE, history[0])[1]["accepted"] == 1
    received = service.backfill_consumer(threading.Event()).run_until_idle()
    assert received is not None
    assert (received.received, received.stored, received.repeats) == (3, 2, 1)
    assert send(site, Lane.BACKFILL, history[1])[1]["repeats"] == 1


def test_what_nobody_has_read_yet_closes_its_own_lane_and_makes_no_source_late(site: Site) -> None:
    service = site.service
    send(site, Lane.BACKFILL, *(lines.completed("edu:e1", module_id=f"m{number}") for number in range(3)))
    service.parts.look(service.sources.ends())
    fresh = service.portal_door()
    site.door = fresh
    assert send(site, Lane.BACKFILL, lines.registered("edu:e1"))[1]["code"] == "behind"
    assert send(site, Lane.LIVE, lines.registered("edu:e1"))[0] == 202
    standing = next(one for one in service.operations.standing().sources if one.source == "edu")
    assert (standing.backfill_waiting, standing.waiting, standing.oldest_s) == (3, 0, 0.0)
    assert standing.state is not ReaderState.BEHIND


def test_portals_wait_while_what_they_are_to_be_told_is_far_behind_and_not_for_a_slow_view(site: Site) -> None:
    site.service.store.follow(FOLLOWER, 0)
    assert send(site, Lane.LIVE, *(lines.completed("edu:e1", module_id=f"m{number}") for number in range(3)))[0] == 202
    site.door = site.service.portal_door()
    status, told = send(site, Lane.LIVE, lines.registered("edu:e1"))
    assert (status, told["code"]) == (429, "behind")
    site.service.store.follow(FOLLOWER, site.service.store.head())
    site.door = site.service.portal_door()
    assert send(site, Lane.LIVE, lines.registered("edu:e1"))[0] == 202


def test_a_file_is_ingested_as_a_backfill_with_the_same_summary(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SYNC_DATABASE_URL", database_url)
    monkeypatch.setenv("SYNC_DATA_DIR", str(tmp_path / "data"))
    file = tmp_path / "history.ndjson"
    file.write_bytes(b"\n".join([lines.registered("edu:e1"), lines.completed("edu:e1"), b"{"]))
    result = CliRunner().invoke(app, ["ingest", "--backfill", str(file)])
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout) == {"received": 3, "stored": 2, "repeats": 0, "refused": 0, "parked": 1}


@pytest.mark.parametrize(("backfill", "topic"), [(False, "nmo.edu.events.v1"), (True, "nmo.edu.backfill.v1")])
def test_a_published_line_goes_to_the_topic_of_its_source_keyed_by_its_account(backfill: bool, topic: str) -> None:
    service = Service(Settings(master_key=SECRET_KEY))
    routed = _routed(service, lines.registered("edu:e1"), None, backfill=backfill)
    assert routed is not None
    assert (routed.topic, routed.key) == (topic, b"e1")
