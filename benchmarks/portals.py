"""The portals' ends of Kafka, with one clock for both: sends lines at a steady pace and notes when each is answered."""

from __future__ import annotations

import threading
import time
from contextlib import closing
from typing import TYPE_CHECKING, NamedTuple, Self

from kafka import KafkaConsumer, KafkaProducer, TopicPartition

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from types import TracebackType

POLL_MS = 100
ANSWERS_TIMEOUT_S = 60.0


class Line(NamedTuple):
    """One message of a portal; `name` is what its answer is known by."""

    topic: str
    key: bytes
    value: bytes
    name: str


class Answer(NamedTuple):
    """The first answer to a name: when its reader had it, when its sender gave it to Kafka (Unix time), its bytes."""

    at: float
    handed_over: float
    value: bytes


class PortalsEnd:
    """Sends to some topics and listens to others from now on; `named` gives the name in an answer, None if it has none.

    Both instants are of `time.perf_counter`: just before a message is handed to Kafka's client, and when its client
    hands out the answer. Of several answers of one name the first counts. `sent_at` and `answers` keep them by name.
    """

    def __init__(self, bootstrap: str, topics: Collection[str], named: Callable[[bytes], str | None]) -> None:
        self._bootstrap, self._topics, self._named = bootstrap, topics, named
        self.sent_at: dict[str, float] = {}
        self.answers: dict[str, Answer] = {}
        self._missing: set[str] = set()
        self._grown = threading.Condition()
        self._stopping = threading.Event()
        self._listener = threading.Thread(target=self._listen, name="portals", daemon=True)
        self._listening = threading.Event()

    def __enter__(self) -> Self:
        self._producer = KafkaProducer(bootstrap_servers=self._bootstrap, acks="all")
        self._listener.start()
        self._listening.wait()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stopping.set()
        self._listener.join()
        self._producer.close(timeout=1)

    def latencies(self, lines: Sequence[Line], per_second: float) -> list[float]:
        """Send so many lines a second, evenly; how long each took until its answer (seconds), in order."""
        self.expect([line.name for line in lines])
        begun = time.perf_counter()
        for number, line in enumerate(lines):
            time.sleep(max(0.0, begun + number / per_second - time.perf_counter()))
            self.sent_at[line.name] = time.perf_counter()
            self._producer.send(line.topic, line.value, line.key)
        self.await_answers()
        return [self.answers[line.name].at - self.sent_at[line.name] for line in lines]

    def send(self, lines: Sequence[Line]) -> None:
        """Send lines as fast as may be, and return when Kafka has them."""
        for line in lines:
            self._producer.send(line.topic, line.value, line.key)
        self._producer.flush()

    def expect(self, names: Collection[str]) -> None:
        """Wait in `await_answers` for these names."""
        with self._grown:
            self._missing |= set(names) - self.answers.keys()

    def await_answers(self) -> None:
        """Return when everything expected has been answered; raises TimeoutError."""
        with self._grown:
            if not self._grown.wait_for(lambda: not self._missing, ANSWERS_TIMEOUT_S):
                raise TimeoutError(f"{len(self._missing)} messages were not answered")

    def _listen(self) -> None:
        with closing(KafkaConsumer(bootstrap_servers=self._bootstrap, enable_auto_commit=False)) as consumer:
            listen_from_now_on(consumer, self._topics)
            self._listening.set()
            while not self._stopping.is_set():
                found = consumer.poll(timeout_ms=POLL_MS)
                at = time.perf_counter()
                self._note([Answer(at, one.timestamp / 1_000, one.value) for some in found.values() for one in some])

    def _note(self, answers: Sequence[Answer]) -> None:
        named = [(name, answer) for answer in answers if (name := self._named(answer.value))]
        with self._grown:
            for name, answer in named:
                self.answers.setdefault(name, answer)
                self._missing.discard(name)
            if not self._missing:
                self._grown.notify_all()


def listen_from_now_on(consumer: KafkaConsumer, topics: Collection[str]) -> None:
    """Have all partitions of the topics read from their ends, which are known when this returns."""
    partitions = [TopicPartition(topic, number) for topic in topics for number in consumer.partitions_for_topic(topic)]
    consumer.assign(partitions)
    consumer.seek_to_end(*partitions)
    for partition in partitions:
        consumer.position(partition)
