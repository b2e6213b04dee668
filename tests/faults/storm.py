"""Bad weather for a deployment: bursts of messages, and -9 for one process at a time, at moments that a seed draws."""

from __future__ import annotations

import itertools
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING

from sync_service.bootstrap import Service
from tests.faults.deployment import Deployment
from tests.real_kafka import Kafka

if TYPE_CHECKING:
    from tests.faults.portals import Portals

AFTER_BURST_S = (0.0, 1.0)
AFTER_NEWS_S = (0.0, 0.08)
"""A kill comes so long after the log was seen to grow: then everybody has something in hand."""

NEWS_TIMEOUT_S = 5.0
LOOK_AGAIN_S = 0.005
STARTED_AFTER_S = (0.0, 1.0)
BROKER_AWAY_S = 2.0


@dataclass
class Sea:
    """What a storm passes over."""

    deployment: Deployment
    service: Service
    kafka: Kafka

    def has_news(self) -> bool:
        """Wait until the log grows; False if it does not for a while."""
        head, deadline = self.service.store.head(), time.monotonic() + NEWS_TIMEOUT_S
        while self.service.store.head() == head:
            if time.monotonic() > deadline:
                return False
            time.sleep(LOOK_AGAIN_S)
        return True

    def restart_broker(self) -> None:
        """End the broker by -9, and start it again; by the thread that started it, as it dies with that thread."""
        self.kafka.kill()
        try:
            time.sleep(BROKER_AWAY_S)
        finally:
            self.kafka.start()


@dataclass
class Storm:
    """How many kills there are, which processes they are for, and after which one the broker is restarted.

    `killed` tells afterwards who was, in order, and `at_work` how many of them while messages came in.
    """

    seed: int
    kills: int
    victims: Sequence[str]
    pause_s: tuple[float, float]
    broker_restarted_after: int | None = None
    killed: list[str] = field(default_factory=list)
    at_work: int = 0

    def rage(self, sea: Sea, portals: Portals, lines: int) -> None:
        """Let through a part of the lines before each kill, and the last part after the last one."""
        chance = Random(self.seed)
        for number, victim in enumerate(self._drawn(chance), start=1):
            portals.allow(lines * number // (self.kills + 1))
            self._kill(sea, victim, chance)
            if number == self.broker_restarted_after:
                portals.allow(lines * (2 * number + 1) // (2 * self.kills + 2))
                time.sleep(chance.uniform(*AFTER_BURST_S))
                sea.restart_broker()
            time.sleep(chance.uniform(*self.pause_s))
        portals.allow(lines)

    def _drawn(self, chance: Random) -> list[str]:
        """So many victims, each about as often as any other, in any order."""
        drawn = list(itertools.islice(itertools.cycle(self.victims), self.kills))
        chance.shuffle(drawn)
        return drawn

    def _kill(self, sea: Sea, victim: str, chance: Random) -> None:
        time.sleep(chance.uniform(*AFTER_BURST_S))
        self.at_work += sea.has_news()
        time.sleep(chance.uniform(*AFTER_NEWS_S))
        sea.deployment.assert_running()
        sea.deployment.kill(victim)
        self.killed.append(victim)
        time.sleep(chance.uniform(*STARTED_AFTER_S))
        sea.deployment.start(victim)
