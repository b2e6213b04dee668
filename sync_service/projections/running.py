"""Keeps the live views up to date: all that stand at the same position move on together."""

from __future__ import annotations

import time
from itertools import groupby
from typing import TYPE_CHECKING, Protocol

import structlog

from sync_service import working
from sync_service.projections.projecting import Projector
from sync_service.projections.view_store import ViewMoved

if TYPE_CHECKING:
    from collections.abc import Mapping
    from threading import Event as Stopping

    from sync_service.event_store import EventStore
    from sync_service.projections.view import View
    from sync_service.projections.view_store import ViewStore

log = structlog.get_logger(__name__)

IDLE_S = 0.5
GATHER_S = 0.1
GATHERED_EVENTS = 1_000
"""After a turn over fewer events it waits a little, so that a steady trickle does not cost a turn an event."""

FAILED_PAUSE_S = 10.0
PATIENCE_S = 60.0
LOOK_AGAIN_S = 0.02


class Leader(Protocol):
    """Tells whether this process may do what only one at a time should."""

    def is_held(self) -> bool:
        """Whether this process leads now."""


class Waiting(Protocol):
    """Waits for news of the log."""

    def wait(self, timeout_s: float) -> None:
        """Return when events were stored, or after so many seconds."""


class ProjectionRunner:
    """Runs every view. One that fails stops alone, is shown as stopped by its position, and is tried again."""

    def __init__(self, log_: EventStore, views: ViewStore, kinds: Mapping[str, View], leader: Leader) -> None:
        self._log = log_
        self._views = views
        self._kinds = kinds
        self._leader = leader
        self._projectors: list[Projector] = []
        self._failed_until: dict[str, float] = {}

    def run(self, stopping: Stopping, news: Waiting) -> None:
        """Keep the views up to date until told to stop."""
        while not stopping.is_set():
            if not self._leader.is_held():
                stopping.wait(IDLE_S)
            elif not (events := self.advance()):
                news.wait(IDLE_S)
            elif events < GATHERED_EVENTS:
                stopping.wait(GATHER_S)

    def catch_up(self, position: int, *, patience_s: float = PATIENCE_S) -> bool:
        """Return when every view stands at the position or beyond; moves them itself unless another process does.

        False if nothing has moved for so long: a view may have failed, or the process that leads may stand still.
        """
        moved_at, before = time.monotonic(), -1
        while (behind := self._behind(position)) > 0:
            if behind != before:
                moved_at, before = time.monotonic(), behind
            elif time.monotonic() - moved_at > patience_s:
                return False
            if not self._leader.is_held() or not self.advance():
                time.sleep(LOOK_AGAIN_S)
        return True

    def _behind(self, position: int) -> int:
        return sum(max(0, position - self._views.live(view).position) for view in self._kinds)

    def advance(self) -> int:
        """Apply one batch of events to the views that are furthest behind; how many events there were."""
        if not self._projectors:
            self._group()
        for projector in sorted(self._projectors, key=lambda projector: projector.position):
            done = self._advance(projector)
            if done:
                return done
        if len(self._projectors) > 1:
            self._projectors = []  # views that met at the head go on together
        return 0

    def _advance(self, projector: Projector) -> int:
        names = [view.name for view, _ in projector.targets]
        began = time.perf_counter()
        try:
            done = projector.advance()
        except ViewMoved:
            self._projectors = []
            return 0
        except (ArithmeticError, LookupError, TypeError, ValueError, AttributeError) as error:
            # A fault in one view's own translation must not stop the others: each goes on alone, the faulty one later.
            if len(names) > 1:
                self._projectors.remove(projector)
                self._projectors += [self._projector([name]) for name in names]
                return 0
            log.exception("view.failed", view=names[0], position=projector.position, error=type(error).__name__)
            working.hindered(names[0], type(error).__name__)
            self._failed_until[names[0]] = time.monotonic() + FAILED_PAUSE_S
            self._projectors.remove(projector)
            return 0
        if done:
            seconds = time.perf_counter() - began
            working.did("batch.projected", items=done, seconds=seconds, position=projector.position)
            for name in names:
                working.hindered(name, None)
        return done

    def _group(self) -> None:
        now = time.monotonic()
        live = [self._views.live(view) for view in self._kinds if self._failed_until.get(view, 0) <= now]
        live.sort(key=lambda generation: generation.position)
        for _, group in groupby(live, key=lambda generation: generation.position):
            self._projectors.append(self._projector([generation.view for generation in group]))

    def _projector(self, names: list[str]) -> Projector:
        return Projector(self._log, self._views, [(self._kinds[name], self._views.live(name)) for name in names])
