"""The simulated portals on a real Kafka: what they publish arrives, and they hear again what was said before."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import uuid4

import orjson
import pytest

from simulation.kafka_channel import KafkaChannel
from simulation.life import Life
from simulation.manners import PLAIN
from simulation.runner import Simulation
from simulation.wire import CATALOGUE, PORTALS, topic_in, topics_out

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.real_kafka import Kafka

REQUESTS = 50
READ_TIMEOUT_S = 30.0


@pytest.fixture
def prefix(kafka: Kafka) -> str:
    """Topics of this test's own, by what their names begin with."""
    prefix = f"simulated-{uuid4().hex[:8]}"
    for portal in PORTALS:
        for topic in (topic_in(portal, prefix), *topics_out(portal, prefix)):
            kafka.create_topic(topic, partitions=2)
    kafka.create_topic(topic_in(CATALOGUE, prefix), partitions=2)
    return prefix


@pytest.fixture
def service(kafka: Kafka) -> Iterator[KafkaChannel]:
    """The service's side of the topics."""
    channel = KafkaChannel(kafka.bootstrap)
    yield channel
    channel.close()


def all_published(channel: KafkaChannel, prefix: str, count: int) -> list[bytes]:
    """The lines of all publishers, when there are so many."""
    lines: list[bytes] = []
    deadline = time.monotonic() + READ_TIMEOUT_S
    while len(lines) < count and time.monotonic() < deadline:
        lines += [value for _, value in channel.read([topic_in(each, prefix) for each in (CATALOGUE, *PORTALS)])]
        time.sleep(0.02)
    return lines


def test_a_life_arrives_whole_and_requests_from_before_it_are_answered(
    kafka: Kafka, service: KafkaChannel, prefix: str
) -> None:
    for number in range(REQUESTS):
        account_id = f"E-{number}"
        data = {"account_id": account_id, "activity_key": "module:module-001:2025-04-01", "revision": 1}
        request = {"id": str(number), "type": "ru.nmo.replica.requested.v1", "data": data}
        service.publish(f"{prefix}.edu.replicas.v1", account_id.encode(), orjson.dumps(request))
    service.flush()
    life = Life(seed=2, specialists=10, duration_s=0.5, base=datetime.now(UTC))
    channel = KafkaChannel(kafka.bootstrap)
    simulation = Simulation(life, channel, prefix=prefix, manners=PLAIN)
    simulation.run(0.5, threading.Event())
    assert simulation.settle(30.0, threading.Event(), quiet_s=1.0)
    channel.close()
    assert len(simulation.portals["edu"].shown) == REQUESTS
    lines = all_published(service, prefix, len(life.happenings) + REQUESTS)
    assert len(lines) == sum(simulation.published.values()) == len(life.happenings) + REQUESTS


def test_the_portals_run_as_a_process_of_their_own_and_stop_when_told(
    kafka: Kafka, service: KafkaChannel, prefix: str
) -> None:
    options = ["--bootstrap", kafka.bootstrap, "--prefix", prefix, "--specialists", "3", "--duration", "1", "--again"]
    process = subprocess.Popen([sys.executable, "-m", "simulation", *options])
    try:
        assert all_published(service, prefix, 30)
    finally:
        process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=30) == 0
