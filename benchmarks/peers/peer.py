"""What every peer is: something that receives messages, and can say what became of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence


class Counts(msgspec.Struct, frozen=True):
    """What became of the messages: by these a peer shows that it does the same work.

    `owners` are the accounts that have each code; `plan_sizes` how many rows each account's plan has, replicas of the
    person's other account among them.
    """

    stored: int
    repeats: int
    refused: int
    owners: Mapping[str, str]
    plan_sizes: Mapping[str, int]


class Peer(Protocol):
    """Receives messages, each stored when the call returns."""

    def receive(self, lines: Sequence[bytes]) -> None:
        """Validate, decide and commit them, with the position."""

    def counts(self) -> Counts:
        """What became of all messages so far."""

    def close(self) -> None:
        """Close the connections."""
