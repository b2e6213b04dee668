"""A backfill as fast as it may beside live messages: these overtake it, nothing is lost, and memory stays flat."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from simulation.bulk import bulk
from sync_service.adapters.kafka_topics import KafkaTopics
from sync_service.connecting.kafka_connection import KafkaConnection
from sync_service.messages.records import Outgoing
from tests.faults.deployment import Deployment
from tests.faults.kafka_contents import contents, records_count
from tests.model import lines
from tests.real_kafka import REFUSED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sync_service.bootstrap import Service
    from tests.real_kafka import Kafka

pytestmark = REFUSED

HISTORY, PEOPLE = 12_000, 600
LIVE, LIVE_PER_S = 120, 20
WARM_SHARE = 0.25
GROWTH_BYTES_MAX = 40 * 1024 * 1024
CACHE_MIB_MAX = 2
"""So little is kept at hand that the caches are full long before anybody measures."""
WAIT_S = 400.0
LOOK_AGAIN_S = 0.2
ROLES = ("consumers", "backfill", "projections", "publisher")


@pytest.fixture
def small(kafka: Kafka, database_url: str, prefix: str, tmp_path: Path) -> Iterator[Deployment]:
    """Processes that keep little at hand."""
    settings = {
        "database_url": database_url,
        "kafka_bootstrap": kafka.bootstrap,
        "kafka_group": prefix,
        "topic_prefix": prefix,
        "cache_mib_max": CACHE_MIB_MAX,
        "ask_again_after_s": 86_400,
    }
    with Deployment(tmp_path, **settings) as deployment:
        deployment.command("topics", "create")
        for role in ROLES:
            deployment.start(role, "run", role)
        yield deployment


@pytest.mark.faults
@pytest.mark.timeout(900)
def test_live_messages_overtake_a_backfill_and_no_memory_grows(
    small: Deployment, service: Service, kafka: Kafka, tell: Callable[[str], None]
) -> None:
    backfill = Backfill(service, kafka.bootstrap)
    backfill.publish()
    small.wait_until_said("backfill", "batch.received")
    answered_after_s = send_live(service, kafka.bootstrap)
    left = backfill.unread()
    assert left > 0, "the whole history was read before the live messages were answered"
    backfill.wait_until_unread(min(left, round(HISTORY * (1 - WARM_SHARE))), small)
    before = {role: memory_bytes(small, role) for role in ("consumers", "backfill", "publisher")}
    backfill.wait_until_unread(0, small)
    grown = {role: memory_bytes(small, role) - size for role, size in before.items()}
    tell(f"live messages answered after {answered_after_s:.1f} s with {left} of {HISTORY} unread; bytes grown: {grown}")
    assert max(grown.values()) < GROWTH_BYTES_MAX, grown
    assert small.command("check", "--json")["ok"]


class Backfill:
    """A history in the topics of the backfill."""

    def __init__(self, service: Service, bootstrap: str) -> None:
        self._service, self._bootstrap = service, bootstrap
        self._topics = dict(zip(service.names.all_in(), service.names.all_backfill(), strict=True))

    def publish(self) -> None:
        """All of it at once."""
        history = bulk(24, HISTORY, PEOPLE, 0.4, prefix=self._service.names.prefix)
        send(self._bootstrap, [Outgoing(self._topics[topic], line, key) for topic, key, line in history])

    def unread(self) -> int:
        """How many of its messages are not read yet."""
        places = [self._service.store.known_places(f"kafka:{topic}:") for topic in self._topics.values()]
        read = sum(offset for found in places for offset in found.values())
        return records_count(self._bootstrap, list(self._topics.values())) - read

    def wait_until_unread(self, most: int, deployment: Deployment) -> None:
        """Wait until no more than that is left."""
        deadline = time.monotonic() + WAIT_S
        while (left := self.unread()) > most:
            deployment.assert_running()
            assert time.monotonic() < deadline, f"{left} messages of the backfill are unread"
            time.sleep(LOOK_AGAIN_S)


def send(bootstrap: str, messages: Sequence[Outgoing]) -> None:
    """Send them, and return when Kafka has them."""
    topics = KafkaTopics(KafkaConnection(bootstrap=bootstrap))
    topics.send(messages)
    topics.close()


def send_live(service: Service, bootstrap: str) -> float:
    """Activate codes at a steady pace, and wait until every one is answered; how long after the last (seconds)."""
    topics = KafkaTopics(KafkaConnection(bootstrap=bootstrap))
    topic, waited = service.names.all_in()[0], {f"live-{number}" for number in range(LIVE)}
    for number in range(LIVE):
        line = lines.activated(f"sovetnmo:live-{number}", f"LIVE{number:08d}", activity_id="never-published")
        topics.send([Outgoing(topic, line, f"live-{number}".encode())])
        time.sleep(1 / LIVE_PER_S)
    topics.close()
    sent, deadline = time.monotonic(), time.monotonic() + WAIT_S
    outcomes = [name for name in service.names.all_out() if ".sovetnmo.outcomes." in name]
    while waited := waited - {json.loads(held.value).get("subject") for held in contents(bootstrap, outcomes)}:
        assert time.monotonic() < deadline, f"{len(waited)} live messages were not answered"
        time.sleep(LOOK_AGAIN_S)
    return time.monotonic() - sent


def memory_bytes(deployment: Deployment, role: str) -> int:
    """What a process has in memory now."""
    status = Path(f"/proc/{deployment.pid_of(role)}/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) * 1024
