"""The database itself is killed under all roles: they wait for it, and go on where they were."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from simulation.bulk import bulk
from sync_service.adapters.embedded_postgres import open_store, stop_store
from sync_service.adapters.embedded_postgres_directory import open_directory
from sync_service.adapters.embedded_postgres_server import postmaster_pid
from sync_service.adapters.postgres_database import CONNECTION_LOST, Database, StoreUnavailable
from tests.faults.storm import DATABASE, Sea, Storm
from tests.master_key import MASTER
from tests.real_kafka import REFUSED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sync_service.bootstrap import Service
    from tests.faults.deployment import Deployment
    from tests.real_kafka import Kafka

pytestmark = REFUSED

AWAY_S = 0.5
AT_WORK_S = 0.7
THREADS = 4
RESTARTS = 4


@pytest.fixture
def own_server(quick_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A server that no other test uses; to the service it is any PostgreSQL, which somebody else starts again."""
    monkeypatch.setenv("SYNC_PG_LINGER", "30")
    yield quick_path / "server"
    stop_store(quick_path / "server")


@pytest.fixture
def database_url(own_server: Path) -> str:
    return open_store(own_server)


def restart(server: Path) -> None:
    """End the server by -9, and start it again."""
    pid = postmaster_pid(open_directory(server))
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    time.sleep(AWAY_S)
    open_store(server)


@pytest.fixture
def sea(deployment: Deployment, service: Service, kafka: Kafka, own_server: Path) -> Sea:
    return Sea(deployment, service, kafka, lambda: restart(own_server))


def test_threads_that_share_a_database_lose_connections_but_never_the_database(
    own_server: Path, database_url: str
) -> None:
    database, stopping, asked = Database(database_url, master=MASTER), threading.Event(), Counter[str]()

    def ask() -> None:
        while not stopping.is_set():
            try:
                with database.cursor() as cursor:
                    cursor.execute(b"SELECT 1")
                asked["answered"] += 1
            except StoreUnavailable as error:
                asked[str(error)] += 1
            except CONNECTION_LOST:
                asked["lost"] += 1

    threads = [threading.Thread(target=ask) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for _ in range(RESTARTS):
        time.sleep(AT_WORK_S)
        restart(own_server)
    time.sleep(AT_WORK_S)
    stopping.set()
    for thread in threads:
        thread.join()
    database.close()
    assert asked.keys() == {"answered", "lost"}


@pytest.mark.faults
@pytest.mark.timeout(600)
def test_nothing_is_lost_or_doubled_while_the_database_is_killed(sea: Sea, tell: Callable[[str], None]) -> None:
    begun = time.monotonic()
    lines = list(bulk(5, 5_000, 400, 0.4, malformed=10, prefix=sea.service.names.prefix))
    victims = [DATABASE, DATABASE, DATABASE, "consumer-1", "publisher", "projections"]
    storm = Storm(seed=5, kills=len(victims), victims=victims, pause_s=(0.0, 2.0))
    left = storm.pass_over(sea, lines)
    left.assert_promises_kept(malformed=10)
    tell(f"{left}; {storm}; {time.monotonic() - begun:.0f} s")
