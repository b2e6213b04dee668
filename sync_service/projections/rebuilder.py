"""Carries out orders to rebuild views: fills new generations, compares them, switches; one process at a time does.

Everything it knows stands in the database: whoever leads next goes on from the generations' positions. Orders that were
asked for together are filled by one reading of the log.
"""

from __future__ import annotations

import time
import traceback
from itertools import groupby
from typing import TYPE_CHECKING, Final

import structlog

from sync_service.projections.filling import Alone, Filler, moving
from sync_service.projections.projecting import Projector
from sync_service.projections.rebuild_orders import GONE, STANDS_STILL, WORKED_ON, OrderState
from sync_service.projections.rebuilding import follow, following, switch
from sync_service.projections.view_store import GenerationState, ViewMoved

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from threading import Event as Stopping

    from sync_service.projections.filling import Crew
    from sync_service.projections.filling_parts import StreamLog
    from sync_service.projections.rebuild_orders import Order, RebuildBook
    from sync_service.projections.rebuilding import RebuildableViews
    from sync_service.projections.running import Leader
    from sync_service.projections.view import View
    from sync_service.projections.view_store import Generation

log = structlog.get_logger(__name__)

FAULTS: Final = (ArithmeticError, LookupError, TypeError, ValueError, AttributeError)
"""What a fault in a view's own translation raises: its order fails, and nothing else does."""

IDLE_S: Final = 0.5
LOOK_AGAIN_S: Final = 0.02
PATIENCE_S: Final = 30.0
"""So long the live generation may stand behind the new one before they are left uncompared (seconds)."""


class Rebuilder:
    """Does the next thing that orders ask for, a batch of events at a time.

    `version` names the code that makes the rows: what another version began is begun anew, so that no generation holds
    rows of two. `faults` are the errors that are the order's own; all others end the caller. A `crew` helps to fill.
    """

    def __init__(
        self,
        log_: StreamLog,
        views: RebuildableViews,
        kinds: Mapping[str, View],
        book: RebuildBook,
        *,
        version: str = "",
        faults: tuple[type[Exception], ...] = FAULTS,
        crew: Crew | None = None,
    ) -> None:
        self._log = log_
        self._views = views
        self._kinds = kinds
        self._book = book
        self._version = version
        self._faults = faults
        self._crew = crew or Alone()
        self._projectors: dict[tuple[tuple[str, int], ...], Projector | Filler] = {}
        self._alone: set[int] = set()
        self._waiting_since: dict[int, float] = {}

    def run(self, stopping: Stopping, leader: Leader) -> None:
        """Carry out orders until told to stop, while this process leads."""
        try:
            while not stopping.is_set():
                if not (leader.is_held() and self.turn()):
                    self._crew.rest()
                    stopping.wait(IDLE_S)
        finally:
            self.close()

    def close(self) -> None:
        """Let the crew go; the next turn goes on from what is done."""
        self._forget()
        self._crew.rest()

    def turn(self) -> bool:
        """Do the next thing, for a second or so; whether there was anything. Only a leader may call it."""
        orders = [order for order in self._book.open() if order.view in self._kinds]
        self._sweep(orders)
        if not orders:
            return False
        if self._begin([order for order in orders if order.state in WORKED_ON]):
            return True
        for order in orders:
            if order.state in {OrderState.SWITCHING, OrderState.TAKING_BACK}:
                self._guarded([order], lambda order=order: self._switch(order))  # type: ignore[misc]
                return True
        has_filled = self._fill(orders)
        has_compared = any(self._compare(order) for order in orders if order.state is OrderState.COMPARING)
        return has_filled or has_compared

    def _sweep(self, orders: Sequence[Order]) -> None:
        """Drop the generations that nobody wants any more: their order was cancelled, or its process killed early."""
        wanted = {order.view for order in orders if not order.is_back}
        for generation in self._views.generations():
            if generation.state is GenerationState.BUILDING and generation.view not in wanted:
                self._views.discard(generation.view, GenerationState.BUILDING)
                self._forget()
                log.info("rebuild.dropped", view=generation.view, generation=generation.number)

    def _begin(self, orders: Sequence[Order]) -> bool:
        """Make empty generations for the orders that have none, or whose generation another version began to fill."""
        building = self._building()
        lacking = [order for order in orders if self._is_lacking(order, building.get(order.view))]
        head = self._log.head()
        for order in lacking:
            generation = self._views.begin(order.view, GenerationState.BUILDING)
            values = {
                "generation": generation.number,
                "version": self._version,
                "head": head,
                "began_at": generation.moved_at,
                "events": 0,
                "worked_s": 0.0,
                "rate": None,
                "comparison": None,
            }
            self._book.change(order.id, WORKED_ON, OrderState.FILLING, values)
            log.info("rebuild.began", view=order.view, generation=generation.number, head=head)
        return bool(lacking)

    def _is_lacking(self, order: Order, generation: Generation | None) -> bool:
        return generation is None or generation.number != order.generation or order.version != self._version

    def _building(self) -> dict[str, Generation]:
        return {one.view: one for one in self._views.generations() if one.state is GenerationState.BUILDING}

    def _fill(self, orders: Sequence[Order]) -> bool:
        """Move every group of generations that stand together on by a batch; whether any moved."""
        building = self._building()
        followed = [o for o in orders if o.state in {OrderState.FILLING, OrderState.READY} and o.view in building]
        groups = [(group, [building[order.view] for order in group]) for group in self._groups(followed, building)]
        keys = [tuple((one.view, one.number) for one in generations) for _, generations in groups]
        self._forget(self._projectors.keys() - keys)
        has_moved = False
        for key, (group, generations) in zip(keys, groups, strict=True):
            projector = self._projectors.get(key)
            if projector is None or projector.position != generations[0].position:
                self._forget([key])
                targets = [(self._kinds[one.view], one) for one in generations]
                projector = moving(self._log, self._views, targets, self._crew)
                self._projectors[key] = projector
            has_moved |= bool(self._guarded(group, lambda: self._advance(group, projector)))  # noqa: B023 - called at once
        return has_moved

    def _forget(self, keys: Iterable[tuple[tuple[str, int], ...]] | None = None) -> None:
        """Keep no longer what moves these on, or any; what is in work for it is waited for."""
        for key in list(self._projectors if keys is None else keys):
            projector = self._projectors.pop(key, None)
            if isinstance(projector, Filler):
                projector.close()

    def _groups(self, orders: Sequence[Order], building: Mapping[str, Generation]) -> list[list[Order]]:
        """The orders whose generations stand at the same place; those that failed in company go alone.

        What a filler holds together stays together: a crew may note a part between one look and the next.
        """
        fillers = [key for key, one in self._projectors.items() if isinstance(one, Filler) and not one.position]
        held = {generation: at for at, key in enumerate(fillers, 1) for generation in key}

        def place(order: Order) -> tuple[object, ...]:
            generation = building[order.view]
            filler = held.get((generation.view, generation.number), 0)
            filling = self._views.filling(generation) if generation.position == 0 and not filler else None
            parts = (filling.head, filling.parts, filling.done) if filling else (0, 0, ())
            return generation.position, filler, *parts, order.id if order.id in self._alone else 0

        return [list(group) for _, group in groupby(sorted(orders, key=place), key=place)]

    def _advance(self, group: Sequence[Order], projector: Projector | Filler) -> bool:
        filling = [order for order in group if order.state is OrderState.FILLING]
        head, before, began = self._log.head(), projector.position, time.monotonic()
        events = projector.advance()
        if filling:
            if events:
                self._give_way(time.monotonic() - began)
                self._book.progressed([order.id for order in filling], events, time.monotonic() - began)
            if projector.position >= head:
                for order in filling:
                    values = {"head": projector.position}
                    self._book.change(order.id, {OrderState.FILLING}, OrderState.COMPARING, values)
        return bool(events) or projector.position != before

    def _give_way(self, worked_s: float) -> None:
        """Let the live views come first: while they are behind, wait, but no longer than was worked."""
        until = time.monotonic() + worked_s
        while time.monotonic() < until:
            live = [one.position for one in self._views.generations() if one.state is GenerationState.LIVE]
            if max(live, default=0) >= self._log.head():
                return
            time.sleep(LOOK_AGAIN_S)

    def _compare(self, order: Order) -> bool:
        """Compare once the live generation has reached the new one; whether there was anything to do."""
        generation = self._building().get(order.view)
        if generation is None:
            return False
        if self._views.live(order.view).position < generation.position:
            since = self._waiting_since.setdefault(order.id, time.monotonic())
            if time.monotonic() - since > PATIENCE_S:
                self._book.change(order.id, {OrderState.COMPARING}, OrderState.READY, {"error": STANDS_STILL})
            return False
        self._waiting_since.pop(order.id, None)
        return self._guarded([order], lambda: self._compared(order, generation))

    def _compared(self, order: Order, generation: Generation) -> bool:
        projector = Projector(self._log, self._views, [(self._kinds[order.view], generation)])
        follow(projector, self._views.live(order.view).position)
        comparison = self._views.compare_at_rest(order.view, following(projector))
        values = {"comparison": comparison, "error": None}
        self._book.change(order.id, {OrderState.COMPARING}, OrderState.READY, values)
        log.info("rebuild.compared", view=order.view, rows=comparison.rows, is_equal=comparison.is_equal)
        return True

    def _switch(self, order: Order) -> bool:
        """Make the order's generation live, unless it is already: a process may have been killed just after it was."""
        state = GenerationState.PREVIOUS if order.is_back else GenerationState.BUILDING
        if self._views.live(order.view).number != order.generation:
            generation = self._views.other(order.view, state)
            if generation is None or generation.number != order.generation:
                return self._book.change(order.id, {order.state}, OrderState.FAILED, {"error": GONE})
            switch(self._views, Projector(self._log, self._views, [(self._kinds[order.view], generation)]))
        end = OrderState.TAKEN_BACK if order.is_back else OrderState.SWITCHED
        log.info("rebuild.switched", view=order.view, generation=order.generation, is_back=order.is_back)
        return self._book.change(order.id, {order.state}, end)

    def _guarded(self, orders: Sequence[Order], act: Callable[[], bool]) -> bool:
        """Let a fault fail only its own order: what fails in company is tried again alone, to find out whose it is."""
        try:
            return act()
        except ViewMoved:
            self._forget()  # it was cancelled, or another process leads: look again
            return True
        except self._faults as error:
            self._forget()
            if len(orders) > 1:
                self._alone.update(order.id for order in orders)
                return True
            [order] = orders
            log.error("rebuild.failed", view=order.view, generation=order.generation, **_where(error))  # noqa: TRY400 - a traceback ends with the error's words
            self._book.change(order.id, {order.state}, OrderState.FAILED, {"error": type(error).__name__})
            return True


def _where(error: Exception) -> dict[str, str]:
    """What failed and where; the error's own words may hold a person's values."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return {"error": type(error).__name__, "at": f"{last.name}:{last.lineno}"}
