"""Bad weather for a deployment: bursts of messages, and -9 for one process at a time, at moments that a seed chooses."""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.faults.deployment import Deployment
    from tests.faults.portals import Portals
    from tests.real_kafka import Kafka

KILLED_AFTER_S = (0.0, 1.5)
"""How long after a burst: the work that it makes takes about that long."""

STARTED_AFTER_S = (0.0, 1.0)
BROKER_AWAY_S = 2.0


@dataclass
class Storm:
    """How many kills there are, which process each is for, and after which one the broker is restarted."""

    seed: int
    kills: int
    victims: Sequence[str]
    pause_s: tuple[float, float]
    broker_restarted_after: int | None = None
    killed: list[str] = field(default_factory=list)

    def rage(self, deployment: Deployment, portals: Portals, kafka: Kafka, lines: int) -> None:
        """Let through a part of the lines before each kill, and the last part after the last one."""
        chance = Random(self.seed)
        for number, victim in enumerate(self._drawn(chance), start=1):
            portals.allow(lines * number // (self.kills + 1))
            time.sleep(chance.uniform(*KILLED_AFTER_S))
            deployment.assert_running()
            deployment.kill(victim)
            self.killed.append(victim)
            time.sleep(chance.uniform(*STARTED_AFTER_S))
            deployment.start(victim)
            if number == self.broker_restarted_after:
                portals.allow(lines * (2 * number + 1) // (2 * self.kills + 2))
                time.sleep(chance.uniform(*KILLED_AFTER_S))
                restart(kafka)
            time.sleep(chance.uniform(*self.pause_s))
        portals.allow(lines)

    def _drawn(self, chance: Random) -> list[str]:
        """So many victims, each about as often as any other, in any order."""
        drawn = list(itertools.islice(itertools.cycle(self.victims), self.kills))
        chance.shuffle(drawn)
        return drawn


def restart(kafka: Kafka) -> None:
    """End the broker by -9, and start it again; by the thread that started it, as it dies with that thread."""
    kafka.kill()
    try:
        time.sleep(BROKER_AWAY_S)
    finally:
        kafka.start()
