"""Two consumers of one group, each its own process, against one: linked people make both write the same streams."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Final

from benchmarks.brokers import a_broker, make_topics, opening_and_rest, send
from benchmarks.comparing import compared, take_turns
from benchmarks.filled import Filled
from benchmarks.running import running_consumers
from simulation.bulk import bulk

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.comparing import Comparison
    from benchmarks.running import Said
    from benchmarks.stage import Scale, Stage
    from tests.real_kafka import Kafka

PREFIX: Final = "nmo"
PARTITIONS: Final = 6
PEOPLE: Final = 40_000
LINKED_SHARE: Final = 0.3
MESSAGES: Final = 50_000
MESSAGES_QUICK: Final = 20_000
PATIENCE_S: Final = 180.0


class Consumers:
    """Lets consumers empty the same topics into equal databases."""

    def __init__(self, kafka: Kafka, filled: Filled, expected: int) -> None:
        self._kafka, self._filled, self._expected = kafka, filled, expected
        self._groups = count(1)

    def rate(self, processes: int) -> float:
        """How many messages so many consumers store in a second, while all of them are at work.

        Raises:
            RuntimeError: they did not receive everything in time.
        """
        group = f"benchmark-{next(self._groups)}"
        with (
            self._filled.settings(kafka_bootstrap=self._kafka.bootstrap, kafka_group=group) as settings,
            running_consumers(processes, settings) as consumers,
        ):
            if not consumers.wait(self._expected, PATIENCE_S):
                raise RuntimeError(f"{consumers.received} of {self._expected} messages within {PATIENCE_S:g} s")
            return stored_per_s(consumers.batches)


def stored_per_s(batches_of: Sequence[Sequence[Said]]) -> float:
    """The messages stored in a second, from when the last one has begun until the first one has nothing more."""
    began_s = max(batches[0].at_s for batches in batches_of)
    ended_s = min(batches[-1].at_s for batches in batches_of)
    stored = sum(one.stored for batches in batches_of for one in batches if began_s < one.at_s <= ended_s)
    return stored / (ended_s - began_s)


def run(stage: Stage, scale: Scale) -> Iterator[Comparison]:
    """Yield the one line; none without a Kafka."""
    messages = (MESSAGES_QUICK if scale.is_quick else MESSAGES) + 2 * PEOPLE
    opening, body = opening_and_rest(bulk(scale.seed, messages, PEOPLE, LINKED_SHARE, prefix=PREFIX))
    with a_broker(stage.directory / "kafka") as kafka:
        if kafka is None:
            return
        make_topics(kafka, PREFIX, PARTITIONS)
        send(kafka.bootstrap, body)
        consumers = Consumers(kafka, Filled(stage, [line for _, _, line in opening]), len(body))
        contestants = {"two": lambda: consumers.rate(2), "one": lambda: consumers.rate(1)}
        yield compared(
            take_turns(contestants, scale.runs),
            "two",
            "one",
            work=f"two consumer processes, {LINKED_SHARE:.0%} linked",
            against="one",
            reach=">= 1.3",
            unit="messages/s",
        )
