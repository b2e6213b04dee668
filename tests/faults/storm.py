"""Bad weather for a deployment: bursts of messages, and -9 for one process at a time, at moments that a seed draws."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING

from sync_service.bootstrap import Service
from tests.faults.deployment import Deployment
from tests.faults.outcome import Outcome, settle
from tests.faults.portals import Portals
from tests.real_kafka import Kafka

if TYPE_CHECKING:
    from simulation.bulk_lines import Keyed

DATABASE = "database"
"""The victim that is no process of the service."""

BURST_TIMEOUT_S = 15.0
"""Longer than a consumer's partitions stay with it after it was killed."""

AMID_S = (0.0, 0.5)
NEWS_TIMEOUT_S = 0.5
AFTER_NEWS_S = (0.0, 0.05)
"""A kill comes so long after the log was seen to grow: then everybody has something in hand."""

BLIND_SHARE = 0.2
"""So many kills do not wait for anything: they may come while the group settles, or while nothing is to be done."""

LOOK_AGAIN_S = 0.005
SETTLE_TIMEOUT_S = 180.0
ROLES = {
    "consumer-1": ("run", "consumers"),
    "consumer-2": ("run", "consumers"),
    "projections": ("run", "projections"),
    "publisher": ("run", "publisher"),
}
"""The processes of the service, each with what it is started with."""

STARTED_AFTER_S = (0.0, 1.0)
BROKER_AWAY_S = 2.0


@dataclass
class Sea:
    """What a storm passes over; the database is killed only where `restart_database` starts it again."""

    deployment: Deployment
    service: Service
    kafka: Kafka
    restart_database: Callable[[], None] | None = None

    def has_news(self, timeout_s: float) -> bool:
        """Wait until the log grows; False if it does not for so long."""
        head, deadline = self.service.store.head(), time.monotonic() + timeout_s
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

    def pass_over(self, sea: Sea, lines: Sequence[Keyed]) -> Outcome:
        """Start everybody, rage, wait until all has settled, end everybody in order, and give what is left."""
        for name, arguments in ROLES.items():
            sea.deployment.start(name, *arguments)
        bootstrap = sea.kafka.bootstrap
        with Portals(bootstrap, sea.service.names.prefix, lines, self.seed) as portals:
            self.rage(sea, portals, len(lines))
            settle(sea.service, portals, sea.deployment, bootstrap, SETTLE_TIMEOUT_S)
        for name in ROLES:
            sea.deployment.stop(name)
        return Outcome.of(sea.service, portals, sea.deployment.command("check", "--json"), bootstrap)

    def __str__(self) -> str:
        return f"{len(self.killed)} kills, {self.at_work} of them at work: {', '.join(self.killed)}"

    def rage(self, sea: Sea, portals: Portals, lines: int) -> None:
        """Let through a part of the lines before each kill, and the last part after the last one."""
        chance = Random(self.seed)
        for number, victim in enumerate(self._drawn(chance), start=1):
            portals.allow(lines * number // (self.kills + 1))
            if number == 1 or chance.random() > BLIND_SHARE:
                self.at_work += _wait_until_at_work(sea, chance)
            self._kill(sea, victim, chance)
            if number == self.broker_restarted_after:
                portals.allow(lines * (2 * number + 1) // (2 * self.kills + 2))
                _wait_until_at_work(sea, chance)
                sea.restart_broker()
            time.sleep(chance.uniform(*self.pause_s))
        portals.allow(lines)

    def _drawn(self, chance: Random) -> list[str]:
        """So many victims, each about as often as any other, in any order."""
        drawn = list(itertools.islice(itertools.cycle(self.victims), self.kills))
        chance.shuffle(drawn)
        return drawn

    def _kill(self, sea: Sea, victim: str, chance: Random) -> None:
        sea.deployment.assert_running()
        self.killed.append(victim)
        if victim == DATABASE and sea.restart_database:
            for name in ROLES:  # who starts without a database ends at once, with a line that says so
                sea.deployment.wait_until_said(name, "role.started")
            sea.restart_database()
            return
        sea.deployment.kill(victim)
        time.sleep(chance.uniform(*STARTED_AFTER_S))
        sea.deployment.start(victim)


def _wait_until_at_work(sea: Sea, chance: Random) -> bool:
    """Wait for some moment amid the work that the last burst makes; False if there was none."""
    sea.has_news(BURST_TIMEOUT_S)
    time.sleep(chance.uniform(*AMID_S))
    is_at_work = sea.has_news(NEWS_TIMEOUT_S)
    time.sleep(chance.uniform(*AFTER_NEWS_S))
    return is_at_work
