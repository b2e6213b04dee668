"""Rebuilds as people ask for them: an order a view, kept with what became of it, and what may be asked of it when."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Protocol

import msgspec

from sync_service.projections.comparing import Comparison

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

LEADER: Final = "rebuilder"
"""The role that one process at a time leads in to carry out orders."""

STANDS_STILL: Final = "live_stands_still"
GONE: Final = "generation_gone"


class OrderState(StrEnum):
    """Where an order is. The last three are ends."""

    ASKED = "asked"
    FILLING = "filling"
    COMPARING = "comparing"
    READY = "ready"
    PAUSED = "paused"
    FAILED = "failed"
    SWITCHING = "switching"
    TAKING_BACK = "taking_back"
    SWITCHED = "switched"
    TAKEN_BACK = "taken_back"
    CANCELLED = "cancelled"


ENDS: Final = frozenset({OrderState.SWITCHED, OrderState.TAKEN_BACK, OrderState.CANCELLED})
WORKED_ON: Final = frozenset({OrderState.ASKED, OrderState.FILLING, OrderState.COMPARING, OrderState.READY})
"""While an order is here, its generation is filled or follows the log."""


class Order(msgspec.Struct, frozen=True):
    """One rebuild of one view, or one way back.

    `generation` is what is to go live, None until it is made; `head` the log's head when filling began; `events` and
    `worked_s` what filling took so far, `rate` its recent events a second. `error` is a word, never a text with values.
    `who` asked for it and why (`reason`); `decided_by` switched, paused, resumed or cancelled it last.
    """

    id: int
    view: str
    state: OrderState
    who: str
    reason: str
    asked_at: datetime
    changed_at: datetime
    is_back: bool = False
    generation: int | None = None
    version: str | None = None
    began_at: datetime | None = None
    filled_at: datetime | None = None
    compared_at: datetime | None = None
    ended_at: datetime | None = None
    head: int = 0
    events: int = 0
    worked_s: float = 0.0
    rate: float | None = None
    comparison: Comparison | None = None
    error: str | None = None
    decided_by: str | None = None
    decided_for: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether something is still to be done or decided."""
        return self.state not in ENDS

    def reached(self, position: int) -> int:
        """About how much of the log its generation, which stands at a position, has: at 0 it may be half filled."""
        return position or min(self.events, self.head)


class Act(StrEnum):
    """What people ask of an order."""

    SWITCH = "switch"
    PAUSE = "pause"
    RESUME = "resume"
    CANCEL = "cancel"


ALLOWED: Final[Mapping[Act, frozenset[OrderState]]] = {
    Act.PAUSE: frozenset({OrderState.ASKED, OrderState.FILLING, OrderState.COMPARING}),
    Act.RESUME: frozenset({OrderState.PAUSED, OrderState.FAILED}),
    Act.CANCEL: frozenset(
        {
            OrderState.ASKED,
            OrderState.FILLING,
            OrderState.COMPARING,
            OrderState.READY,
            OrderState.PAUSED,
            OrderState.FAILED,
        }
    ),
    Act.SWITCH: frozenset({OrderState.READY}),
}


class NotNow(RuntimeError):
    """The order is not in a state in which this can be asked of it; nothing was changed."""


class RebuildBook(Protocol):
    """Keeps the orders. A view has at most one that is open."""

    def ask(self, views: Sequence[str], who: str, reason: str) -> list[str]:
        """Open an order for each view that has none, all at one moment; the views that got one."""

    def ask_back(self, view: str, generation: int, who: str, reason: str) -> bool:
        """Open an order to take a view back to its previous generation; False if the view has an open order."""

    def open(self) -> list[Order]:
        """The open orders, oldest first."""

    def latest(self) -> dict[str, Order]:
        """The newest order of each view that ever had one."""

    def recent(self, limit: int) -> list[Order]:
        """The newest orders that have ended."""

    def change(
        self, order: int, expected: Collection[OrderState], to: OrderState, values: Mapping[str, object] | None = None
    ) -> bool:
        """Move an order on and set columns, if it is where it is expected to be; whether it was."""

    def progressed(self, orders: Sequence[int], events: int, seconds: float) -> None:
        """Add to what these orders have read, and to how fast."""

    def live_since(self) -> Mapping[str, datetime]:
        """Since when each view's present generation is live, of those that an order made live."""

    def is_carried_out(self) -> bool:
        """Whether some process carries out orders just now."""


def ask_of(book: RebuildBook, order: Order, act: Act, who: str, reason: str) -> None:
    """Let an order be paused, resumed, cancelled or switched; raises NotNow if it has moved on meanwhile."""
    to = {
        Act.PAUSE: OrderState.PAUSED,
        Act.RESUME: OrderState.TAKING_BACK if order.is_back else OrderState.FILLING,
        Act.CANCEL: OrderState.CANCELLED,
        Act.SWITCH: OrderState.SWITCHING,
    }[act]
    allowed = ALLOWED[act] & {order.state}
    values: dict[str, object] = {"decided_by": who, "decided_for": reason}
    if act is Act.RESUME:
        values["error"] = None
    if not (allowed and book.change(order.id, allowed, to, values)):
        raise NotNow(order.view)
