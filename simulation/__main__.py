"""Runs the simulated portals against a real Kafka, for docker compose: `python -m simulation --help`."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from simulation.kafka_channel import KafkaChannel, KafkaUnavailable, security_of
from simulation.life import Life
from simulation.runner import Simulation

if TYPE_CHECKING:
    from simulation.stories import Story

_TAGS_SINCE = 1_735_689_600
"""1 January 2025, from which the tags of lives count seconds, so that they are short."""


def main() -> int:
    """Live one life after another, each with people of its own, until told to stop; 1 when Kafka does not answer."""
    options = _parser().parse_args()
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    try:
        channel = KafkaChannel(options.bootstrap, security_of(os.environ))
        while not stopping.is_set():
            _live(options, channel, stopping)
            if not options.again:
                break
    except KafkaUnavailable as unavailable:
        sys.stderr.write(f"{unavailable}\n")
        return 1
    else:
        channel.close()
    return 0


def _live(options: argparse.Namespace, channel: KafkaChannel, stopping: threading.Event) -> None:
    base = datetime.now(UTC)
    tag = f"{int(base.timestamp()) - _TAGS_SINCE:x}-"
    life = Life(options.seed, options.specialists, options.duration, base, tag=tag)
    simulation = Simulation(life, channel, prefix=options.prefix, tell=_tell)
    simulation.run(options.duration, stopping)
    simulation.settle(options.duration, stopping)


def _tell(story: Story) -> None:
    sys.stdout.write(f"{story}\n")
    sys.stdout.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m simulation", description=__doc__)
    environment = os.environ.get
    parser.add_argument(
        "--bootstrap", default=environment("SYNC_KAFKA_BOOTSTRAP", "localhost:9092"), metavar="HOST:PORT"
    )
    parser.add_argument("--prefix", default="nmo", help="what the topics' names begin with (%(default)s)")
    parser.add_argument("--seed", default="1", help="the same seed invents the same people (%(default)s)")
    parser.add_argument("--specialists", type=int, default=300, help="how many people (%(default)s)")
    parser.add_argument("--duration", type=float, default=600.0, metavar="SECONDS", help="of one life (%(default)s)")
    parser.add_argument("--again", action="store_true", help="when a life is over, begin another, with other people")
    return parser


if __name__ == "__main__":
    sys.exit(main())
