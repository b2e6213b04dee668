"""The portal door on real servers: PostgreSQL that is cut off meanwhile, Kafka that goes away and comes back."""

from __future__ import annotations

import threading
import time
from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import msgspec
import psycopg
import pytest
from kafka import KafkaConsumer, TopicPartition

from sync_service.bootstrap import Service, now
from sync_service.cli.operations import checked
from sync_service.credentials import Credential, Kind, new_secret
from sync_service.portal_door.receipts import Receipts
from sync_service.settings import Settings
from tests.model import lines
from tests.real_kafka import REFUSED
from tests.unit.portal.desk import BATCH, LINES, answer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sync_service.portal_door.door import PortalDoor
    from tests.real_kafka import Kafka

SOURCES = {"edu": "/portals/edu", "sovetnmo": "/portals/sovetnmo", "catalogue": "/catalogue"}
PATIENCE_S = 60
ROUNDS = 25
PER_ROUND = 50


class Site:
    """A service and its portal door, with a token for each source."""

    def __init__(self, **settings: object) -> None:
        self.service = Service(Settings.model_validate(settings | {"portal_events_per_s": 1_000_000}))
        self.tokens = {name: self._let_in(name, source) for name, source in SOURCES.items()}
        self.door: PortalDoor = self.service.portal_door()

    def close(self) -> None:
        """Let go of Kafka and of the database."""
        self.service.portal_sink.close()
        self.service.database.close()

    def _let_in(self, name: str, source: str) -> str:
        at = now()
        token, secret = new_secret(name, at, at + timedelta(days=1))
        made = Credential(name=name, kind=Kind.PORTAL, source=source, secrets=(secret,), made_at=at, made_by="os:root")
        self.service.credentials.add(made)
        return token

    def send(self, name: str, *given: bytes, content_type: str = LINES) -> tuple[int, bytes]:
        body = b"\n".join(given) if content_type == LINES else b"[" + b",".join(given) + b"]"
        headers = {"authorization": f"Bearer {self.tokens[name]}", "content-type": content_type}
        return answer(body, headers, self.door)

    def send_until_taken(self, name: str, *given: bytes) -> Receipts:
        deadline = time.monotonic() + PATIENCE_S
        while True:
            status, answered = self.send(name, *given)
            if status == 202:
                return msgspec.json.decode(answered, type=Receipts)
            assert status in {429, 503}, answered
            assert time.monotonic() < deadline
            time.sleep(0.05)


@pytest.fixture
def site(database_url: str, tmp_path: Path) -> Iterator[Site]:
    made = Site(data_dir=tmp_path, database_url=database_url, database_timeout_s=2)
    with closing(made):
        yield made


def test_what_is_acknowledged_is_in_the_store_at_once_and_a_resend_is_a_repeat(site: Site) -> None:
    given = [lines.registered("edu:e1"), lines.completed("edu:e1"), lines.completed("edu:e1", "m2")]
    assert site.send("edu", *given, content_type=BATCH)[0] == 202
    counts = site.service.store.counts()
    assert (counts.received, counts.stored, counts.repeats) == (3, 3, 0)
    again = site.send_until_taken("edu", *given)
    assert (again.repeats, site.service.store.counts().received) == (3, 3)
    assert checked(site.service).ok


def test_connections_that_break_meanwhile_lose_nothing_and_store_nothing_twice(site: Site, database_url: str) -> None:
    stopping = threading.Event()

    def cut() -> None:
        with psycopg.connect(database_url, autocommit=True) as connection:
            while not stopping.wait(0.15):
                connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )

    cutter = threading.Thread(target=cut)
    cutter.start()
    refused = 0
    try:
        for number in range(ROUNDS):
            given = [lines.completed(f"edu:e{number}", f"m{one}") for one in range(PER_ROUND)]
            refused += site.send("edu", *given)[0] == 503
            found = site.send_until_taken("edu", *given)
            assert found.accepted + found.repeats == PER_ROUND
    finally:
        stopping.set()
        cutter.join()
    assert refused
    assert site.service.store.counts().stored == ROUNDS * PER_ROUND
    assert checked(site.service).ok


def test_several_threads_send_at_once_and_each_event_is_stored_once(site: Site) -> None:
    given = [lines.registered(f"edu:e{number}") for number in range(400)]

    def send(start: int) -> None:
        for at in range(0, len(given), 40):
            place = (at + start) % len(given)
            site.send_until_taken("edu", *given[place : place + 40])

    threads = [threading.Thread(target=send, args=(start,)) for start in (0, 80, 160, 240)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    counts = site.service.store.counts()
    assert (counts.stored, counts.parked) == (len(given), 0)
    assert checked(site.service).ok


def test_ten_thousand_events_are_stored_by_one_request(site: Site) -> None:
    given = [lines.registered(f"edu:e{number}") for number in range(10_000)]
    status, answered = site.send("edu", *given)
    assert (status, msgspec.json.decode(answered)["accepted"]) == (202, 10_000)
    assert site.service.store.counts().stored == 10_000


def test_a_portal_is_told_its_own_figures(site: Site) -> None:
    site.send("edu", lines.registered("edu:e1"))
    site.send("sovetnmo", lines.registered("sovetnmo:s1"), lines.registered("sovetnmo:s2"))
    figures = {
        name: site.door.tell({"authorization": f"Bearer {token}"}).received for name, token in site.tokens.items()
    }
    assert figures == {"edu": 1, "sovetnmo": 2, "catalogue": 0}


class TestKafka:
    """With Kafka, what its replicas have is acknowledged."""

    @pytest.fixture
    def prefix(self, kafka: Kafka) -> str:
        prefix = f"door-{uuid4().hex[:8]}"
        for name in SOURCES:
            kafka.create_topic(f"{prefix}.{name}.events.v1", partitions=3)
        return prefix

    @pytest.fixture
    def site(self, kafka: Kafka, prefix: str, database_url: str, tmp_path: Path) -> Iterator[Site]:
        made = Site(
            data_dir=tmp_path,
            database_url=database_url,
            kafka_bootstrap=kafka.bootstrap,
            kafka_timeout_s=4,
            topic_prefix=prefix,
        )
        with closing(made):
            yield made

    def test_each_event_lies_in_its_source_s_topic_under_its_key_as_it_came(
        self, site: Site, kafka: Kafka, prefix: str
    ) -> None:
        sent = {
            "edu": [lines.registered("edu:e1"), lines.registered("edu:e2"), lines.completed("edu:e1")],
            "catalogue": [lines.published("ev1"), lines.issued()],
        }
        for name, given in sent.items():
            assert site.send(name, *given)[0] == 202
            found = records(kafka, f"{prefix}.{name}.events.v1")
            keys = {value: lines.decode(value)["data"] for value in given}
            assert found == {
                value: (data.get("account_id") or data["activity_id"]).encode() for value, data in keys.items()
            }
        assert site.service.store.counts().received == 0

    def test_it_is_accepted_again_until_it_is_read_and_then_a_repeat(self, site: Site) -> None:
        event = lines.registered("edu:e1")
        assert [site.send_until_taken("edu", event).accepted for _ in range(2)] == [1, 1]
        deadline = time.monotonic() + PATIENCE_S
        while site.service.store.counts().received < 2:
            assert time.monotonic() < deadline
            site.service.consumer().run_until_idle()  # it closes what it has opened
        assert site.send_until_taken("edu", event).repeats == 1
        counts = site.service.store.counts()
        assert (counts.stored, counts.repeats) == (1, 1)


class TestKafkaAway:
    """Without Kafka nothing is acknowledged; when it is back, the same is taken."""

    pytestmark = REFUSED

    def test_it_is_refused_with_503_and_taken_when_kafka_is_back(
        self, kafka: Kafka, database_url: str, tmp_path: Path
    ) -> None:
        prefix = f"door-{uuid4().hex[:8]}"
        for name in SOURCES:
            kafka.create_topic(f"{prefix}.{name}.events.v1")
        site = Site(
            data_dir=tmp_path,
            database_url=database_url,
            kafka_bootstrap=kafka.bootstrap,
            kafka_timeout_s=3,
            topic_prefix=prefix,
        )
        with closing(site):
            event = lines.registered("edu:e1")
            kafka.stop()
            try:
                assert site.send("edu", event)[0] == 503
                began = time.monotonic()
                assert site.send("edu", event)[0] == 503
                assert time.monotonic() - began < 1
            finally:
                kafka.start()
            site.send_until_taken("edu", event)
            assert records(kafka, f"{prefix}.edu.events.v1") == {event: b"e1"}


def records(kafka: Kafka, topic: str) -> dict[bytes, bytes | None]:
    """What lies in a topic, with its keys."""
    with closing(KafkaConsumer(bootstrap_servers=kafka.bootstrap)) as consumer:
        partitions = [TopicPartition(topic, number) for number in consumer.partitions_for_topic(topic)]
        consumer.assign(partitions)
        consumer.seek_to_beginning(*partitions)
        ends = sum(consumer.end_offsets(partitions).values())
        found: dict[bytes, bytes | None] = {}
        seen = 0
        deadline = time.monotonic() + PATIENCE_S
        while seen < ends:
            assert time.monotonic() < deadline
            for some in consumer.poll(500).values():
                seen += len(some)
                found |= {record.value: record.key for record in some}
        return found
