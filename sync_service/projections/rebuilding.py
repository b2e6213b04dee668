"""Builds a view anew beside the live one, compares them, and switches; readers and writers go on meanwhile."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Protocol

from sync_service.projections.filling import moving
from sync_service.projections.projecting import Projector
from sync_service.projections.view_store import Generation, GenerationState, ViewStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from sync_service.event_store import EventStore
    from sync_service.projections.comparing import Comparison
    from sync_service.projections.filling import Filler
    from sync_service.projections.filling_parts import Filling, StreamLog
    from sync_service.projections.view import View
    from sync_service.projections.view_store import WrittenTo

    Follow = Callable[[Generation], Generation]

PAUSE_S = 0.05


class RebuildableViews(ViewStore, Protocol):
    """A view storage that can hold several generations of a view."""

    def begin(self, view: str, state: GenerationState) -> Generation:
        """Make an empty generation beside the live one, in place of one in the same state."""

    def filling(self, generation: Generation) -> Filling | None:
        """How far its filling by whole streams has come; None if it has not begun, or is over."""

    def begin_filling(self, generations: Iterable[Generation], filling: Filling) -> None:
        """Note that empty generations are filled by so many parts; raises ViewMoved if one of them is already."""

    def fill(self, changes: WrittenTo, filling: Filling, number: int) -> None:
        """Add the rows of a part, which no other part has, and note it as done: both or neither.

        Several may fill at the same time. Raises ViewMoved if the part is done already, or the filling is over.
        """

    def finish(self, generations: Iterable[Generation], filling: Filling) -> list[Generation]:
        """Let generations stand at the filling's head, all of whose parts are done; gives them as they stand then.

        Raises ViewMoved if a part is not done, or the filling is over.
        """

    def compare_at_rest(self, view: str, follow: Follow) -> Comparison:
        """Hold the live generation while `follow` brings another to its position, then compare the two as of then."""

    def switch(self, view: str, to: GenerationState, follow: Follow) -> None:
        """Hold the live generation while `follow` brings another to its position, and make that one the live one.

        What was live becomes the previous generation. Raises ViewMoved if there is none in that state.
        """

    def discard(self, view: str, state: GenerationState) -> None:
        """Drop a generation that is not live."""

    def other(self, view: str, state: GenerationState) -> Generation | None:
        """The generation in a state other than live, if there is one."""

    def sizes(self) -> Mapping[tuple[str, int], Size]:
        """How many rows each generation has, by view and number: counted if they are few, else about."""


class Size(Protocol):
    """How many rows there are; `is_exact` if they were counted."""

    @property
    def rows(self) -> int:
        """The rows of all tables."""

    @property
    def is_exact(self) -> bool:
        """Whether they were counted, and not estimated."""


class LiveStandsStill(RuntimeError):
    """The live view is behind and does not move, so that there is nothing to compare with; switching is possible."""


class NothingToSwitchTo(LookupError):
    """There is no rebuilt generation, or no previous one to go back to."""


class Rebuild:
    """One rebuild of one view by whoever holds it: `fill`, `compare`, then `switch` or `discard`."""

    def __init__(
        self,
        log: StreamLog,
        views: RebuildableViews,
        view: View,
        state: GenerationState = GenerationState.BUILDING,
    ) -> None:
        self._log = log
        self._views = views
        self._view = view
        self._state = state
        self._projector = moving(log, views, [(view, views.begin(view.name, state))])

    @property
    def generation(self) -> Generation:
        """The generation that is being built."""
        return self._projector.targets[0][1]

    def fill(self, progress: Callable[[int, int], None] = lambda _done, _head: None) -> None:
        """Apply the log from its beginning to its present head; tells how far it is."""
        head = self._log.head()
        while self._projector.position < head and self._projector.advance(until=head):
            progress(self._projector.position, head)

    def compare(self, *, patience_s: float = 30) -> Comparison:
        """Bring both generations to the same position and compare them, while readers and writers go on.

        Raises LiveStandsStill if the live one is behind and does not move.
        """
        deadline = time.monotonic() + patience_s
        while (live := self._views.live(self._view.name)).position < self._projector.position:
            if time.monotonic() > deadline:
                raise LiveStandsStill(self._view.name)
            time.sleep(PAUSE_S)
        follow(self._projector, live.position)
        return self._views.compare_at_rest(self._view.name, following(self._projector))

    def switch(self) -> None:
        """Make the new generation the live one; the old one is kept, so that it can be taken back."""
        switch(self._views, self._projector)

    def discard(self) -> None:
        """Drop the new generation."""
        self._views.discard(self._view.name, self._state)


def take_back(log: EventStore, views: RebuildableViews, view: View) -> None:
    """Make the previous generation the live one again, after it has caught up; raises NothingToSwitchTo."""
    previous = views.other(view.name, GenerationState.PREVIOUS)
    if previous is None:
        raise NothingToSwitchTo(view.name)
    switch(views, Projector(log, views, [(view, previous)]))


def switch(views: RebuildableViews, projector: Projector | Filler) -> None:
    """Catch up with the live generation, hold it for the little that came meanwhile, and switch, in one transaction."""
    [(view, generation)] = projector.targets
    follow(projector, views.live(view.name).position)
    views.switch(view.name, generation.state, following(projector))


def following(projector: Projector | Filler) -> Follow:
    """What brings the projector's only generation to the position of another, and returns it."""

    def at_last(live: Generation) -> Generation:
        follow(projector, live.position)
        return projector.targets[0][1]

    return at_last


def follow(projector: Projector | Filler, position: int) -> None:
    """Apply the log up to a position."""
    while projector.position < position and projector.advance(until=position):
        pass
