"""Rebuilds of views: how each stands, ordering one, and what operators decide of it."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Final

import msgspec

from sync_service.access import Right
from sync_service.api.answers.parked import Reason
from sync_service.api.answers.people import NOT_FOUND
from sync_service.api.endpoint import Endpoint, Whom
from sync_service.api.problems import Problem, not_there
from sync_service.auditing import Act as Recorded
from sync_service.console.pages.rebuild_board import lines_of
from sync_service.projections.rebuild_orders import Act, Order, ask_of
from sync_service.projections.view_store import Generation

if TYPE_CHECKING:
    from sync_service.api.call import Call
    from sync_service.console.pages.rebuild_board import Line
    from sync_service.console.ports import Rebuilds

ALL: Final = "all"
ENDED_SHOWN_MAX: Final = 100


class ViewSeen(msgspec.Struct, frozen=True):
    """One view: its generations, its newest order, what may be asked of that now. `left_s` is a guess (seconds)."""

    view: str
    live: Generation
    building: Generation | None
    previous: Generation | None
    order: Order | None
    head: int
    lag: int
    done: float
    left_s: float | None
    rows: int | None
    rows_are_exact: bool
    live_since: datetime | None
    is_carried_out: bool
    acts: tuple[Act, ...]


class RebuildsSeen(msgspec.Struct, frozen=True):
    """Every view, and the newest orders that have ended."""

    views: tuple[ViewSeen, ...]
    ended: tuple[Order, ...]


class Rebuild(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which view is to be built anew, or `all` that are not being rebuilt."""

    view: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    reason: Reason


class Decide(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is decided of an order, and why; with `order`, only if that one is still open."""

    reason: Reason
    order: int | None = None


class TakeBack(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Go back to the previous generation; with `generation`, only if that one is still the previous one."""

    reason: Reason
    generation: int | None = None


def list_rebuilds(call: Call, _: object) -> RebuildsSeen:
    """Say how every view stands, and how its rebuild goes."""
    rebuilds = _rebuilds(call)
    lines = lines_of(call.ports, rebuilds, rebuilds.views.sizes())
    return RebuildsSeen(tuple(map(_seen, lines)), tuple(rebuilds.book.recent(ENDED_SHOWN_MAX)))


def order(call: Call, asked: Rebuild) -> tuple[Order, ...]:
    """Order a rebuild beside the live view; it is compared and waits for the switch."""
    rebuilds = _rebuilds(call)
    if asked.view != ALL and asked.view not in rebuilds.kinds:
        raise not_there()
    wanted = list(rebuilds.kinds) if asked.view == ALL else [asked.view]
    opened = rebuilds.book.ask(wanted, call.by, asked.reason)
    if not opened:
        raise Problem(HTTPStatus.CONFLICT, "rebuilt-already", "It is being rebuilt already.")
    latest = rebuilds.book.latest()
    return tuple(latest[view] for view in opened)


def decide(act: Act, call: Call, asked: Decide) -> Order:
    """Decide of an open order. Raises NotNow for one that has moved on."""
    found = _line(call).open
    if found is None or (asked.order is not None and asked.order != found.id):
        raise _moved_on()
    ask_of(_rebuilds(call).book, found, act, call.by, asked.reason)
    return _rebuilds(call).book.latest()[found.view]


def take_back(call: Call, asked: TakeBack) -> Order:
    """Go back to the view before its last rebuild."""
    line, book = _line(call), _rebuilds(call).book
    previous = line.previous
    is_same = previous is not None and asked.generation in {None, previous.number}
    if previous is None or not is_same or not book.ask_back(line.view, previous.number, call.by, asked.reason):
        raise _moved_on()
    return book.latest()[line.view]


def _seen(line: Line) -> ViewSeen:
    return ViewSeen(
        view=line.view,
        live=line.live,
        building=line.building,
        previous=line.previous,
        order=line.order,
        head=line.head,
        lag=line.lag,
        done=line.done,
        left_s=line.left_s,
        rows=line.size.rows if line.size else None,
        rows_are_exact=bool(line.size and line.size.is_exact),
        live_since=line.since,
        is_carried_out=line.is_carried_out,
        acts=tuple(line.acts),
    )


def _rebuilds(call: Call) -> Rebuilds:
    if call.ports.rebuilds is None:
        raise not_there()
    return call.ports.rebuilds


def _line(call: Call) -> Line:
    found = next((line for line in lines_of(call.ports, _rebuilds(call), {}) if line.view == call.path["view"]), None)
    if found is None:
        raise not_there()
    return found


def _moved_on() -> Problem:
    return Problem(HTTPStatus.CONFLICT, "moved-on", "The view's rebuild has moved on: look again.")


_REFUSED: Final = NOT_FOUND | {HTTPStatus.CONFLICT}

ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/rebuilds",
        right=Right.SEE_OPERATIONS,
        run=list_rebuilds,
        answers=RebuildsSeen,
        act=Recorded.REBUILD_SEEN,
        whom=Whom.NOBODY,
        masks=False,
        refusals=NOT_FOUND,
    ),
    Endpoint(
        method="POST",
        path="/rebuilds",
        right=Right.OPERATE,
        run=order,
        asks=Rebuild,
        answers=tuple[Order, ...],
        status=HTTPStatus.ACCEPTED,
        act=Recorded.REBUILD_DECIDED,
        whom=Whom.NOBODY,
        masks=False,
        refusals=_REFUSED,
    ),
    *(
        Endpoint(
            method="POST",
            path=f"/rebuilds/{{view}}/{act.value}",
            right=Right.OPERATE,
            run=partial(decide, act),
            asks=Decide,
            answers=Order,
            status=HTTPStatus.ACCEPTED,
            act=Recorded.REBUILD_DECIDED,
            whom=Whom.NOBODY,
            masks=False,
            refusals=_REFUSED,
        )
        for act in Act
    ),
    Endpoint(
        method="POST",
        path="/rebuilds/{view}/back",
        right=Right.OPERATE,
        run=take_back,
        asks=TakeBack,
        answers=Order,
        status=HTTPStatus.ACCEPTED,
        act=Recorded.REBUILD_DECIDED,
        whom=Whom.NOBODY,
        masks=False,
        refusals=_REFUSED,
    ),
)
