"""Fills empty generations of views by whole streams: each is read once, folded once and made into rows once.

In the log's order an active person's rows are made anew with every batch that touches them, and each is looked for
before it is written. A view's rows depend on the events alone, so an empty generation may take them in any order: here
part by part of all streams, each as it is at the log's head; others may take parts at the same time. What comes after
that head the Projector applies.
"""

from __future__ import annotations

from concurrent.futures import FIRST_COMPLETED, CancelledError, ThreadPoolExecutor, wait
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, Final, Protocol

import msgspec
import structlog

from sync_service.projections.filling_parts import Filling, Parts
from sync_service.projections.projecting import Projector

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from concurrent.futures import Future

    from sync_service.projections.filling_parts import StreamLog, Streams, Target
    from sync_service.projections.rebuilding import RebuildableViews
    from sync_service.projections.view_store import Generation

log = structlog.get_logger(__name__)

PART_EVENTS: Final = 15_000
"""About so many events are read, folded and held in memory at a time, and as many more are read ahead."""

FILLED_EVENTS_MIN: Final = 20_000
"""A shorter log is applied in its order: that is done in a few seconds, and needs no parts."""

HELPED_PARTS_MIN: Final = 10
"""With fewer parts left one alone is done as early: each of a crew takes two seconds of processor time to start."""


class Crew(Protocol):
    """Others who fill parts at the same time as the one who leads."""

    @property
    def size(self) -> int:
        """How many parts they fill at the same time."""

    def fill(self, generations: Sequence[Generation], filling: Filling, number: int) -> Future[int]:
        """Let one of them fill a part; how many events it has. The error it ends with may be of any kind."""

    def rest(self) -> None:
        """Return when nobody works any more, and nothing is kept for them."""


class Alone:
    """No crew."""

    size = 0

    def fill(self, generations: Sequence[Generation], filling: Filling, number: int) -> Future[int]:
        """There is nobody."""
        raise NotImplementedError

    def rest(self) -> None:
        """There is nobody."""


class Filler:
    """Moves empty generations on together, as a Projector does; they stand at 0 until the last part is done.

    It fills parts itself, and lets a crew fill others meanwhile. A part that one of the crew could not fill it takes
    upon itself: if it is not the crew's fault, the error comes up here.
    """

    def __init__(
        self,
        log: StreamLog,
        views: RebuildableViews,
        targets: Sequence[Target],
        filling: Filling,
        crew: Crew | None = None,
    ) -> None:
        self._log = log
        self._views = views
        self.targets = list(targets)
        self._filling = msgspec.structs.replace(filling, done=())
        self._parts = Parts(log, views, targets, filling)
        self._left = filling.left
        self._reading = ThreadPoolExecutor(1, "read-ahead")
        self._ahead: tuple[int, Future[Streams]] | None = None
        self._crew = crew if crew and len(self._left) >= HELPED_PARTS_MIN else Alone()
        self._handed: dict[Future[int], int] = {}
        self._guard = Lock()
        self._is_handing_out = False
        self._following: Projector | None = None

    @property
    def position(self) -> int:
        """The position that the generations stand at."""
        return self._following.position if self._following else 0

    def advance(self, until: int | None = None) -> int:
        """Fill with a part or more, or follow the log once all are filled; how many events there were."""
        events = 0
        while self._following is None and not events:
            with self._helped():
                events = self._fill_one()
            events += self._collected()
            if not (self._left or self._ahead or self._handed):
                self._finish()
        if self._following is None or events:
            return events
        done = self._following.advance(until)
        self.targets = self._following.targets
        return done

    def close(self) -> None:
        """Return when nobody works at it any more; what is not done yet is left to whoever goes on."""
        self._reading.shutdown(cancel_futures=True)
        with self._guard:
            handed = list(self._handed)
        for one in handed:
            one.cancel()
        wait(handed)

    def _fill_one(self) -> int:
        """Fill the next part, while the one after it is read; if none is left, wait until one of the crew is done."""
        taken, self._ahead = self._ahead or self._take(), None
        if taken is None:
            wait(self._handed, return_when=FIRST_COMPLETED)
            return 0
        number, reading = taken
        streams = reading.result()
        self._ahead = self._take()
        return self._parts.fill(number, streams)

    def _take(self) -> tuple[int, Future[Streams]] | None:
        """Take a part that nobody has, and begin to read it."""
        with self._guard:
            if not self._left:
                return None
            number = self._left.pop(0)
        return number, self._reading.submit(self._parts.read, number)

    @contextmanager
    def _helped(self) -> Iterator[None]:
        """Keep the crew busy meanwhile; afterwards each ends when its part is done, so that others can be let first."""
        self._is_handing_out = True
        self._hand_out()
        try:
            yield
        finally:
            self._is_handing_out = False

    def _hand_out(self) -> None:
        given: list[Future[int]] = []
        with self._guard:
            busy = sum(not handed.done() for handed in self._handed)
            while self._is_handing_out and self._left and busy + len(given) < self._crew.size:
                number = self._left.pop(0)
                handed = self._crew.fill([one for _, one in self.targets], self._filling, number)
                self._handed[handed] = number
                given.append(handed)
        for handed in given:
            handed.add_done_callback(self._hand_on)

    def _hand_on(self, handed: Future[int]) -> None:
        """Give the next part to whoever has done one."""
        if not handed.cancelled() and handed.exception() is None:
            self._hand_out()

    def _collected(self) -> int:
        """What the crew has done since: events. After a fault nobody of it is asked again."""
        events = 0
        with self._guard:
            for handed in [one for one in self._handed if one.done()]:
                number = self._handed.pop(handed)
                fault = CancelledError() if handed.cancelled() else handed.exception()
                if fault is None:
                    events += handed.result()
                else:
                    log.warning("rebuild.unhelped", error=type(fault).__name__)
                    self._crew, self._left = Alone(), sorted([*self._left, number])
        return events

    def _finish(self) -> None:
        self._reading.shutdown(wait=False)
        generations = self._views.finish([generation for _, generation in self.targets], self._filling)
        self.targets = [(view, generation) for (view, _), generation in zip(self.targets, generations, strict=True)]
        self._following = Projector(self._log, self._views, self.targets)


def moving(
    log: StreamLog, views: RebuildableViews, targets: Sequence[Target], crew: Crew | None = None
) -> Projector | Filler:
    """What moves these generations on, which stand together: by whole streams as long as they are empty."""
    generations = [generation for _, generation in targets]
    filling = views.filling(generations[0])
    if filling is None and generations[0].position == 0 and (head := log.head()) >= FILLED_EVENTS_MIN:
        filling = Filling(head, -(-head // PART_EVENTS))
        views.begin_filling(generations, filling)
    return Filler(log, views, targets, filling, crew) if filling else Projector(log, views, targets)
