"""Tells those who watch the rebuilds' pages what has changed, as server-sent events."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

from sync_service.access import Right
from sync_service.console.pages.dashboard_live import RETRY, message
from sync_service.console.pages.rebuilds import board, detail, rebuilds_of
from sync_service.console.routes import Plain
from sync_service.console.visit import Visit

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from starlette.requests import Request
    from starlette.responses import Response

    from sync_service.console.ports import Ports
    from sync_service.console.templating import Templates
    from sync_service.projections.rebuilding import Size

PATH: Final = "/console/live/rebuilds"
TICK_S: Final = 1.0
SIZES_EVERY_TICKS: Final = 15
"""Rows are counted more seldom than the rest is looked at: that costs more."""


class Watcher:
    """What one browser is sent: the parts of its page, as they stand when they have changed."""

    def __init__(self, visit: Visit, templates: Templates) -> None:
        self._visit = visit
        self._templates = templates
        self._view = visit.query.get("view", "")
        self._sizes: Mapping[tuple[str, int], Size] = {}
        self._ticks = 0

    def look(self) -> str:
        """The changing part of the page as it stands now."""
        if self._ticks % SIZES_EVERY_TICKS == 0:
            self._sizes = rebuilds_of(self._visit).views.sizes()
        self._ticks += 1
        if self._view:
            shown = detail(self._visit, self._view, self._sizes)
            return self._templates.render("rebuild_parts.html", self._visit, {**shown, "badges": {}})
        return self._templates.render(
            "rebuild_board.html", self._visit, {**board(self._visit, self._sizes), "badges": {}}
        )

    async def stream(self) -> AsyncIterator[str]:
        """Events until the console stops or the browser goes."""
        yield RETRY
        before, stopping = "", self._visit.ports.stopping
        while not stopping.is_set():
            now = await run_in_threadpool(self.look)
            if now != before:
                yield message(now)
            before = now
            await asyncio.sleep(TICK_S)


def routes(ports: Ports, templates: Templates) -> Sequence[Plain]:
    """The stream's address; `view` chooses one view's page."""

    async def live(request: Request) -> Response:
        watcher = Watcher(Visit(request, ports, templates, {}), templates)
        await run_in_threadpool(watcher.look)  # an unknown view is told as a page that is not there
        return StreamingResponse(watcher.stream(), media_type="text/event-stream", headers={"x-accel-buffering": "no"})

    if ports.rebuilds is None:
        return ()
    return (Plain(PATH, see=Right.SEE_OPERATIONS, answer=live, is_stream=True),)
