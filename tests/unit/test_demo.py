"""The demo's portals: where the console stays open they go on answering what is done there, and live no new life."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import orjson
import pytest

from simulation.life import Life
from simulation.manners import PLAIN
from simulation.runner import Simulation
from sync_service.cli.demo import live

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

BASE = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
LIFE_S = 0.1
PATIENCE_S = 10.0
REPLICAS = "nmo.edu.replicas.v1"


class Wire:
    """What the portals publish, and one request that comes when the test sends it."""

    def __init__(self) -> None:
        self.published: list[str] = []
        self.answered = threading.Event()
        self.coming: list[tuple[str, bytes]] = []

    def publish(self, topic: str, key: bytes, value: bytes) -> None:
        kind = orjson.loads(value).get("type", "")
        self.published.append(kind)
        if kind == "ru.nmo.replica.applied.v1":
            self.answered.set()

    def flush(self) -> None:
        """Nothing is kept back."""

    def read(self, topics: Collection[str]) -> Sequence[tuple[str, bytes]]:
        return [self.coming.pop()] if REPLICAS in topics and self.coming else []


def request() -> tuple[str, bytes]:
    said = {"account_id": "E-1", "activity_key": "module:m:2025-04-01", "revision": 1, "kind": "module"}
    return REPLICAS, orjson.dumps({"id": "x", "source": "/sync", "type": "ru.nmo.replica.requested.v1", "data": said})


@pytest.mark.parametrize("stays", [True, False])
def test_portals_answer_while_the_console_stays_open_and_no_longer(stays: bool) -> None:
    wire, stopping, ended = Wire(), threading.Event(), threading.Event()
    simulation = Simulation(Life(1, 1, LIFE_S, BASE), wire, manners=PLAIN)
    portals = threading.Thread(target=live, args=(simulation, LIFE_S, stopping, ended, stays))
    portals.start()
    assert ended.wait(PATIENCE_S)
    wire.answered.clear()
    lived = len(wire.published)
    wire.coming.append(request())
    assert wire.answered.wait(PATIENCE_S if stays else 0.3) is stays
    assert wire.published[lived:] == (["ru.nmo.replica.applied.v1"] if stays else [])
    stopping.set()
    portals.join(PATIENCE_S)
    assert not portals.is_alive()
