"""Waits for rebuilds with bars that move, and carries them out itself where no process does."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from sync_service.cli.operations import progress_bars
from sync_service.projections.rebuild_orders import ENDS, LEADER, STANDS_STILL, OrderState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sync_service.bootstrap import Service
    from sync_service.projections.rebuild_orders import Order

LOOK_AGAIN_S: Final = 0.3
SETTLED: Final = ENDS | {OrderState.READY, OrderState.PAUSED, OrderState.FAILED}
"""Where nothing happens until a person says so."""


class Attendant:
    """Looks after the newest orders of some views."""

    def __init__(self, service: Service, views: Sequence[str]) -> None:
        from sync_service.projections.registry import VIEWS
        from sync_service.projections.running import ProjectionRunner

        self._service = service
        self._views = views
        self._leader = service.leadership(LEADER)
        self._live_leader = service.leadership("projections")
        self._rebuilder = service.rebuilder()
        self._live = ProjectionRunner(service.store, service.views, VIEWS, self._live_leader)

    def settled(self) -> list[Order]:
        """The orders, once nothing happens to them until a person says so."""
        with progress_bars() as tell:
            while True:
                orders = self._orders()
                if all(order.state in SETTLED for order in orders):
                    return orders
                head = self._service.store.head()
                building = {(one.view, one.number): one.position for one in self._service.views.generations()}
                for order in orders:
                    tell(order.view, order.reached(building.get((order.view, order.generation or 0), 0)), head)
                if not self._carry_out():
                    time.sleep(LOOK_AGAIN_S)

    def tidy(self) -> None:
        """Carry out what can be done at once, if no process does: a cancelled rebuild's rows are dropped."""
        if self._leader.is_held() and any(order.state in ENDS for order in self._orders()):
            self._rebuilder.turn()
        self.close()

    def close(self) -> None:
        """Let another process do it."""
        self._rebuilder.close()
        self._leader.close()
        self._live_leader.close()

    def _orders(self) -> list[Order]:
        latest = self._service.rebuilds.latest()
        return [latest[view] for view in self._views]

    def _carry_out(self) -> bool:
        """Do the next thing, if nobody else does; the live views move on too, for they are compared with."""
        if not self._leader.is_held():
            return False
        has_moved = self._live_leader.is_held() and self._live.advance() > 0
        return self._rebuilder.turn() or has_moved


def described(order: Order) -> str:
    """Where an order is, in one line for the person at the terminal."""
    return f"{order.view}: {_described(order)}"


def _described(order: Order) -> str:
    match order.state:
        case OrderState.READY:
            return _compared(order)
        case OrderState.PAUSED:
            return f"paused by {order.decided_by}; `projections resume {order.view}` goes on"
        case OrderState.FAILED:
            return f"failed ({order.error}); `projections resume {order.view}` tries again"
        case OrderState.CANCELLED:
            return "cancelled; the rows that it made are dropped"
        case state:
            return f"{state.value.replace('_', ' ')} since {order.changed_at:%Y-%m-%d %H:%M:%S}"


def _compared(order: Order) -> str:
    choice = f"`projections rebuild {order.view} --yes` switches, `projections cancel {order.view}` drops the new rows"
    found = order.comparison
    if found is None or order.error == STANDS_STILL:
        return f"the live view is behind and stands still, so it could not be compared; {choice}"
    if found.is_equal:
        return f"{found.rows} rows, equal to the live ones"
    return (
        f"{found.only_in_live} rows only in the live view, {found.only_in_other} only in the new one,"
        f" {found.differing} differ; {choice}"
    )
