"""The database itself is killed under all roles: they wait for it, and go on where they were."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING

import pytest

from simulation.bulk import bulk
from sync_service.adapters.embedded_postgres import open_store, stop_store
from sync_service.adapters.embedded_postgres_directory import open_directory
from sync_service.adapters.embedded_postgres_server import postmaster_pid
from tests.faults.storm import DATABASE, Sea, Storm
from tests.real_kafka import REFUSED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sync_service.bootstrap import Service
    from tests.faults.deployment import Deployment
    from tests.real_kafka import Kafka

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600), *REFUSED]

AWAY_S = 1.0


@pytest.fixture
def own_server(quick_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A server that no other test uses; to the service it is any PostgreSQL, which somebody else starts again."""
    monkeypatch.setenv("SYNC_PG_LINGER", "30")
    yield quick_path / "server"
    stop_store(quick_path / "server")


@pytest.fixture
def database_url(own_server: Path) -> str:
    return open_store(own_server)


@pytest.fixture
def sea(deployment: Deployment, service: Service, kafka: Kafka, own_server: Path) -> Sea:
    def restart_database() -> None:
        pid = postmaster_pid(open_directory(own_server))
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        time.sleep(AWAY_S)
        open_store(own_server)

    return Sea(deployment, service, kafka, restart_database)


def test_nothing_is_lost_or_doubled_while_the_database_is_killed(sea: Sea, tell: Callable[[str], None]) -> None:
    begun = time.monotonic()
    lines = list(bulk(5, 5_000, 400, 0.4, malformed=10, prefix=sea.service.names.prefix))
    victims = [DATABASE, DATABASE, DATABASE, "consumer-1", "publisher", "projections"]
    storm = Storm(seed=5, kills=len(victims), victims=victims, pause_s=(0.0, 2.0))
    left = storm.pass_over(sea, lines)
    left.assert_promises_kept(malformed=10)
    tell(f"{left}; {storm}; {time.monotonic() - begun:.0f} s")
