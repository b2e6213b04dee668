"""What is ready to use in `deploy/` asks for metrics that the service exports, and the page explains each of them."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient

from sync_service.console.metrics import Watched, routes
from sync_service.operations.asking import Operations
from sync_service.projections.view_store import Generation, GenerationState
from sync_service.working import Working
from tests.docs.pages import ROOT
from tests.unit.calm_readings import NAMES, NOW, calm

if TYPE_CHECKING:
    from datetime import datetime

    from sync_service.operations.readings import CountRow, Readings

PAGE = (ROOT / "docs" / "howto" / "monitoring.md").read_text(encoding="utf-8")
ALERTS = (ROOT / "deploy" / "prometheus" / "alerts.yml").read_text(encoding="utf-8")
DASHBOARD = json.loads((ROOT / "deploy" / "grafana" / "sync-service.json").read_text(encoding="utf-8"))
METRIC = re.compile(r"\bsync_[a-z_]+\b")


class Away(Exception):
    """The database does not answer."""


class Store:
    """A service in which all is well, or whose database is away."""

    is_away = False
    missing = 0

    def readings(self) -> Readings:
        if self.is_away:
            raise Away
        return calm()

    def counted(self, span: int, step_s: int, steps: int) -> tuple[datetime, list[CountRow]]:
        return NOW, []

    def is_migrated(self) -> bool:
        if self.is_away:
            raise Away
        return True

    def names(self) -> list[str]:
        return ["directory", "learning_plan"]

    def generations(self) -> list[Generation]:
        live = [Generation(name, 1, GenerationState.LIVE, 1, NOW) for name in self.names()]
        return live[: len(live) - self.missing]


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def client(store: Store) -> TestClient:
    role = Working("projections")
    role.note("batch.projected", 500, 0.02, 7)
    operations = Operations(store, NAMES.source_of)
    answers = routes(Watched(operations, [role], store, store, (Away,)))
    app = Starlette(routes=[Route(one.path, one.answer) for one in answers])
    return TestClient(app, client=("127.0.0.1", 50_000))


@pytest.fixture
def families(client: TestClient) -> dict[str, str]:
    """The exported metrics with their meanings, by the names that a query uses."""
    found = dict(re.findall(r"^# HELP (\S+) (.+)$", client.get("/metrics").text, re.MULTILINE))
    histograms = re.findall(r"^# TYPE (\S+) histogram$", client.get("/metrics").text, re.MULTILINE)
    return found | {f"{name}_{part}": found[name] for name in histograms for part in ("bucket", "sum", "count")}


def queries_of_the_dashboard() -> list[str]:
    return [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]


def queries_of_the_alerts() -> list[str]:
    """The expressions of the rules, which are plain or folded scalars of YAML."""
    found = re.findall(r"^ {8}expr: (?:>-\n((?: {10}.*\n)+)|(.*)\n)", ALERTS, re.MULTILINE)
    return [folded or plain for folded, plain in found]


def names_in(query: str) -> set[str]:
    return set(METRIC.findall(re.sub(r'"[^"]*"', "", query)))


def test_every_query_of_the_dashboard_names_an_exported_metric(families: dict[str, str]) -> None:
    queries = queries_of_the_dashboard()
    assert len(queries) > 20
    for query in queries:
        assert names_in(query) <= families.keys()
        assert names_in(query), query


def test_every_alert_names_an_exported_metric_and_says_what_to_do(families: dict[str, str]) -> None:
    blocks = re.split(r"^ {6}- alert: ", ALERTS, flags=re.MULTILINE)[1:]
    queries = queries_of_the_alerts()
    assert len(blocks) == len(queries) > 10
    for block, query in zip(blocks, queries, strict=True):
        assert names_in(query) <= families.keys()
        for line in ("for: ", "labels: {severity: ", "summary: ", "description: "):
            assert re.search(rf"^ {{8,10}}{line}\S", block, re.MULTILINE), (line, block)


def test_every_label_that_is_asked_for_has_a_value_that_is_exported(client: TestClient) -> None:
    exported = client.get("/metrics").text
    for query in (*queries_of_the_dashboard(), *queries_of_the_alerts()):
        for name, label, values in re.findall(r"(sync_\w+)\{(\w+)=~?\"([^\"]+)\"\}", query):
            for value in values.split("|"):
                assert re.search(rf'^{name}\{{[^}}]*{label}="{value}"', exported, re.MULTILINE), (name, label, value)


def test_every_metric_says_what_it_means_and_stands_on_the_page(families: dict[str, str]) -> None:
    documented = set(METRIC.findall(PAGE))
    parts = ("_bucket", "_sum", "_count")
    exported = {name for name in families if not name.endswith(parts)}
    assert len(exported) > 30
    assert all(meaning.endswith(".") for meaning in families.values())
    assert exported - documented == set()
    assert {name for name in documented - exported if name != "sync_parts"} == set()


def test_panels_do_not_lie_over_each_other() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, panel["title"]
        assert max(x for x, _ in cells) < 24
        taken |= cells


def test_metrics_answer_although_the_database_is_away(client: TestClient, store: Store) -> None:
    store.is_away = True
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert "sync_database_up 0.0" in answer.text
    assert "sync_role_turn_age_seconds" in answer.text
    assert "sync_messages_unaccounted" not in answer.text


def test_the_service_is_ready_when_database_tables_and_views_are_there(client: TestClient, store: Store) -> None:
    assert client.get("/healthz").text == "ok\n"
    assert client.get("/readyz").json() == {"ready": True, "checks": {"database": None, "tables": None, "views": None}}
    store.missing = 1
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["checks"]["views"]) == (503, "not there: learning_plan")
    store.is_away = True
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["checks"]["database"]) == (503, "Away")
    assert client.get("/healthz").status_code == 200
