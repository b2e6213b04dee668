"""What the service's work costs: measured constants, each a fixed part a batch and a part for everything in it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

    Measured = Sequence[tuple[float, float]]
    """Pairs of how many there were and what they took together, in microseconds."""

SHIPPED = Path(__file__).parents[1] / "constants.json"
FRESH = Path(__file__).parents[1] / "out" / "constants.json"
US = 1_000_000


class Line(msgspec.Struct, frozen=True):
    """What something takes (µs): a fixed part a batch, and a part for each item."""

    batch_us: float = 0.0
    each_us: float = 0.0

    def of(self, items: float) -> float:
        """The seconds that so many items take in one batch."""
        return (self.batch_us + self.each_us * items) / US


class Step(msgspec.Struct, frozen=True):
    """A part of a batch's work: what it takes of our processor and of the database's; these take turns."""

    client: Line = Line()
    server: Line = Line()

    def of(self, items: float) -> float:
        """The seconds that so many items take if nobody else wants the same processors."""
        return self.client.of(items) + self.server.of(items)


class Sizes(msgspec.Struct, frozen=True):
    """Bytes on disk for each message, by what holds them; the log of changes is what is written, not kept."""

    events_heap: float = 0.0
    events_index: float = 0.0
    messages: float = 0.0
    keys: float = 0.0
    views_heap: float = 0.0
    views_index: float = 0.0
    others: float = 0.0
    wal: float = 0.0

    @property
    def kept(self) -> float:
        """What stays on disk."""
        every: tuple[float, ...] = msgspec.structs.astuple(self)
        return sum(every) - self.wal


class Constants(msgspec.Struct, frozen=True):
    """Everything that the model and the simulation are made of; `receiving` in the order of a batch's steps.

    `reloading` is what looking up and deciding take if nothing is cached, `flush_us` what each commit waits for the
    disk, `background_us` what the server does later for a message, and `both_busy` how much longer work takes while
    both processors are in use.
    """

    machine: str
    receiving: dict[str, Step]
    reloading: Step
    projecting: Step
    publishing: Step
    reading: Step
    kafka_in: Line
    kafka_out: Line
    kafka_answer_us: float
    flush_us: float
    background_us: float
    events_each: float
    sent_each: float
    sizes: Sizes
    both_busy: float = 1.0

    def held_s(self, messages: float) -> float:
        """For how long a batch holds the lock of the log, which one writer at a time can have."""
        return self.receiving[LOCKED].of(messages) + self.flush_us / US

    def batch_s(self, messages: float) -> float:
        """What a batch takes if nobody is in its way, from the poll to the commit."""
        steps = sum(step.of(messages) for step in self.receiving.values())
        return self.kafka_in.of(messages) + steps + self.flush_us / US


DECODE, LOOK_UP, DECIDE, SEAL, LOCKED = "decode", "look up", "decide", "seal", "store, locked"
STEPS = (DECODE, LOOK_UP, DECIDE, SEAL, LOCKED)


def fitted(measured: Measured) -> Line:
    """The line that lies nearest to what was measured; neither part is negative, as nothing takes less than nothing.

    Distances count relative to the batch, so that small batches are as well described as large ones.
    """
    weights = [1 / (items * items) for items, _ in measured if items]
    pairs = [pair for pair in measured if pair[0]]
    if not pairs:
        return Line()
    total = sum(weights)
    mean_items = sum(w * items for w, (items, _) in zip(weights, pairs, strict=True)) / total
    mean_took = sum(w * took for w, (_, took) in zip(weights, pairs, strict=True)) / total
    spread = sum(w * (items - mean_items) ** 2 for w, (items, _) in zip(weights, pairs, strict=True))
    joint = sum(w * (items - mean_items) * (took - mean_took) for w, (items, took) in zip(weights, pairs, strict=True))
    each = joint / spread if spread else 0.0
    fixed = mean_took - each * mean_items
    if each < 0:
        return Line(mean_took, 0.0)
    if fixed < 0:
        squares = sum(w * items * items for w, (items, _) in zip(weights, pairs, strict=True))
        return Line(0.0, sum(w * items * took for w, (items, took) in zip(weights, pairs, strict=True)) / squares)
    return Line(fixed, each)


def load(path: Path | None = None) -> Constants:
    """The constants of this machine if they were measured here, else those that come with the code."""
    chosen = path or (FRESH if FRESH.exists() else SHIPPED)
    return msgspec.json.decode(chosen.read_bytes(), type=Constants)


def written(constants: Constants, path: Path) -> None:
    """Write them, rounded to what is meaningful."""
    path.parent.mkdir(exist_ok=True)
    rounded = _rounded(msgspec.to_builtins(constants))
    path.write_bytes(msgspec.json.format(msgspec.json.encode(rounded), indent=2) + b"\n")


def _rounded(found: object) -> object:
    if isinstance(found, dict):
        return {name: _rounded(one) for name, one in found.items()}
    return float(f"{found:.4g}") if isinstance(found, float) else found
