"""The operators' dashboard: what is wrong now and how to mend it, first; then every lag, count and chart, live."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from starlette.responses import HTMLResponse, StreamingResponse

from sync_service.access import Right
from sync_service.console.pages.dashboard_board import board_of
from sync_service.console.pages.dashboard_charts import Drawer
from sync_service.console.pages.dashboard_live import Broadcast
from sync_service.console.pages.dashboard_table import groups_of
from sync_service.console.pages.dashboard_watch import CHARTS_KEPT_S, KEPT_S, Watch
from sync_service.console.pages.dashboard_words import OVER, PERIODS
from sync_service.console.routes import Plain
from sync_service.console.visit import Visit
from sync_service.operations.series import Period

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request
    from starlette.responses import Response

    from sync_service.console.pages.dashboard_board import Board
    from sync_service.console.ports import Operators, Ports
    from sync_service.console.templating import Templates

PATH: Final = "/console/dashboard"
CUT: Final = "<!-- next region -->"
"""What stands between the regions of `dashboard_board.html`; each is one element with an id."""


class Dashboard:
    """The dashboard of one console: its pages and its stream share one look at the service."""

    def __init__(self, operators: Operators, ports: Ports, templates: Templates) -> None:
        self._ports = ports
        self._templates = templates
        self._watch = Watch(operators, ports.zone, ports.unavailable)
        self._broadcast = Broadcast(self.regions, ports.stopping)

    def show(self, request: Request) -> Response:
        """The whole page; `period` chooses the charts, `wall` leaves out what only a person at a desk needs."""
        visit = self._visit(request)
        period = period_of(visit)
        board = self._board(visit, period, KEPT_S)  # the charts are read with the figures, so that they agree
        is_wall = visit.query.get("wall") == "1"
        # the navigation's numbers come from the database, which would have to answer
        quiet = {"badges": dict[str, int]()} if is_wall or board.look.is_stale else {}
        shown: dict[str, object] = {"board": board, "period": period, "periods": PERIODS, "is_wall": is_wall, **quiet}
        return HTMLResponse(self._templates.render("dashboard.html", visit, shown))

    def table(self, request: Request) -> Response:
        """The charts' numbers as a table, the latest first."""
        visit = self._visit(request)
        period = period_of(visit)
        series = self._watch.series(period)
        return visit.render(
            "dashboard_table.html",
            series=series,
            groups=groups_of(series),
            steps=range(len(series.starts) - 1, -1, -1),
            step=Drawer(series, visit.formats).step,
            period=period,
            periods=PERIODS,
            over=OVER,
        )

    async def live(self, request: Request) -> Response:
        """The regions that change, for as long as somebody listens."""
        visit = self._visit(request)
        stream = self._broadcast.stream(visit, period_of(visit))
        return StreamingResponse(stream, media_type="text/event-stream", headers={"x-accel-buffering": "no"})

    def regions(self, visit: Visit, period: Period) -> list[str]:
        """Everything on the page that changes, region by region."""
        shown = {"board": self._board(visit, period), "period": period, "periods": PERIODS, "badges": {}}
        return self._templates.render("dashboard_live.html", visit, shown).split(CUT)

    def _board(self, visit: Visit, period: Period, charts_kept_s: float = CHARTS_KEPT_S) -> Board:
        return board_of(self._watch.look(), self._watch.series(period, charts_kept_s), visit.formats)

    def _visit(self, request: Request) -> Visit:
        return Visit(request, self._ports, self._templates, {})


def period_of(visit: Visit) -> Period:
    """The period that was asked for, a day if it is none."""
    asked = visit.query.get("period", "")
    return Period(asked) if asked in list(Period) else Period.DAY


def routes(ports: Ports, templates: Templates) -> Sequence[Plain]:
    """The dashboard's addresses; none where nobody can be asked how the service stands."""
    if ports.operators is None:
        return ()
    dashboard = Dashboard(ports.operators, ports, templates)
    return (
        Plain(PATH, see=Right.SEE_OPERATIONS, answer=dashboard.show),
        Plain(f"{PATH}/table", see=Right.SEE_OPERATIONS, answer=dashboard.table),
        Plain(f"{PATH}/live", see=Right.SEE_OPERATIONS, answer=dashboard.live, is_stream=True),
    )
