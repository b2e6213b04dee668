"""A message that could not be applied: parked with its reasons until someone decides."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from sync_service.aggregates.aggregate import Aggregate, Fact, Journal, evolves
from sync_service.aggregates.erased_facts import LetterErased

if TYPE_CHECKING:
    from uuid import UUID


ERASED_REASON = "erased"
"""Why a parked message that names an erased person is discarded."""


class Parked(Fact, frozen=True):
    """A message could not be applied. Its bytes lie beside the log under this stream's id, for they may be personal."""

    TYPE = "dead_letter.parked.v1"
    reasons: tuple[str, ...]
    place: str
    offset: int
    topic: str | None = None
    source: str | None = None
    message_id: str | None = None
    message_type: str | None = None
    account_id: str | None = None


class Retried(Fact, frozen=True):
    """The message was applied after all, as it was. `by` is who retried it, as they signed; `reason` is why."""

    TYPE = "dead_letter.retried.v1"
    by: str | None = None
    reason: str | None = None


class RetriedEdited(Fact, frozen=True):
    """The message was applied after somebody had edited it. The edited bytes lie beside those that came."""

    TYPE = "dead_letter.retried_edited.v1"
    by: str
    reason: str


class Discarded(Fact, frozen=True):
    """Someone decided that the message will not be applied. `by` is who, as they signed."""

    TYPE = "dead_letter.discarded.v1"
    reason: str
    by: str | None = None


class Superseded(Fact, frozen=True):
    """A corrected message came under the same source and id, and was stored."""

    TYPE = "dead_letter.superseded.v1"


class LetterState(StrEnum):
    """Where a parked message stands."""

    PARKED = "parked"
    RETRIED = "retried"
    DISCARDED = "discarded"
    SUPERSEDED = "superseded"


class DeadLetter(Aggregate):
    """One parked message. Its id is derived from its bytes, so that the same bytes park once."""

    def __init__(self, letter: UUID, journal: Journal | None = None) -> None:
        super().__init__(letter, journal)
        self.parked: Parked | None = None
        self.state: LetterState | None = None

    @property
    def is_open(self) -> bool:
        """Whether it still waits for a decision."""
        return self.state is LetterState.PARKED

    @evolves(Parked)
    def _parked(self, fact: Parked, _: object) -> None:
        self.parked = fact
        self.state = LetterState.PARKED

    @evolves(Retried, RetriedEdited)
    def _retried(self, _fact: Retried | RetriedEdited, _: object) -> None:
        self.state = LetterState.RETRIED

    @evolves(Discarded)
    def _discarded(self, _fact: Discarded, _: object) -> None:
        self.state = LetterState.DISCARDED

    @evolves(LetterErased)
    def _erased(self, _fact: LetterErased, _: object) -> None:
        """What became of it stays as it is; one that waited was discarded before."""

    @evolves(Superseded)
    def _superseded(self, _fact: Superseded, _: object) -> None:
        self.state = LetterState.SUPERSEDED
