"""The port of the views' storage: rows and the position that they stand at, both or neither."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol, TypeVar
from uuid import UUID

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from sync_service.projections.view import Changes, Key, Rows

    WrittenTo = Mapping["Generation", Changes]

T = TypeVar("T")


class ViewMoved(Exception):
    """Another process has moved the view on, or another generation is live: look again. Nothing was written."""


class GenerationState(StrEnum):
    """What a generation of a view is for."""

    LIVE = "live"
    BUILDING = "building"
    PREVIOUS = "previous"
    CHECKING = "checking"


class Generation(msgspec.Struct, frozen=True):
    """One edition of a view's tables. Readers use the live one; a rebuild fills the next one beside it."""

    view: str
    number: int
    state: GenerationState
    position: int
    moved_at: datetime


class About(msgspec.Struct, frozen=True):
    """Of one table, only the rows of these activities."""

    table: str
    activity_ids: tuple[str, ...]


class Overdue(msgspec.Struct, frozen=True):
    """A replica that is to be asked for again: whose, where, which, and how often it was asked for."""

    owner: UUID
    portal: str
    key: str
    asked: int


class ViewStore(Protocol):
    """Keeps views' rows."""

    def live(self, view: str) -> Generation:
        """The generation that readers use."""

    def generations(self) -> list[Generation]:
        """All generations of all views."""

    def existing(
        self, generation: Generation, owners: Collection[UUID], about: About | None = None
    ) -> dict[UUID, Rows]:
        """The rows that were made from these owners; of one table, `about` wants those of some activities only."""

    def owners_by_activity(self, generation: Generation, table: str, activity_ids: Collection[str]) -> set[UUID]:
        """The owners that have a row in the table with one of these activities."""

    def write(self, generations: Collection[Generation], changes: Iterable[WrittenTo], position: int) -> None:
        """Write the changes as they come and move each generation on to the position, both or neither.

        Raises ViewMoved if one of them has moved already.
        """

    def at_once(self, read: Callable[[], T]) -> T:
        """What `read` gives: all that it reads in this thread is of one moment, and of one generation of each view.

        It may be called more than once.
        """

    def mend(self, changes: WrittenTo) -> None:
        """Write rows that were found to differ; raises ViewMoved if a view has moved on since they were compared."""

    def find(self, view: str, table: str, **equals: object) -> list[dict[str, Any]]:
        """The live rows whose columns equal these values, in the order of the table's key."""

    def spread(self, view: str, table: str, *names: str) -> dict[Key, int]:
        """How many live rows have each combination of values in these columns."""

    def tally(self, generation: Generation) -> tuple[int, str]:
        """How many rows a generation has, and a digest that is equal for equal rows."""

    def overdue(self, now: datetime, delays_s: Sequence[float], limit: int) -> list[Overdue]:
        """The waiting replicas that were asked for longest ago, if longer than the delay for so many askings."""
