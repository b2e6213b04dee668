"""How late live messages are while a portal's history comes in as fast as it may, against without it.

The service runs as docker-compose.yml runs it, each role a process. The history stands in Kafka from the beginning,
more of it than is read while anybody looks; the process that reads it is started and stopped by turns.
"""

from __future__ import annotations

import sys
from itertools import islice
from typing import TYPE_CHECKING

from benchmarks.comparing import compared, take_turns
from benchmarks.linked_people import LinkedPeople, name_in_answer
from benchmarks.portals import Line, PortalsEnd
from benchmarks.through import PREFIX, a_service, percentile
from simulation.bulk import bulk
from sync_service.topic_names import TopicNames
from tests.real_kafka import broker, offers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.comparing import Comparison
    from benchmarks.stage import Scale, Stage
    from tests.faults.deployment import Deployment

PER_SECOND = 20
PEOPLE = 500
TURN_MESSAGES, TURN_MESSAGES_QUICK = 200, 100
WARM_UP_MESSAGES = 100
HISTORY, HISTORY_QUICK = 200_000, 60_000
SENT_AT_ONCE = 10_000
LINKED_SHARE = 0.5
ROLES = ("consumers", "projections", "publisher")
BACKFILL = "backfill"
NAMES = TopicNames(PREFIX)
TOLD = [topic for topic in NAMES.all_out() if not NAMES.is_dead_letters(topic)]


def run(stage: Stage, scale: Scale) -> Iterator[Comparison]:
    """Live messages with and without a backfill beside them, by turns; without a Kafka there is nothing to compare."""
    way, words = offers()
    if way is None:
        sys.stderr.write(f"lateness: left out, there is no Kafka: {words}\n")
        return
    messages = TURN_MESSAGES_QUICK if scale.is_quick else TURN_MESSAGES
    people = LinkedPeople(scale.seed, PEOPLE, 2 * scale.runs * messages + WARM_UP_MESSAGES)
    history = history_of(scale.seed, HISTORY_QUICK if scale.is_quick else HISTORY)
    with (
        broker(stage.directory / "kafka") as kafka,
        a_service(stage, kafka, *ROLES) as deployment,
        PortalsEnd(kafka.bootstrap, TOLD, name_in_answer) as portals,
    ):
        while some := list(islice(history, SENT_AT_ONCE)):
            portals.send(some)
        portals.expect(people.links())
        portals.send(list(people.opening()))
        portals.await_answers()
        portals.latencies(people.activations(WARM_UP_MESSAGES), PER_SECOND)
        yield from _compared(deployment, portals, people, messages, scale.runs)


def _compared(
    deployment: Deployment, portals: PortalsEnd, people: LinkedPeople, messages: int, runs: int
) -> Iterator[Comparison]:
    found: dict[str, list[list[float]]] = {"beside": [], "alone": []}

    def turn(name: str) -> float:
        latencies = portals.latencies(people.activations(messages), PER_SECOND)
        found[name].append([seconds * 1_000 for seconds in latencies])
        return percentile(latencies, 99)

    def beside() -> float:
        deployment.start(BACKFILL, "run", BACKFILL)
        deployment.wait_until_said(BACKFILL, "batch.received")
        seconds = turn("beside")
        deployment.stop(BACKFILL)
        return seconds

    take_turns({"beside": beside, "alone": lambda: turn("alone")}, runs)
    for percent in (50, 99):
        figures = {name: [percentile(one, percent) for one in turns] for name, turns in found.items()}
        work = f"live message beside a backfill, p{percent}"
        yield compared(figures, "beside", "alone", work=work, against="without the backfill", reach="", unit="ms")


def history_of(seed: int, messages: int) -> Iterator[Line]:
    """What portals and catalogue send of the past, in the shape of life, under ids that nothing live has."""
    topics = dict(zip(NAMES.all_in(), NAMES.all_backfill(), strict=True))
    for topic, key, value in bulk(f"{seed}/history", messages, messages // 20, LINKED_SHARE, prefix=PREFIX):
        yield Line(topics[topic], key, value.replace(b"-b", b"-h", 1), "")
