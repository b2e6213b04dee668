"""Portals and a catalogue on a real Kafka, in a thread of their own: they publish when told, and always answer."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Self

import orjson

from simulation.kafka_channel import KafkaChannel
from simulation.manners import Manners
from simulation.portal import SimulatedPortal
from simulation.wire import CATALOGUE, PORTALS, Event, key_of, line_of, topic_in, topics_out

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from simulation.bulk_lines import Keyed

MANNERS = Manners(rejected_share=0.01, temporarily_share=0.0, silent_share=0.0, echo_share=0.02, repeat_share=0.05)
"""Every request gets its answer at once: then nothing has to be asked again, and a lost one would be seen."""

CHUNK_LINES = 100
PAUSE_S = 0.02
STOP_TIMEOUT_S = 120.0


class Portals:
    """Publishes lines as far as `allow` lets it, and lets both simulated portals answer what they hear.

    `published` is everything that was published in its order, answers and echoes included; `heard` what came to each
    portal, repeats included. Both are to be read when the thread has ended.
    """

    def __init__(self, bootstrap: str, prefix: str, lines: Sequence[Keyed], seed: int) -> None:
        self._channel = KafkaChannel(bootstrap)
        self._prefix = prefix
        self._lines = lines
        self._next, self._allowed = 0, 0
        self._begun = time.monotonic()
        self._idle_since: float | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="portals")
        self._error: BaseException | None = None
        base = datetime.now(UTC)
        self.simulated = {name: SimulatedPortal(name, seed, base=base, manners=MANNERS) for name in PORTALS}
        self._by_topic = {topic_in(name, prefix): portal for name, portal in self.simulated.items()}
        self.published: list[Keyed] = []
        self.heard: dict[str, list[Event]] = {name: [] for name in PORTALS}

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stopping.set()
        self._thread.join(STOP_TIMEOUT_S)
        self._channel.close()

    def allow(self, lines: int) -> None:
        """Let so many lines be published, counted from the first."""
        self._allowed = lines

    def quiet_s(self) -> float:
        """For how many seconds nothing was published and nothing was heard, 0 while there is something to publish.

        Raises whatever ended the thread before its time.
        """
        if self._error is not None:
            raise self._error
        if self._next < len(self._lines) or any(portal.waiting for portal in self.simulated.values()):
            return 0.0
        return 0.0 if (since := self._idle_since) is None else time.monotonic() - since

    def _run(self) -> None:
        try:
            while not self._stopping.is_set():
                if self._step() == 0:
                    self._idle_since = self._idle_since or time.monotonic()
                    self._stopping.wait(PAUSE_S)
        except BaseException as error:  # noqa: BLE001 - told to the test by `quiet_s`
            self._error = error

    def _step(self) -> int:
        before = len(self.published) + sum(map(len, self.heard.values()))
        for topic, key, line in self._lines[self._next : min(self._next + CHUNK_LINES, self._allowed)]:
            self._next += 1
            self._remember(topic, line)
            self._publish(topic, key, line)
        now_s = time.monotonic() - self._begun
        for name, portal in self.simulated.items():
            self._tell(name, portal.messages_due(now_s))
            for _, value in self._channel.read(topics_out(name, self._prefix)):
                event = orjson.loads(value)
                self._idle_since = None
                self.heard[name].append(event)
                self._tell(name, portal.receive(event))
        self._channel.flush()
        return len(self.published) + sum(map(len, self.heard.values())) - before

    def _remember(self, topic: str, line: bytes) -> None:
        """A portal knows what it reports, as far as the line can be read at all."""
        try:
            event = orjson.loads(line)
        except orjson.JSONDecodeError:
            return
        if topic in self._by_topic:
            self._by_topic[topic].remember(event)

    def _tell(self, name: str, events: Sequence[Event]) -> None:
        for event in events:
            self._publish(topic_in(name, self._prefix), key_of(event), line_of(event))

    def _publish(self, topic: str, key: bytes, line: bytes) -> None:
        self._idle_since = None
        self._channel.publish(topic, key, line)
        self.published.append((topic, key, line))


def topics_published(prefix: str) -> list[str]:
    """The topics that the portals and the catalogue publish to."""
    return [topic_in(publisher, prefix) for publisher in (CATALOGUE, *PORTALS)]
