"""Our contestant: the service as it is shipped, on a database of the stage, fed with messages from memory."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from sync_service.bootstrap import Service
from sync_service.messages.records import Record
from sync_service.projections.filling import moving
from sync_service.projections.rebuilding import follow
from sync_service.projections.registry import VIEWS
from sync_service.projections.running import ProjectionRunner
from sync_service.projections.view_store import Generation, GenerationState
from sync_service.receiving import Receipt
from sync_service.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

PLACE = "file:benchmark"
LOADING_RECORDS = 5_000


class Place(Protocol):
    """Where a service keeps its files: a stage, or any other directory."""

    @property
    def directory(self) -> Path:
        """The directory."""


class OurService:
    """One process of the service. What it received before stays at hand, as in a process that runs for long."""

    def __init__(self, place: Place, conninfo: str) -> None:
        self.conninfo = conninfo
        self.service = Service(Settings(data_dir=place.directory, database_url=conninfo))
        self._application = self.service.application()
        self._offset = self._application.positions([PLACE]).get(PLACE, 0)
        self._leader = self.service.leadership("projections")
        self.counted = Receipt()

    def load(self, lines: Sequence[bytes]) -> None:
        """Receive messages by large batches; nobody looks at the time."""
        self._receive(lines, LOADING_RECORDS)

    def receive(self, lines: Sequence[bytes]) -> None:
        """Receive messages as a consumer does: by polls, whose batches are committed with their positions."""
        self._receive(lines, self.service.batch_limits().records_max)

    def _receive(self, lines: Sequence[bytes], records_max: int) -> None:
        for start in range(0, len(lines), records_max):
            records = [
                Record(line, PLACE, offset, offset + 1)
                for offset, line in enumerate(lines[start : start + records_max], self._offset)
            ]
            self.counted += self._application.receive(records)
            self._offset += len(records)

    def make_live(self) -> None:
        """Bring the live views to the log's head: they are filled anew, all at once, and switched to."""
        views, head = self.service.views, self.service.store.head()
        begun = [(view, views.begin(view.name, GenerationState.BUILDING)) for view in VIEWS.values()]
        filling = moving(self.service.store, views, begun)
        follow(filling, head)
        for view, filled in filling.targets:
            views.switch(view.name, filled.state, _as_it_is(filled))

    @cached_property
    def _projections(self) -> ProjectionRunner:
        """One runner for as long as this lives: it keeps the people at hand whose rows it has made."""
        service = self.service
        return ProjectionRunner(service.store, service.views, VIEWS, self._leader)

    def project(self) -> None:
        """Return when the live views stand at the log's head."""
        self._projections.catch_up(self.service.store.head())

    def release(self) -> None:
        """Close the connections; the next batch opens them again."""
        self._leader.close()
        self.service.database.close()


def _as_it_is(generation: Generation) -> Callable[[Generation], Generation]:
    """For a switch while nothing is written: nothing is left to be caught up with."""
    return lambda _: generation
