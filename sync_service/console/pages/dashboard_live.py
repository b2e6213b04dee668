"""Tells everybody who watches the dashboard what has changed, as server-sent events.

One task looks once a tick and renders the regions once for each language, period and set of rights (links go by them)
that somebody watches with; whoever listens only compares, and is sent the regions that differ from what they were sent
before. So neither the questions to the database nor the rendering grow with the number of listeners. The task runs
while somebody listens.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, Final

from starlette.concurrency import run_in_threadpool

from sync_service.console.pages.dashboard_watch import TICK_S

if TYPE_CHECKING:
    import threading
    from collections.abc import AsyncGenerator, Callable, Mapping

    from sync_service.access import Right
    from sync_service.console.languages import Language
    from sync_service.console.visit import Visit
    from sync_service.operations.series import Period

    Key = tuple[Language, Period, frozenset[Right]]
    Render = Callable[[Visit, Period], list[str]]

STOP_LOOK_S: Final = 0.2
"""How often the task asks whether the console is to stop."""
RETRY: Final = "retry: 2000\n\n"
"""After how long a browser that lost the stream asks again (milliseconds)."""


class Broadcast:
    """The dashboard's live stream. Belongs to one event loop; `render` gives the regions, always as many."""

    def __init__(self, render: Render, stopping: threading.Event, tick_s: float = TICK_S) -> None:
        self._render = render
        self._stopping = stopping
        self._tick_s = tick_s
        self._listeners: Counter[Key] = Counter()
        self._visits: dict[Key, Visit] = {}
        self._edition: Mapping[Key, list[str]] = {}
        self._news = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def stream(self, visit: Visit, period: Period) -> AsyncGenerator[str, None]:
        """The events for one listener, until the console stops; raises what looking raises."""
        key = (visit.language, period, visit.rights)
        self._listeners[key] += 1
        self._visits[key] = visit
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._tick_on())
        task, sent = self._task, list[str]()
        try:
            yield RETRY
            while not task.done():
                await self._news.wait()
                regions = self._edition.get(key, sent)
                if changed := [
                    new for new, old in zip(regions, sent or [""] * len(regions), strict=True) if new != old
                ]:
                    yield message("".join(changed))
                sent = regions
            task.result()  # if looking failed, so does this
        finally:
            self._listeners[key] -= 1
            if not self._listeners[key]:
                del self._listeners[key], self._visits[key]

    async def _tick_on(self) -> None:
        try:
            while self._listeners and not self._stopping.is_set():
                due = asyncio.get_running_loop().time() + self._tick_s
                if edition := await self._next_edition():
                    self._edition = edition
                    self._tell()
                await self._pause(due)
        finally:
            self._tell()

    async def _next_edition(self) -> Mapping[Key, list[str]] | None:
        """What is to be seen now; None if that takes long. Who looks meanwhile gets the look before, marked as old."""
        rendering = asyncio.ensure_future(run_in_threadpool(self._rendered, dict(self._visits)))
        rendering.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
        done, _ = await asyncio.wait({rendering}, timeout=self._tick_s)
        return rendering.result() if done else None

    def _rendered(self, visits: Mapping[Key, Visit]) -> dict[Key, list[str]]:
        return {key: self._render(visit, key[1]) for key, visit in visits.items()}

    def _tell(self) -> None:
        """Wake all who wait; those who come later wait for the next time."""
        told, self._news = self._news, asyncio.Event()
        told.set()

    async def _pause(self, due: float) -> None:
        now = asyncio.get_running_loop().time
        while now() < due and not self._stopping.is_set():  # noqa: ASYNC110 - a thread sets it, no coroutine
            await asyncio.sleep(min(STOP_LOOK_S, max(0.0, due - now())))


def message(html: str) -> str:
    """One event with lines of HTML."""
    lines = html.replace("\r", "").split("\n")
    return "".join(f"data: {line}\n" for line in lines) + "\n"
