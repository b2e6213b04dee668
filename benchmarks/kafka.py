"""The whole consumer, from Kafka to the commit, against what reading and receiving would take one after the other."""

from __future__ import annotations

import threading
import time
from itertools import count
from typing import TYPE_CHECKING, Final

from kafka import KafkaConsumer

from benchmarks.brokers import a_broker, make_topics, opening_and_rest, send
from benchmarks.comparing import compared, take_turns
from benchmarks.filled import Filled
from consumers.consumer import Consumer
from simulation.bulk import bulk
from sync_service.aggregates.values import Account
from sync_service.collecting import collect_rarely
from sync_service.messages.records import Record
from sync_service.topic_names import TopicNames, portal_of_topic

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kafka.consumer.fetcher import ConsumerRecord

    from benchmarks.brokers import Keyed
    from benchmarks.comparing import Comparison
    from benchmarks.stage import Scale, Stage
    from sync_service.application import Application
    from sync_service.receiving import Receipt
    from tests.real_kafka import Kafka

PREFIX: Final = "nmo"
PARTITIONS: Final = 6
PEOPLE: Final = 5_000
LINKED_SHARE: Final = 0.5
MESSAGES: Final = 30_000
MESSAGES_QUICK: Final = 15_000
BATCH: Final = 500
POLL_TIMEOUT_MS: Final = 500
PATIENCE_S: Final = 120.0


class Paced:
    """Counts what comes, by a clock that starts when the first batch is through: starting up is not measured."""

    def __init__(self, expected: int) -> None:
        self._expected = expected
        self._first = self._come = 0
        self._began = self._ended = 0.0

    def note(self, come: int) -> None:
        """So many more have come."""
        self._come += come
        self._ended = time.perf_counter()
        if not self._began:
            self._first, self._began = come, self._ended

    @property
    def is_complete(self) -> bool:
        """Whether all have come."""
        return self._come >= self._expected

    @property
    def per_s(self) -> float:
        """How many came in a second."""
        return (self._come - self._first) / (self._ended - self._began)


class PacedApplication:
    """The application, with a look at the clock after every batch; it ends the consumer when all have come."""

    def __init__(self, application: Application, paced: Paced, stopping: threading.Event) -> None:
        self._application, self._paced, self._stopping = application, paced, stopping

    def receive(self, records: Sequence[Record]) -> Receipt:
        """Receive them."""
        receipt = self._application.receive(records)
        self._paced.note(len(records))
        if self._paced.is_complete:
            self._stopping.set()
        return receipt


class KafkaBenchmark:
    """The three contestants, over the same topics and equal databases."""

    def __init__(self, kafka: Kafka, filled: Filled, messages: Sequence[Keyed]) -> None:
        self._kafka, self._filled = kafka, filled
        self._expected = len(messages)
        self._accounts = {
            Account(portal, key.decode()) for topic, key, _ in messages if (portal := portal_of_topic(topic))
        }
        self._groups = count(1)
        self._delivered: list[list[Record]] = []
        self.poll()

    def consume(self) -> float:
        """The consumer as `run consumers` starts it; raises RuntimeError if it does not get everything in time."""
        settings = {"kafka_bootstrap": self._kafka.bootstrap, "kafka_group": self._new_group()}
        with self._filled.service(**settings) as service:
            application = self._warm(service.application())
            paced, stopping = Paced(self._expected), threading.Event()
            ending = threading.Timer(PATIENCE_S, stopping.set)
            ending.start()
            limits = service.batch_limits()
            Consumer(service.records(application), PacedApplication(application, paced, stopping), limits).run(stopping)
            ending.cancel()
            if not paced.is_complete:
                raise RuntimeError(f"not everything came within {PATIENCE_S:g} s")
            return paced.per_s

    def receive(self) -> float:
        """The same messages in the same order from memory."""
        with self._filled.service() as service:
            application, paced = self._warm(service.application()), Paced(self._expected)
            for batch in self._delivered:
                application.receive(batch)
                paced.note(len(batch))
            return paced.per_s

    def poll(self) -> float:
        """The client's bare loop: it polls and counts. What it found the first time is what memory gives."""
        consumer = KafkaConsumer(
            *TopicNames(PREFIX).all_in(),
            bootstrap_servers=self._kafka.bootstrap,
            group_id=self._new_group(),
            auto_offset_reset="earliest",
            enable_auto_commit=False,
        )
        paced, delivered = Paced(self._expected), []
        while not paced.is_complete:
            if found := consumer.poll(timeout_ms=POLL_TIMEOUT_MS, max_records=BATCH):
                paced.note(sum(map(len, found.values())))
                if not self._delivered:
                    delivered.append([_as_record(record) for records in found.values() for record in records])
        consumer.close()
        self._delivered = self._delivered or delivered
        return paced.per_s

    def _new_group(self) -> str:
        return f"benchmark-{next(self._groups)}"

    def _warm(self, application: Application) -> Application:
        """Everybody whom the messages are about is at hand."""
        application.look(lambda work: [work.person(account) for account in self._accounts])
        return application


def run(stage: Stage, scale: Scale) -> Iterator[Comparison]:
    """Yield the one line; none without a Kafka."""
    messages = (MESSAGES_QUICK if scale.is_quick else MESSAGES) + 2 * PEOPLE
    opening, body = opening_and_rest(bulk(scale.seed, messages, PEOPLE, LINKED_SHARE, prefix=PREFIX))
    with a_broker(stage.directory / "kafka") as kafka:
        if kafka is None:
            return
        make_topics(kafka, PREFIX, PARTITIONS)
        send(kafka.bootstrap, body)
        collect_rarely()
        benchmark = KafkaBenchmark(kafka, Filled(stage, [line for _, _, line in opening]), body)
        contestants = {"consume": benchmark.consume, "receive": benchmark.receive, "poll": benchmark.poll}
        figures = take_turns(contestants, scale.runs)
        figures["both"] = [1 / (1 / a + 1 / b) for a, b in zip(figures["poll"], figures["receive"], strict=True)]
        yield compared(
            figures,
            "consume",
            "both",
            work="receive from Kafka, the whole consumer",
            against="bare poll loop + receive from memory",
            reach=">= 0.8",
            unit="messages/s",
        )


def _as_record(record: ConsumerRecord) -> Record:
    topic, partition, offset = record.topic, record.partition, record.offset
    return Record(record.value, f"kafka:{topic}:memory:{partition}", offset, offset + 1, record.key, (), topic)
