"""The portal door as HTTP: what each address answers to each verb, in JSON whatever happens."""

from __future__ import annotations

import asyncio
import gzip
import tracemalloc
import zlib
from typing import TYPE_CHECKING

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from sync_service.portal_door.door import DoorLimits, Figures, Lane
from sync_service.portal_door.faults import Refused
from sync_service.portal_door.reading import read
from sync_service.portal_door.web import mounted
from tests.model import lines
from tests.unit.portal.desk import LINES, Desk, answer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

EVENTS, BACKFILL, STATUS = "/portal/v1/events", "/portal/v1/backfill", "/portal/v1/status"


def browser(desk: Desk) -> TestClient:
    return TestClient(Starlette(routes=[mounted(desk.door)]), raise_server_exceptions=False)


def test_every_address_and_verb_answers_as_documented() -> None:
    client = browser(Desk())
    answers = {
        (path, verb): client.request(verb, path)
        for path in (EVENTS, BACKFILL, STATUS, "/portal/v1/other", "/portal/")
        for verb in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
    }
    open_ones = {(EVENTS, "POST"), (BACKFILL, "POST"), (STATUS, "GET"), (STATUS, "HEAD")}
    for (path, verb), found in answers.items():
        expected = 401 if (path, verb) in open_ones else 405 if path in {EVENTS, BACKFILL, STATUS} else 404
        assert (path, verb, found.status_code) == (path, verb, expected)
        assert found.headers["content-type"] == "application/problem+json"
        if verb != "HEAD":
            assert found.json()["status"] == expected
    assert answers[EVENTS, "GET"].headers["allow"] == "POST"
    assert set(answers[STATUS, "POST"].headers["allow"].split(", ")) == {"GET", "HEAD"}
    assert answers[EVENTS, "POST"].headers["www-authenticate"].startswith("Bearer")


def test_receipts_come_as_json() -> None:
    desk = Desk()
    found = browser(desk).post(EVENTS, content=lines.registered("edu:e1"), headers=desk.headers("edu"))
    assert (found.status_code, found.headers["content-type"]) == (202, "application/json")
    assert found.json()["accepted"] == 1


def test_who_is_refused_for_now_is_told_when_to_come_again() -> None:
    desk = Desk(waiting=dict.fromkeys(Lane, 1_000_000))
    for path in (EVENTS, BACKFILL):
        found = browser(desk).post(path, content=lines.registered("edu:e1"), headers=desk.headers("edu"))
        assert (found.status_code, int(found.headers["retry-after"]) > 0) == (429, True)


def test_a_portal_is_told_what_was_received_from_it() -> None:
    desk = Desk(figures=lambda source: Figures(source, 5, 3, 1, 1, 1, 7))
    found = browser(desk).get(STATUS, headers=desk.headers("edu"))
    assert found.json() == {
        "source": "/portals/edu",
        "received": 5,
        "stored": 3,
        "repeats": 1,
        "refused": 1,
        "parked": 1,
        "waiting": 7,
    }


def test_a_bug_of_ours_is_answered_without_its_text() -> None:
    def broken(_: str) -> Figures:
        raise RuntimeError("anna@example.org")

    desk = Desk(figures=broken)
    found = browser(desk).get(STATUS, headers=desk.headers("edu"))
    assert (found.status_code, found.json()["status"]) == (500, 500)
    assert "anna" not in found.text


def test_bodies_may_be_packed() -> None:
    desk = Desk()
    packed = gzip.compress(lines.registered("edu:e1"))
    status, answered = desk.ask(packed, "edu", **{"content-encoding": "gzip"})
    assert (status, answered["accepted"]) == (202, 1)


@pytest.mark.parametrize("encoding", ["br", "deflate", "gzip, gzip", "zstd"])
def test_other_packings_are_not_taken(encoding: str) -> None:
    status, answered = Desk().ask(b"x", **{"content-encoding": encoding})
    assert (status, answered["code"]) == (415, "content-encoding")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no gzip",
        gzip.compress(b"{}", mtime=0)[:-4],
        gzip.compress(b"{}", mtime=0) + b"more",
        gzip.compress(b"{}", mtime=0) * 2,
    ],
)
def test_what_is_no_gzip_is_malformed(body: bytes) -> None:
    status, answered = Desk().ask(body, **{"content-encoding": "gzip"})
    assert (status, answered["code"]) == (400, "malformed")


def test_a_body_that_unpacks_without_end_is_refused_in_little_memory() -> None:
    limit = 1024 * 1024
    desk = Desk(DoorLimits(body_bytes_max=limit))
    bomb = _zeros(256)
    tracemalloc.start()
    status, answered = desk.ask(bomb, content_type=LINES, **{"content-encoding": "gzip"})
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (status, answered["code"]) == (413, "too-large")
    assert peak < 4 * limit + len(bomb)


def test_a_body_that_does_not_come_is_not_waited_for() -> None:
    async def hanging() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.sleep(60)

    desk = Desk(DoorLimits(body_timeout_s=0.05))
    with desk.door.rooms[Lane.LIVE].hold() as held, pytest.raises(Refused) as refused:
        asyncio.run(read(hanging(), desk.door, held, ""))
    assert (refused.value.status, refused.value.code) == (408, "slow")


def test_a_bound_credential_needs_its_certificate() -> None:
    desk = Desk()
    desk.let_in("bound", source="/portals/edu", certificate="ab" * 32)
    body, headers = lines.registered("edu:e1"), desk.headers("bound")
    assert answer(body, headers, desk.door)[0] == 401
    assert answer(body, headers, desk.door, "ab" * 32)[0] == 202


def _zeros(mebibytes: int) -> bytes:
    packer = zlib.compressobj(wbits=31)

    def parts() -> Iterator[bytes]:
        for _ in range(mebibytes):
            yield packer.compress(bytes(1024 * 1024))
        yield packer.flush()

    return b"".join(parts())
