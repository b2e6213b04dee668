"""What was seen of a simulated service: how many messages came how far, how late, and who was busy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from benchmarks.scaling.service import SimulatedService


class Lateness(msgspec.Struct):
    """How long messages were under way (seconds), in groups."""

    groups: list[tuple[float, float]] = []

    def add(self, seconds: float, count: float) -> None:
        """So many more, so late."""
        self.groups.append((seconds, count))

    @property
    def count(self) -> float:
        """How many messages came so far."""
        return sum(count for _, count in self.groups)

    def mean_s(self) -> float:
        """How late they were on average."""
        return sum(seconds * count for seconds, count in self.groups) / self.count if self.groups else 0.0

    def within_s(self, share: float) -> float:
        """How late this share of them was at most, such as 0.99."""
        left = self.count * share
        for seconds, count in sorted(self.groups):
            left -= count
            if left <= 0:
                return seconds
        return 0.0


class Seen(msgspec.Struct):
    """Counts and lateness from a message's arrival: until it was stored, shown in the views, and sent on."""

    arrived: int = 0
    batches: int = 0
    conflicts: int = 0
    seconds: float = 0.0
    stored: Lateness = msgspec.field(default_factory=Lateness)
    shown: Lateness = msgspec.field(default_factory=Lateness)
    sent: Lateness = msgspec.field(default_factory=Lateness)
    waiting: float = 0.0
    under_way: float = 0.0
    busy: dict[str, float] = {}

    @property
    def rate(self) -> float:
        """Messages stored a second."""
        return self.stored.count / self.seconds if self.seconds else 0.0

    def ended(self, service: SimulatedService, until_s: float) -> None:
        """Note how things stand at the end, and which share of the time everybody was busy."""
        layout = service.layout
        self.seconds = until_s
        self.waiting = sum(queue.waiting for queue in service.queues)
        self.under_way = self.arrived - self.waiting - self.stored.count
        heads = {"consumers": layout.consumers, "lock": layout.logs}
        self.busy = {name: took / until_s / heads.get(name, layout.followers) for name, took in service.busy_s.items()}
        self.busy["database"] = service.server.busy_s / until_s / service.server.count
