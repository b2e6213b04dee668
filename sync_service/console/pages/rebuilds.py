"""Rebuilds of views: every view and how its rebuild goes, live; one view's comparison; and what operators decide."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

from sync_service.access import Right
from sync_service.console.pages import rebuild_words as words
from sync_service.console.pages.rebuild_board import lines_of, steps_of
from sync_service.console.pages.rebuild_examples import examples_of
from sync_service.console.pages.rebuild_sentences import said_of
from sync_service.console.routes import Page
from sync_service.console.visit import NotThere, Refused
from sync_service.projections.comparing import Lack
from sync_service.projections.rebuild_orders import Act, NotNow, OrderState, ask_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.responses import Response

    from sync_service.console.pages.rebuild_board import Line
    from sync_service.console.ports import Rebuilds
    from sync_service.console.visit import Visit
    from sync_service.projections.rebuilding import Size

PATH: Final = "/console/rebuilds"
ALL: Final = "all"
BACK: Final = "back"
HISTORY_MAX: Final = 20
SETTLE_S: Final = 2.0
LOOK_AGAIN_S: Final = 0.05


def show(visit: Visit) -> Response:
    """Every view, what is being rebuilt, and the rebuilds that ended."""
    rebuilds = rebuilds_of(visit)
    context = board(visit, rebuilds.views.sizes())
    return visit.render("rebuilds.html", **context, recent=rebuilds.book.recent(HISTORY_MAX))


def show_one(visit: Visit) -> Response:
    """One view: where its rebuild is, and how the new rows differ."""
    rebuilds = rebuilds_of(visit)
    return visit.render("rebuild.html", **detail(visit, visit.request.path_params["view"], rebuilds.views.sizes()))


def board(visit: Visit, sizes: Mapping[tuple[str, int], Size]) -> dict[str, Any]:
    """What the list's templates show, its live part too."""
    lines = lines_of(visit.ports, rebuilds_of(visit), sizes)
    f = visit.formats
    return {
        "lines": [(line, said_of(line, f)) for line in lines],
        "states": words.STATES,
        "title_of": words.title_of,
        "is_carried_out": all(line.is_carried_out for line in lines),
        "run": words.RUN,
    }


def detail(visit: Visit, view: str, sizes: Mapping[tuple[str, int], Size]) -> dict[str, Any]:
    """What one view's templates show, their live part too; raises NotThere."""
    line = _line(visit, view, sizes)
    comparison = line.order.comparison if line.order else None
    asked = visit.query.get("lack", "")
    there = [lack for lack in words.LACKS if comparison and comparison.count(lack)]
    lack = Lack(asked) if asked in there else there[0] if there else None
    return {
        "line": line,
        "said": said_of(line, visit.formats),
        "steps": steps_of(line, visit.formats),
        "states": words.STATES,
        "acts": [(act.value, words.ACTS[act]) for act in line.acts],
        "comparison": comparison,
        "columns": [(words.column_word(name), count) for name, count in comparison.columns().items()]
        if comparison
        else [],
        "lacks": [(one, words.LACKS[one], comparison.count(one)) for one in there if comparison],
        "lack": lack,
        "examples": examples_of(view, comparison, lack) if comparison and lack else [],
    }


def show_start(visit: Visit) -> Response:
    """Which view is to be rebuilt, and what that does, before anything is done."""
    lines = lines_of(visit.ports, rebuilds_of(visit), {})
    free = [line for line in lines if line.open is None]
    return visit.render("rebuild_start.html", free=free, chosen=visit.query.get("view", ALL), count=len(lines))


def start(visit: Visit) -> Response:
    """Ask for a rebuild of one view, or of all that are not being rebuilt, in one reading of the log."""
    who, reason = _signature(visit)
    rebuilds, view = rebuilds_of(visit), visit.form.get("view", "")
    if view != ALL and view not in rebuilds.kinds:
        raise NotThere
    if not rebuilds.book.ask(list(rebuilds.kinds) if view == ALL else [view], who, reason):
        raise Refused(words.ALL_OPEN)
    return visit.redirect(PATH if view == ALL else f"{PATH}/{view}")


def show_act(visit: Visit) -> Response:
    """What a decision does, before it is taken."""
    line, act = _line(visit, visit.request.path_params["view"], {}), visit.request.path_params["act"]
    if act == BACK:
        if line.previous is None or line.open is not None:
            raise Refused(words.MOVED_ON)
    elif act not in line.acts:
        raise Refused(words.MOVED_ON)
    return visit.render(
        "rebuild_ask.html", line=line, act=act, comparison=line.order.comparison if line.order else None
    )


def act(visit: Visit) -> Response:
    """Pause, resume, cancel, switch or take back; what has moved on since it was looked at stays as it is."""
    view, named = visit.request.path_params["view"], visit.request.path_params["act"]
    line = _line(visit, view, {})
    if named == BACK:
        _take_back(visit, line)
    elif named in list(Act):
        _decide(visit, line, Act(named))
    else:
        raise NotThere
    _settle(visit, view)
    return visit.redirect(f"{PATH}/{view}")


def _take_back(visit: Visit, line: Line) -> None:
    who, reason = _signature(visit)
    previous = line.previous
    is_same = previous is not None and str(previous.number) == visit.form.get("generation")
    if previous is None or not is_same or not rebuilds_of(visit).book.ask_back(line.view, previous.number, who, reason):
        raise Refused(words.MOVED_ON)


def _decide(visit: Visit, line: Line, named: Act) -> None:
    """Resting and going on are done at a click; what drops or switches rows needs a reason."""
    is_grave = named in {Act.CANCEL, Act.SWITCH}
    who, reason = _signature(visit) if is_grave else (visit.visitor.signature, "")
    order = line.open
    if order is None or (is_grave and visit.form.get("order") != str(order.id)):
        raise Refused(words.MOVED_ON)
    try:
        ask_of(rebuilds_of(visit).book, order, named, who, reason)
    except NotNow:
        raise Refused(words.MOVED_ON) from None


def _settle(visit: Visit, view: str) -> None:
    """Wait a moment, so that the page that is shown next tells what came of it."""
    deadline = time.monotonic() + SETTLE_S
    passing = {OrderState.SWITCHING, OrderState.TAKING_BACK}
    while rebuilds_of(visit).book.latest()[view].state in passing and time.monotonic() < deadline:
        time.sleep(LOOK_AGAIN_S)


def _signature(visit: Visit) -> tuple[str, str]:
    reason = visit.form.get("reason", "").strip()
    if not reason:
        raise Refused(words.NO_REASON)
    return visit.visitor.signature, reason[:1000]


def _line(visit: Visit, view: str, sizes: Mapping[tuple[str, int], Size]) -> Line:
    for line in lines_of(visit.ports, rebuilds_of(visit), sizes):
        if line.view == view:
            return line
    raise NotThere


def rebuilds_of(visit: Visit) -> Rebuilds:
    """Where rebuilds are asked for; raises NotThere on a console over a store that cannot rebuild."""
    if visit.ports.rebuilds is None:
        raise NotThere
    return visit.ports.rebuilds


PAGES = (
    Page(PATH, see=Right.SEE_OPERATIONS, show=show),
    Page(f"{PATH}/start", see=Right.OPERATE, show=show_start, act_needs=Right.OPERATE, act=start),
    Page(f"{PATH}/{{view}}", see=Right.SEE_OPERATIONS, show=show_one),
    Page(f"{PATH}/{{view}}/{{act}}", see=Right.OPERATE, show=show_act, act_needs=Right.OPERATE, act=act),
)
