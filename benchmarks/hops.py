"""How the time of a message divides among the hops of its way through the service, by what the messages themselves say.

An answer carries when the batch of its cause began to be decided (`time`), and when Kafka's client was given it.
"""

from __future__ import annotations

import time
from datetime import datetime
from statistics import median
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from benchmarks.portals import Answer, PortalsEnd

HOPS = (
    "portal → Kafka → the consumer begins the batch",
    "decided, committed, read by the publisher, given to Kafka",
    "Kafka → portal",
)


def hops_ms(portals: PortalsEnd) -> list[float]:
    """The median of each hop over all that was sent at a pace (milliseconds, all instants of one machine's clock)."""
    to_unix = time.time() - time.perf_counter()
    ways = [_way(sent_at + to_unix, portals.answers[name], to_unix) for name, sent_at in portals.sent_at.items()]
    return [median(hop) * 1_000 for hop in zip(*ways, strict=True)]


def hops_in_words(portals: PortalsEnd) -> str:
    """One line with the medians."""
    return "; ".join(f"{name} {hop:.0f} ms" for name, hop in zip(HOPS, hops_ms(portals), strict=True))


def _way(sent: float, answer: Answer, to_unix: float) -> tuple[float, float, float]:
    begun = datetime.fromisoformat(msgspec.json.decode(answer.value)["time"]).timestamp()
    return begun - sent, answer.handed_over - begun, answer.at + to_unix - answer.handed_over
