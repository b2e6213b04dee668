"""The JSON API of a whole service on a real PostgreSQL, behind the console's guard, as its server has it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from starlette.testclient import TestClient

from sync_service.access import Role
from sync_service.bootstrap import Service
from sync_service.bootstrap.surroundings import now
from sync_service.console.web import console
from sync_service.credentials import Credential, Kind, new_secret
from sync_service.messages.records import Record
from sync_service.settings import Settings
from tests.unit.api.described import ask, operations_of
from tests.unit.api.office import BASE, CODE, PARKED, PERSON, PERSONAL
from tests.unit.api.test_description import LABELS
from tests.unit.api.test_people import SECRETS
from tests.unit.support_desk import LINKED_PERSON

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from uuid import UUID

    from starlette.applications import Starlette

    from tests.real_postgres import Databases

EXAMPLES = 4
GIVEN = (*LINKED_PERSON, *PERSONAL, PARKED)


class Site:
    """The service with its tables, a person, a parked message, and a service account that may do everything."""

    def __init__(self, conninfo: str, data_dir: Path) -> None:
        settings = Settings(
            database_url=conninfo,
            data_dir=data_dir,
            console_hosts=("testserver",),
            api_calls_per_minute=100_000,
            searches_per_minute=10_000,
            sign_ins_per_minute=10_000,
        )
        self.service = Service(settings)
        self.ports = self.service.console_ports()
        records = [Record(line, "file:1", place, place + 1) for place, line in enumerate(GIVEN, start=1)]
        self.service.application().receive(records)
        self.service.catch_up()
        self.app: Starlette = console(self.ports)
        self.token, secret = new_secret("tool", now())
        self.service.credentials.add(
            Credential("tool", Kind.SERVICE, now(), "os:root", roles=frozenset(Role), secrets=(secret,))
        )

    @property
    def headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token}", "x-case": "4711"}

    def client(self) -> TestClient:
        client = TestClient(self.app, base_url=BASE, follow_redirects=False)
        client.headers.update(self.headers)
        return client


@pytest.fixture(scope="module")
def site(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with databases.fresh() as conninfo:
        made = Site(conninfo, tmp_path_factory.mktemp("api"))
        yield made
        made.service.database.close()


@pytest.fixture(scope="module")
def operations(site: Site) -> dict[str, Any]:
    return operations_of(site.app)


def letter_of(site: Site) -> str:
    return str(site.service.store.letter_streams()[0][0].stream)


@pytest.mark.parametrize("label", LABELS)
def test_the_whole_service_answers_as_described(site: Site, operations: Any, label: str) -> None:  # noqa: ANN401
    ids: dict[str, UUID | str] = {
        "specialist_id": PERSON,
        "code_id": CODE,
        "letter_id": letter_of(site),
        "view": "directory",
    }
    statuses = ask(operations[label], site.token, ids, EXAMPLES)
    assert 401 not in statuses


@pytest.mark.parametrize("label", LABELS)
def test_the_whole_service_shows_strangers_nothing(site: Site, label: str) -> None:
    before = site.ports.audit.standing().newest
    method, path = label.split(" ")
    stranger = TestClient(site.app, base_url=BASE)
    answer = stranger.request(method, re.sub(r"{\w+}", str(PERSON), path), json=None if method == "GET" else {})
    assert answer.status_code == 401
    assert site.ports.audit.standing().newest == before


READS = (
    f"/people/{PERSON}",
    f"/people/{PERSON}/history",
    f"/people/{PERSON}/plan",
    f"/people/{PERSON}/plan?as_of=2030-01-01T00:00:00Z",
    f"/people/{PERSON}/answer",
    f"/people/{PERSON}/replay",
    f"/codes/{CODE}",
    "/parked",
    "/parked?state=all",
    "/parked/groups",
    "/decisions",
    "/rebuilds",
    "/standing",
    "/series?period=week",
    "/audit",
    "/audit/export",
    "/audit/export?format=csv",
    "/me",
)


@pytest.mark.parametrize("path", READS)
def test_what_is_read_holds_nothing_personal(site: Site, path: str) -> None:
    answer = site.client().get(f"/api/v1{path}")
    assert answer.status_code == 200, answer.text
    assert not any(secret in answer.text for secret in SECRETS)


def test_moments_at_the_ends_of_the_calendar_are_answered(site: Site) -> None:
    for then in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"):
        answer = site.client().get(f"/api/v1/people/{PERSON}/plan", params={"as_of": then})
        assert answer.status_code in {200, 404, 422}, answer.text


def test_every_look_is_in_the_log_before_it_is_answered(site: Site) -> None:
    before = site.ports.audit.standing().newest
    site.client().get(f"/api/v1/people/{PERSON}")
    row = site.client().get("/api/v1/audit", params={"act": "person.seen", "limit": 1}).json()[0]
    assert (row["number"], row["whom"], row["who"], row["case"]) == (before + 1, str(PERSON), "service:tool", "4711")


def test_a_rebuild_is_ordered_compared_and_switched(site: Site) -> None:
    client, why = site.client(), {"reason": "a test"}
    other = "link_progress"
    for one in client.get("/api/v1/rebuilds").json()["views"]:
        if one["acts"] and "cancel" in one["acts"]:
            client.post(f"/api/v1/rebuilds/{one['view']}/cancel", json=why)
    site.service.catch_up()
    carrier = site.service.rebuilder()
    while carrier.turn():
        pass
    ordered = client.post("/api/v1/rebuilds", json={"view": other, **why})
    assert (ordered.status_code, [order["view"] for order in ordered.json()]) == (202, [other])
    assert ordered.json()[0]["who"].startswith("tool [")
    assert client.post("/api/v1/rebuilds", json={"view": other, **why}).status_code == 409
    while carrier.turn():
        pass
    assert client.post(f"/api/v1/rebuilds/{other}/pause", json=why).status_code == 409
    assert client.post(f"/api/v1/rebuilds/{other}/switch", json=why | {"order": 0}).status_code == 409
    assert client.post(f"/api/v1/rebuilds/{other}/switch", json=why).json()["state"] == "switching"
    while carrier.turn():
        pass
    shown = {one["view"]: one for one in client.get("/api/v1/rebuilds").json()["views"]}[other]
    assert (shown["order"]["state"], shown["previous"] is not None) == ("switched", True)
    back = client.post(f"/api/v1/rebuilds/{other}/back", json=why | {"generation": shown["previous"]["number"]})
    assert back.status_code == 202


def test_the_api_stands_behind_the_console_s_guard(site: Site) -> None:
    assert site.client().get("/api/v1/me", headers={"host": "elsewhere.example"}).status_code == 421
    foreign = {"sec-fetch-site": "cross-site"}
    assert site.client().post("/api/v1/search", json={"text": "edu:e1"}, headers=foreign).status_code == 403
    assert site.client().get("/api/v1/me").headers["cache-control"] == "no-store"
