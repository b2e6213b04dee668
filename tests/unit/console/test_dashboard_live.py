"""The dashboard's stream: who is sent what, at which cost, and how it ends."""

from __future__ import annotations

import asyncio
import threading
from contextlib import aclosing
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from sync_service.access import Right
from sync_service.console.pages.dashboard_live import RETRY, Broadcast, message
from sync_service.operations.series import Period

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable

    from sync_service.console.visit import Visit

TICK_S = 0.02
PATIENCE_S = 10.0


class Regions:
    """Two regions: one changes with every tick, the other never; counts how often they were rendered."""

    def __init__(self) -> None:
        self.rendered = 0
        self.failure: Exception | None = None

    def __call__(self, visit: Visit, period: Period) -> list[str]:
        """The regions of this tick."""
        if self.failure:
            raise self.failure
        self.rendered += 1
        return [f'<i id="a">{self.rendered}</i>', f'<b id="b">{visit.language} {period}</b>\n']


def visitor(language: str = "ru", *rights: Right) -> Visit:
    """A visit of which only the language and the rights matter here."""
    return cast("Visit", SimpleNamespace(language=language, rights=frozenset(rights)))


def in_time(work: Awaitable[None]) -> None:
    """Run a test's coroutine, and fail if it takes long."""

    async def bounded() -> None:
        await asyncio.wait_for(work, PATIENCE_S)

    asyncio.run(bounded())


def test_only_regions_that_changed_are_sent() -> None:
    async def listen() -> None:
        async with aclosing(Broadcast(Regions(), threading.Event(), TICK_S).stream(visitor(), Period.DAY)) as stream:
            assert await anext(stream) == RETRY
            first, second = await anext(stream), await anext(stream)
        assert 'id="a"' in first
        assert '<b id="b">ru day</b>' in first
        assert 'id="a"' in second
        assert 'id="b"' not in second

    in_time(listen())


def test_a_hundred_listeners_cost_one_rendering_a_tick() -> None:
    regions = Regions()

    async def listen() -> None:
        broadcast = Broadcast(regions, threading.Event(), TICK_S)
        seen = await asyncio.gather(*(_first(broadcast.stream(visitor(), Period.DAY), 3) for _ in range(100)))
        latest = max(int(one.split('id="a">')[1].split("<")[0]) for events in seen for one in events)
        assert regions.rendered <= latest + 1

    in_time(listen())


async def _first(stream: AsyncGenerator[str, None], count: int) -> list[str]:
    found = []
    async with aclosing(stream) as events:
        async for event in events:
            if event != RETRY:
                found.append(event)
            if len(found) == count:
                break
    return found


def test_every_language_and_period_has_a_rendering_of_its_own() -> None:
    async def listen() -> None:
        broadcast = Broadcast(Regions(), threading.Event(), TICK_S)
        russian, english = await asyncio.gather(
            _first(broadcast.stream(visitor(), Period.DAY), 1), _first(broadcast.stream(visitor("en"), Period.WEEK), 1)
        )
        assert "ru day" in russian[0]
        assert "en week" in english[0]

    in_time(listen())


def test_who_may_do_less_is_never_sent_what_was_rendered_for_who_may_do_more() -> None:
    regions = Regions()

    async def listen() -> None:
        broadcast = Broadcast(regions, threading.Event(), TICK_S)
        operator, support = visitor("ru", Right.SEE_OPERATIONS), visitor("ru", Right.SEE_OPERATIONS, Right.SEE_PERSON)
        await asyncio.gather(*(_first(broadcast.stream(one, Period.DAY), 1) for one in (operator, support)))

    in_time(listen())
    assert regions.rendered == 2


def test_nobody_looks_when_nobody_listens_and_the_next_listener_is_served() -> None:
    regions = Regions()

    async def listen() -> None:
        broadcast = Broadcast(regions, threading.Event(), TICK_S)
        await _first(broadcast.stream(visitor(), Period.DAY), 1)
        await asyncio.sleep(5 * TICK_S)
        rendered = regions.rendered
        await asyncio.sleep(10 * TICK_S)
        assert regions.rendered == rendered
        assert await _first(broadcast.stream(visitor(), Period.DAY), 1)

    in_time(listen())


def test_the_stream_ends_when_the_console_stops() -> None:
    async def listen() -> None:
        stopping = threading.Event()
        events = []
        async for event in Broadcast(Regions(), stopping, tick_s=60.0).stream(visitor(), Period.DAY):
            events.append(event)
            if event != RETRY:
                stopping.set()
        assert len(events) == 2

    in_time(listen())


def test_who_listens_learns_that_looking_failed() -> None:
    async def listen() -> None:
        regions = Regions()
        regions.failure = ConnectionError("away")
        with pytest.raises(ConnectionError):
            await _first(Broadcast(regions, threading.Event(), TICK_S).stream(visitor(), Period.DAY), 1)

    in_time(listen())


def test_a_look_that_hangs_does_not_hold_the_next_one_up() -> None:
    hanging, regions = threading.Event(), Regions()

    def slow_once(visit: Visit, period: Period) -> list[str]:
        found = regions(visit, period)
        if regions.rendered == 2:
            hanging.wait(PATIENCE_S)
        return found

    async def listen() -> None:
        broadcast = Broadcast(slow_once, threading.Event(), TICK_S)
        seen = await _first(broadcast.stream(visitor(), Period.DAY), 2)
        assert '<i id="a">3</i>' in seen[1]
        hanging.set()

    in_time(listen())


def test_a_message_keeps_its_lines() -> None:
    assert message("<p>\r\n1</p>\n") == "data: <p>\ndata: 1</p>\ndata: \n\n"
