"""Keeps an application from colliding with other writers: it hears what they wrote, and takes turns if it must.

What is stored is right without either, as versions are checked at the insert. Both save work: a transaction that
collides is loaded and decided again, and with linked people two consumers of full batches would collide all the time.
"""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager
    from uuid import UUID

CROWDED_TURNS: Final = 20
"""For so many transactions after a conflict it is crowded: another conflict is likely."""

LISTENED_TRANSACTIONS: Final = 20
"""For so many transactions after somebody else wrote it is asked what they write; then they count as gone."""

MISSED_EVENTS_MAX: Final = 50_000
"""News of more events than this is not asked for: it would cost more than the collisions that it saves."""


class Others(Protocol):
    """What a store tells of all its writers."""

    def written_after(self, position: int) -> tuple[Mapping[UUID, int], int]:
        """The newest versions of the streams that were written after a position, and the log's head.

        Nothing, where more than MISSED_EVENTS_MAX events were: what is old is then found by colliding.
        """

    def turn(self) -> AbstractContextManager[object]:
        """Wait until no other writer is within its turn, and be alone in it. Whoever takes no turns is not kept out."""


class Nobody:
    """One writer alone; fits Others."""

    def written_after(self, position: int) -> tuple[Mapping[UUID, int], int]:
        """Nothing."""
        return {}, position

    def turn(self) -> AbstractContextManager[object]:
        """At once."""
        return nullcontext()


class Company:
    """The other writers, as one application notices them. While there are none, they cost nothing."""

    def __init__(self, others: Others) -> None:
        self._others = others
        self._heard = 0
        self._listens = self._turns = 0

    def turn(self) -> AbstractContextManager[object]:
        """Around what a transaction decides and stores: after a conflict it waits for the others."""
        if self._turns == 0:
            return nullcontext()
        self._turns -= 1
        return self._others.turn()

    def news(self) -> Mapping[UUID, int]:
        """The versions of what was written since the last time, if somebody else has been writing lately."""
        if self._listens == 0 or self._heard == 0:  # before it has written, it holds nothing that could be old
            return {}
        self._listens -= 1
        versions, head = self._others.written_after(self._heard)
        if head > self._heard:
            self._heard, self._listens = head, LISTENED_TRANSACTIONS
        return versions

    def collided(self) -> None:
        """Somebody else wrote what this application had read."""
        self._turns, self._listens = CROWDED_TURNS, LISTENED_TRANSACTIONS

    def wrote(self, events: int, last: int) -> None:
        """So many events were stored, the last one at this position: what lies before them is somebody else's."""
        missed = last - events - self._heard
        if self._heard == 0 or missed == 0 or missed > MISSED_EVENTS_MAX:
            self._heard = last
        else:
            self._listens = LISTENED_TRANSACTIONS
