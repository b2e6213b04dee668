"""Runs a simulated world on a channel: publishes what is due, and lets the portals answer what comes."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING, Protocol

import orjson

from simulation.portal import SimulatedPortal
from simulation.publisher import Publisher
from simulation.stories import Storyteller
from simulation.wire import CATALOGUE, PORTALS, key_of, kind_of, line_of, topic_in, topics_out

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from simulation.life import Life
    from simulation.manners import Manners
    from simulation.stories import Story
    from simulation.wire import Event

_PAUSE_S = 0.05
_BASE36 = "0123456789abcdefghijklmnopqrstuvwxyz"


class Channel(Protocol):
    """What portals need of a transport."""

    def publish(self, topic: str, key: bytes, value: bytes) -> None:
        """Take a message to be sent with the next flush."""

    def flush(self) -> None:
        """Send what was taken, in order per key, and return when all of it is safe."""

    def read(self, topics: Collection[str]) -> Sequence[tuple[str, bytes]]:
        """The messages that came on these topics since the last read, at the first from the beginning; never waits."""


class Stopping(Protocol):
    """What tells the simulation to stop, such as a threading.Event."""

    def is_set(self) -> bool:
        """Whether to stop."""

    def wait(self, timeout: float | None = None) -> bool:
        """Wait so many seconds, or less when it is set."""


class Simulation:
    """Two portals and a catalogue that live a life on a channel; `tell` gets the stories for a live view."""

    def __init__(
        self,
        life: Life,
        channel: Channel,
        *,
        prefix: str = "nmo",
        manners: Manners | None = None,
        tell: Callable[[Story], None] | None = None,
    ) -> None:
        self._channel = channel
        self._prefix = prefix
        self._tell = tell
        self._storyteller = Storyteller()
        self._began_s: float | None = None
        self.catalogue = Publisher(CATALOGUE, life.of(CATALOGUE), life.base)
        self.portals = {
            name: SimulatedPortal(
                name, life.seed, life.of(name), life.base, manners=manners, incarnation=_incarnation(life)
            )
            for name in PORTALS
        }
        self.published: Counter[str] = Counter()
        self.received: Counter[str] = Counter()

    @property
    def waiting(self) -> int:
        """How many messages are still to be published."""
        return self.catalogue.waiting + sum(portal.waiting for portal in self.portals.values())

    def run(self, duration_s: float, stopping: Stopping) -> None:
        """Live for so many seconds, or until `stopping` is set."""
        while not stopping.is_set() and self.now_s() < duration_s:
            self.step()
            stopping.wait(_PAUSE_S)

    def settle(self, timeout_s: float, stopping: Stopping, *, quiet_s: float = 2.0) -> bool:
        """Go on answering until nothing was due and nothing came for `quiet_s`; False when the time was up before."""
        ends_s, moved_s = self.now_s() + timeout_s, self.now_s()
        while not stopping.is_set() and self.now_s() < ends_s:
            if self.step() or self.waiting:
                moved_s = self.now_s()
            elif self.now_s() - moved_s >= quiet_s:
                return True
            stopping.wait(_PAUSE_S)
        return False

    def now_s(self) -> float:
        """Seconds since the life began, which it does at the first look."""
        if self._began_s is None:
            self._began_s = time.monotonic()
        return time.monotonic() - self._began_s

    def step(self) -> int:
        """Publish what is due, answer what came; returns how many messages moved."""
        now_s, moved = self.now_s(), 0
        for publisher in (self.catalogue, *self.portals.values()):
            moved += self._publish(publisher.name, publisher.messages_due(now_s))
        self._channel.flush()
        for portal in self.portals.values():
            for _, value in self._channel.read(topics_out(portal.name, self._prefix)):
                moved += 1
                self._answer(portal, orjson.loads(value))
        self._channel.flush()
        return moved

    def _answer(self, portal: SimulatedPortal, event: Event) -> None:
        self.received[kind_of(event)] += 1
        answers = portal.receive(event)
        self._tell_story(self._storyteller.received(portal.name, event, self.now_s()))
        self._publish(portal.name, answers)

    def _publish(self, publisher: str, events: Sequence[Event]) -> int:
        for event in events:
            self._channel.publish(topic_in(publisher, self._prefix), key_of(event), line_of(event))
            self.published[kind_of(event)] += 1
            self._tell_story(self._storyteller.published(publisher, event, self.now_s()))
        return len(events)

    def _tell_story(self, story: Story | None) -> None:
        if story is not None and self._tell is not None:
            self._tell(story)


def _incarnation(life: Life) -> str:
    """A short name for this start of the portals: they forget their answers, so the next start needs other ids."""
    number, digits = int(life.base.timestamp() * 1000), ""
    while number:
        number, digit = divmod(number, len(_BASE36))
        digits = _BASE36[digit] + digits
    return digits or "0"
