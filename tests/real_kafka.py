"""A pytest plugin: the fixture `kafka`, a real Apache Kafka by the first of these ways that the machine offers.

1. `TEST_KAFKA_BOOTSTRAP` names one that runs already; restarting it is then not ours to do.
2. A container, if a Docker engine answers.
3. Apache's own artifacts, if there are a JDK and Maven.
4. None: the tests that ask for it are skipped, and the summary says how to get one.

It starts when the first test asks for it, and dies with pytest. Outside pytest: `with broker(directory) as kafka:`.
"""

from __future__ import annotations

import functools
import gc
import logging
import os
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

import pytest
from kafka import KafkaAdminClient, TopicPartition

from tests import docker_kafka, jvm_kafka

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

VARIABLE = "TEST_KAFKA_BOOTSTRAP"
NO_KAFKA = "no Kafka for tests"
START_ATTEMPTS = 3
DELETE_TIMEOUT_S = 10.0

REFUSED = [
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),
    pytest.mark.usefixtures("refused_sockets"),
]
"""For `pytestmark` where brokers go away: Kafka's client does not close the sockets of refused connections."""


class Broker(Protocol):
    """What each way of getting a Kafka gives; data and ports outlive `stop`, `kill` and `start`."""

    @property
    def bootstrap(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def log_path(self) -> Path | None: ...
    def start(self) -> None: ...
    def stop(self) -> None: ...
    def kill(self) -> None: ...
    def remove(self) -> None: ...


class NamedKafka:
    """A broker that somebody else runs."""

    log_path = None

    def __init__(self, bootstrap: str) -> None:
        self.bootstrap = bootstrap
        self.kind = f"the Kafka that {VARIABLE} names ({bootstrap})"

    def start(self) -> None:
        pytest.skip(f"the Kafka that {VARIABLE} names is not ours to restart")

    stop = kill = start

    def remove(self) -> None:
        """Leave it running: it is not ours."""


class Kafka:
    """A running Kafka, with what tests do to its topics."""

    def __init__(self, broker: Broker) -> None:
        self.bootstrap, self.kind, self.log_path = broker.bootstrap, broker.kind, broker.log_path
        self.start, self.stop, self.kill = broker.start, broker.stop, broker.kill

    def create_topic(self, name: str, partitions: int = 1) -> None:
        """Create the topic, and return when all its partitions can be written to."""
        with KafkaAdminClient(bootstrap_servers=self.bootstrap) as admin:
            admin.create_topics({name: {"num_partitions": partitions}}, wait_for_metadata=True)

    def delete_topic(self, name: str) -> None:
        """Delete the topic, and return when it is gone."""
        with KafkaAdminClient(bootstrap_servers=self.bootstrap) as admin:
            admin.delete_topics([name])
            deadline = time.monotonic() + DELETE_TIMEOUT_S
            while name in admin.list_topics():
                assert time.monotonic() < deadline, f"{name} was not deleted in {DELETE_TIMEOUT_S} s"
                time.sleep(0.05)

    def delete_records(self, name: str, partition: int, before_offset: int) -> None:
        """Delete the partition's records before this offset, as retention does."""
        with KafkaAdminClient(bootstrap_servers=self.bootstrap) as admin:
            admin.delete_records({TopicPartition(name, partition): before_offset})


@functools.cache
def offers() -> tuple[Callable[[Path], Broker] | None, str]:
    """Give the first way that works here, and in words what it is or why there is none."""
    if bootstrap := os.environ.get(VARIABLE):
        return lambda _: NamedKafka(bootstrap), f"the one that {VARIABLE} names ({bootstrap})"
    if not (no_engine := docker_kafka.obstacle()):
        return docker_kafka.DockerKafka, docker_kafka.DockerKafka.kind
    if not (no_jdk := jvm_kafka.obstacle()):
        return jvm_kafka.JvmKafka, f"{jvm_kafka.JvmKafka.kind} (not a container: {no_engine})"
    return None, f"{no_engine}; {no_jdk}; or name a running one in {VARIABLE}"


def kafka_header() -> str:
    """Say which Kafka the tests will use, or that there is none."""
    way, words = offers()
    return f"kafka: {words}" if way else f"kafka: none, its tests are skipped: {words}"


@contextmanager
def broker(directory: Path) -> Iterator[Kafka]:
    """Run a Kafka that keeps its data and its log under this directory.

    Raises:
        CannotStart: there is none, or it does not start.
    """
    way, words = offers()
    if way is None:
        raise jvm_kafka.CannotStart(words)
    running = _started(way, directory)
    try:
        yield Kafka(running)
    finally:
        running.remove()


def _started(way: Callable[[Path], Broker], directory: Path) -> Broker:
    """Start it, with other ports if somebody took the chosen ones first."""
    for attempt in range(1, START_ATTEMPTS + 1):
        scratch = directory / f"kafka-{attempt}"
        scratch.mkdir(parents=True)
        found = way(scratch)
        if isinstance(found, NamedKafka):
            return found
        try:
            found.start()
        except jvm_kafka.CannotStart as error:
            found.remove()
            if attempt == START_ATTEMPTS or "Address already in use" not in str(error):
                raise
        else:
            return found
    raise AssertionError


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kafka]:
    """Give a real Apache Kafka, the same for the whole session; topics are the tests' own to name."""
    way, words = offers()
    if way is None:
        pytest.skip(f"{NO_KAFKA}: {words}")
    with broker(tmp_path_factory.mktemp("kafka")) as running:
        yield running


@pytest.fixture
def refused_sockets() -> Iterator[None]:
    """Collect the client's sockets within the test, whose mark forgives them.

    The client is kept from logging, for pytest keeps all that is logged, with the errors that hold on to the sockets.
    """
    client_log = logging.getLogger("kafka")
    level = client_log.level
    client_log.setLevel(logging.CRITICAL)
    yield
    client_log.setLevel(level)
    gc.collect()
