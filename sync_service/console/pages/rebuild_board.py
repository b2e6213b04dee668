"""What the rebuilds' pages show of one view: where it stands, and the steps of its rebuild."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from sync_service.console.languages import said
from sync_service.console.pages.rebuild_words import title_of
from sync_service.projections.rebuild_orders import ALLOWED, Act, Order, OrderState
from sync_service.projections.rebuilding import Size
from sync_service.projections.view_store import Generation, GenerationState
from sync_service.sentences.words import Sentence

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sync_service.console.formats import Formats
    from sync_service.console.ports import Ports, Rebuilds


class Line(msgspec.Struct, frozen=True):
    """One view: its live generation, the one that is built, and the newest order.

    `done` is the part of the log that the new generation has read, `left_s` how long the rest takes at the recent rate.
    """

    view: str
    title: Sentence
    live: Generation
    building: Generation | None
    previous: Generation | None
    order: Order | None
    head: int
    size: Size | None
    since: datetime | None
    is_carried_out: bool

    @property
    def open(self) -> Order | None:
        """The order, if something is still to be done or decided."""
        return self.order if self.order is not None and self.order.is_open else None

    @property
    def position(self) -> int:
        """Where the new generation stands, or about how much of the log it has while it is filled."""
        position = self.building.position if self.building else 0
        return self.open.reached(position) if self.building and self.open else position

    @property
    def done(self) -> float:
        """The part of the log that the new generation has read."""
        return min(1.0, self.position / self.head) if self.head else 1.0

    @property
    def left_s(self) -> float | None:
        """How long the rest takes at the recent rate (seconds); None if that is not known."""
        order = self.open
        is_moving = order is not None and order.state is OrderState.FILLING and self.is_carried_out
        return (self.head - self.position) / order.rate if is_moving and order and order.rate else None

    @property
    def lag(self) -> int:
        """How far the live generation is behind."""
        return max(0, self.head - self.live.position)

    @property
    def acts(self) -> list[Act]:
        """What may be asked of the order now."""
        return [act for act in Act if self.open is not None and self.open.state in ALLOWED[act]]

    @property
    def is_shown_filling(self) -> bool:
        """Whether the bar tells something."""
        return self.open is not None and self.building is not None and not self.open.is_back


def lines_of(ports: Ports, rebuilds: Rebuilds, sizes: Mapping[tuple[str, int], Size]) -> list[Line]:
    """Every view, in the order in which they are registered."""
    generations = {(one.view, one.state): one for one in rebuilds.views.generations()}
    orders, since = rebuilds.book.latest(), rebuilds.book.live_since()
    head, is_carried_out = ports.store.head(), rebuilds.book.is_carried_out()
    return [
        Line(
            view=view,
            title=title_of(view),
            live=generations[view, GenerationState.LIVE],
            building=generations.get((view, GenerationState.BUILDING)),
            previous=generations.get((view, GenerationState.PREVIOUS)),
            order=orders.get(view),
            head=head,
            size=sizes.get((view, generations[view, GenerationState.LIVE].number)),
            since=since.get(view),
            is_carried_out=is_carried_out,
        )
        for view in rebuilds.kinds
        if (view, GenerationState.LIVE) in generations
    ]


def steps_of(line: Line, f: Formats) -> list[tuple[str, str]]:
    """The steps of a rebuild, each with "done", "current" or "": vertical on a phone."""
    order = line.order
    if order is None or order.is_back or order.state is OrderState.CANCELLED:
        return []

    def tell(russian: str, english: str) -> str:
        return said(Sentence(russian, english), f.language)

    filled = f", {f.duration(order.filled_at - order.began_at)}" if order.filled_at and order.began_at else ""
    compared = f", {f.duration(order.compared_at - order.filled_at)}" if order.compared_at and order.filled_at else ""
    reached = {OrderState.COMPARING: 1, OrderState.READY: 2, OrderState.SWITCHING: 2, OrderState.SWITCHED: 4}
    at = reached.get(order.state, 0)
    waits = order.state is OrderState.READY
    titles = [
        tell("Заполнение", "Filling") + (filled if at > 0 else ""),
        tell("Сравнение", "Comparison") + (compared if at > 1 else ""),
        tell("Переключение: ждёт вас", "Switch: waits for you") if waits else tell("Переключение", "Switch"),
        tell("Можно вернуть до следующего переключения", "Can be taken back until the next switch"),
    ]
    return [(title, "done" if at > place else "current" if at == place else "") for place, title in enumerate(titles)]
