"""The nation's load, and what carries how much of it: the arithmetic behind docs/scaling.md, without simulated time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from benchmarks.scaling.costs import US
from benchmarks.scaling.service import PROJECTED_MAX, PUBLISHED_MAX

if TYPE_CHECKING:
    from benchmarks.scaling.costs import Constants

YEAR_S = 365.25 * 24 * 3600
MESSAGES_A_YEAR = 100_000_000
PEAK_RATE = 1_000.0
BACKFILL_MESSAGES = 50_000_000
MULTIPLES = (1, 10, 100, 1_000)
BATCH = 500
TARGET = 0.7
"""Nothing is planned to be busier than this."""
CONSUMER, LOCK, DATABASE = "one consumer", "the lock of the log", "one core of the database"
PROJECTIONS, PUBLISHER = "the projections", "the publisher"
DISK_BYTES_PER_S = 200e6
"""What a common solid disk takes of a log of changes for hours: an assumption, not measured here."""


class Capacity(msgspec.Struct, frozen=True):
    """What one of something carries, in messages of portals and the catalogue a second."""

    name: str
    rate: float

    def share(self, rate: float) -> float:
        """How busy it is at this rate; above 1 it falls behind."""
        return rate / self.rate


def average_rate(multiple: float) -> float:
    """Messages a second over the year."""
    return MESSAGES_A_YEAR * multiple / YEAR_S


def rates(multiple: float) -> tuple[float, float]:
    """Messages a second over the year, and in the peak."""
    return average_rate(multiple), PEAK_RATE * multiple


def capacities(constants: Constants) -> list[Capacity]:
    """Everything that can be full, with full batches; the least first."""
    flush_s = constants.flush_us / US
    by_events = constants.events_each
    sent_each = constants.sent_each / constants.events_each
    published_s = constants.publishing.of(PUBLISHED_MAX) + constants.kafka_out.of(PUBLISHED_MAX * sent_each)
    found = (
        Capacity(CONSUMER, BATCH / constants.batch_s(BATCH)),
        Capacity(LOCK, BATCH / constants.held_s(BATCH)),
        Capacity(PROJECTIONS, PROJECTED_MAX / (constants.projecting.of(PROJECTED_MAX) + flush_s) / by_events),
        Capacity(
            PUBLISHER,
            PUBLISHED_MAX / (published_s + flush_s + constants.kafka_answer_us / US) / by_events,
        ),
        Capacity("another follower, reading only", PROJECTED_MAX / constants.reading.of(PROJECTED_MAX) / by_events),
        Capacity(DATABASE, 1 / database_s(constants)),
        Capacity("the disk of the log of changes", DISK_BYTES_PER_S / constants.sizes.wal),
    )
    return sorted(found, key=lambda one: one.rate)


def database_s(constants: Constants) -> float:
    """The database's processor time for one message and all that follows from it, with full batches (seconds)."""
    receiving = sum(step.server.of(BATCH) for step in constants.receiving.values()) / BATCH
    following = constants.projecting.server.of(PROJECTED_MAX) / PROJECTED_MAX
    following += constants.publishing.server.of(PUBLISHED_MAX) / PUBLISHED_MAX
    following += 2 * constants.reading.server.of(PROJECTED_MAX) / PROJECTED_MAX  # the replicator and the notifier
    return receiving + following * constants.events_each + constants.background_us / US
