"""How a simulated portal behaves towards replicas: which it applies, refuses, leaves without an answer, or echoes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from simulation.chance import fate


class Answer(Enum):
    """What a portal makes of one request for a replica."""

    APPLIED = auto()
    APPLIED_IN_SILENCE = auto()
    TEMPORARILY = auto()
    REJECTED = auto()


@dataclass(frozen=True)
class Manners:
    """Shares of all replicas that meet something else than a plain «applied»; the seed fixes which meets what."""

    rejected_share: float = 0.01
    temporarily_share: float = 0.06
    silent_share: float = 0.01
    echo_share: float = 0.02
    repeat_share: float = 0.05

    def answer(self, seed: int | str, key: tuple[str, str], asked: int) -> Answer:
        """The answer to the request for this replica that is the `asked`th (the first is 1)."""
        drawn = fate(seed, "answer", *key)
        if drawn < self.rejected_share:
            return Answer.REJECTED
        drawn -= self.rejected_share
        if drawn < self.temporarily_share:
            patience = 1 if drawn < self.temporarily_share / 2 else 2
            return Answer.TEMPORARILY if asked <= patience else Answer.APPLIED
        if drawn - self.temporarily_share < self.silent_share and asked == 1:
            return Answer.APPLIED_IN_SILENCE
        return Answer.APPLIED

    def echoes(self, seed: int | str, key: tuple[str, str]) -> bool:
        """Whether the portal will report this replica as if it were new."""
        return fate(seed, "echo", *key) < self.echo_share

    def repeats(self, seed: int | str, event_id: str) -> bool:
        """Whether the portal will send this answer twice."""
        return fate(seed, "repeat", event_id) < self.repeat_share


PLAIN: Final = Manners(0.0, 0.0, 0.0, 0.0, 0.0)
"""Every replica is applied at once and answered once: for tests that compare what accounts show exactly."""
