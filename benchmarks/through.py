"""From a portal's message on Kafka to the replica on the other portal's topic, at a steady pace, against bare Kafka.

The service runs as docker-compose.yml runs it, each role a process: consumers, projections, publisher. All messages are
activations by linked people, so that each leads to a replica (and to an outcome, which is not waited for).
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from statistics import quantiles
from typing import TYPE_CHECKING

from benchmarks.brokers import a_broker
from benchmarks.comparing import Comparison, compared, rounded, take_turns
from benchmarks.hops import hops_in_words
from benchmarks.linked_people import LinkedPeople, name_in_activation, name_in_answer
from benchmarks.peers.kafka_round_trip import a_relay
from benchmarks.portals import PortalsEnd
from sync_service.topic_names import TopicNames
from tests.faults.deployment import Deployment

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.portals import Line
    from benchmarks.stage import Scale, Stage
    from tests.real_kafka import Kafka

PER_SECOND = 200
PEOPLE = 1_000
PARTITIONS = 6
TURN_MESSAGES, TURN_MESSAGES_QUICK = 2_000, 400
WARM_UP_MESSAGES = 400
PREFIX = "nmo"
THERE, BACK = "bare.there.v1", "bare.back.v1"
ROLES = ("consumers", "projections", "publisher")
NEVER_S = 86_400


def run(stage: Stage, scale: Scale) -> Iterator[Comparison]:
    """Both take turns at the same messages; without a Kafka there is nothing to compare, which is said."""
    messages = TURN_MESSAGES_QUICK if scale.is_quick else TURN_MESSAGES
    people = LinkedPeople(scale.seed, PEOPLE, scale.runs * messages + WARM_UP_MESSAGES)
    with a_broker(stage.directory / "kafka") as kafka:
        if kafka is not None:
            with _both(stage, kafka, people) as (ours, theirs):
                batches = [people.activations(messages) for _ in range(scale.runs)]
                turns = {"ours": Turns(ours, batches), "theirs": Turns(theirs, [_bare(batch) for batch in batches])}
                take_turns({name: one.take for name, one in turns.items()}, scale.runs)
                sys.stderr.write(f"through: {hops_in_words(ours)}\n")
                yield from _compared(turns["ours"], turns["theirs"])


class Turns:
    """One contestant's turns, a batch of messages each; `taken` holds how long each message took (seconds)."""

    def __init__(self, portals: PortalsEnd, batches: Sequence[Sequence[Line]]) -> None:
        self._portals, self._left = portals, iter(batches)
        self.taken: list[list[float]] = []

    def take(self) -> float:
        """Send the next batch; its median (seconds)."""
        self.taken.append(self._portals.latencies(next(self._left), PER_SECOND))
        return percentile(self.taken[-1], 50)

    def percentiles_ms(self, percent: int) -> list[float]:
        """This percentile of each turn (milliseconds)."""
        return [percentile(turn, percent) * 1_000 for turn in self.taken]


def percentile(values: list[float], percent: int) -> float:
    """The value that so many per cent of all do not exceed."""
    return quantiles(values, n=100, method="inclusive")[percent - 1]


def _compared(ours: Turns, theirs: Turns) -> Iterator[Comparison]:
    for percent, reach in ((50, "<= 10"), (99, "<= 20")):
        figures = {"ours": ours.percentiles_ms(percent), "theirs": theirs.percentiles_ms(percent)}
        work, against = f"through and through, p{percent}", "bare Kafka round trip"
        yield compared(figures, "ours", "theirs", work=work, against=against, reach=reach, unit="ms")
    slow_s = rounded(percentile([one for turn in ours.taken for one in turn], 99))
    work = "through and through, p99 of all turns"
    yield Comparison(work, "one second", slow_s, "<= 1", len(ours.taken), slow_s, 1, "s")


def _bare(lines: Sequence[Line]) -> list[Line]:
    return [line._replace(topic=THERE) for line in lines]


@contextmanager
def _both(stage: Stage, kafka: Kafka, people: LinkedPeople) -> Iterator[tuple[PortalsEnd, PortalsEnd]]:
    """The portals' ends of the running service and of the relay, both warm."""
    for topic in (THERE, BACK):
        kafka.create_topic(topic, PARTITIONS)
    with (
        a_service(stage, kafka, *ROLES),
        a_relay(kafka.bootstrap, THERE, BACK),
        PortalsEnd(kafka.bootstrap, [BACK], name_in_activation) as theirs,
        PortalsEnd(kafka.bootstrap, TopicNames(PREFIX).all_out(), name_in_answer) as ours,
    ):
        ours.expect(people.links())
        ours.send(list(people.opening()))
        ours.await_answers()
        first = people.activations(WARM_UP_MESSAGES)
        theirs.latencies(_bare(first), PER_SECOND)
        ours.latencies(first, PER_SECOND)
        yield ours, theirs


@contextmanager
def a_service(stage: Stage, kafka: Kafka, *roles: str, **settings: object) -> Iterator[Deployment]:
    """The service on a new database, each role a process; nobody answers the replicas here, and nobody is reminded."""
    operators = {
        "database_url": stage.new_conninfo(),
        "kafka_bootstrap": kafka.bootstrap,
        "kafka_partitions": PARTITIONS,
        "topic_prefix": PREFIX,
        "ask_again_after_s": NEVER_S,
    }
    directory = stage.directory / "service"
    directory.mkdir()
    with Deployment(directory, **(operators | settings)) as deployment:
        deployment.command("migrate")
        deployment.command("topics", "create")
        for role in roles:
            deployment.start(role, "run", role)
        yield deployment
