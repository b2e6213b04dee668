"""One look for all who watch: how often it is taken, and what is shown while the database is away."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from sync_service.console.formats import Formats
from sync_service.console.pages.dashboard_board import headline_of, troubles_of
from sync_service.console.pages.dashboard_watch import CHARTS_KEPT_S, KEPT_S, STALE_S, Watch
from sync_service.console.ports import MOSCOW
from sync_service.operations.series import Period
from tests.unit.console.standings import Told, broken, healthy

if TYPE_CHECKING:
    from sync_service.operations.standing import Standing


class Clock:
    """A clock that a test moves on."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        """The present second."""
        return self.now


def watch_of(told: Told, clock: Clock) -> Watch:
    """A watch whose database is away when it raises ConnectionError."""
    return Watch(told, MOSCOW, (ConnectionError,), clock)


def test_many_viewers_cost_one_look_a_tick() -> None:
    told, clock = Told(healthy()), Clock()
    watch = watch_of(told, clock)
    for _ in range(50):
        watch.look()
        watch.series(Period.DAY)
    assert (told.asked, told.asked_for_series) == (1, 1)
    clock.now += KEPT_S
    watch.look()
    watch.series(Period.DAY)
    assert (told.asked, told.asked_for_series) == (2, 1)
    clock.now += CHARTS_KEPT_S
    watch.series(Period.DAY)
    assert told.asked_for_series == 2


def test_while_the_database_is_away_the_last_look_is_shown_and_says_so() -> None:
    told, clock = Told(broken()), Clock()
    watch = watch_of(told, clock)
    assert not watch.look().is_stale
    told.away = ConnectionError()
    clock.now += KEPT_S
    look = watch.look()
    headline = headline_of(look, Formats("ru", MOSCOW))
    assert look.is_stale
    assert headline.sentence == "База не отвечает: страницы показывают 14:32:07"
    assert headline.kind == "bad"
    assert troubles_of(look, Formats("ru", MOSCOW)) == ()
    told.away = None
    clock.now += KEPT_S
    assert not watch.look().is_stale


def test_what_was_never_seen_is_no_standing() -> None:
    told = Told()
    told.away = ConnectionError()
    with pytest.raises(ConnectionError):
        watch_of(told, Clock()).look()


def test_charts_stay_while_the_database_is_away() -> None:
    told, clock = Told(), Clock()
    watch = watch_of(told, clock)
    before = watch.series(Period.WEEK)
    told.away = ConnectionError()
    clock.now += CHARTS_KEPT_S
    assert watch.series(Period.WEEK) is before
    with pytest.raises(ConnectionError):
        watch.series(Period.DAY)


class Slow(Told):
    """Answers its second question only when it may."""

    def __init__(self) -> None:
        super().__init__(healthy())
        self.may_answer = threading.Event()
        self.is_asked = threading.Event()

    def standing(self) -> Standing:
        """The standing, the second time after a while."""
        standing = super().standing()
        if self.asked > 1:
            self.is_asked.set()
            self.may_answer.wait(10)
        return standing


def test_who_comes_while_a_look_hangs_sees_the_last_one_and_its_age() -> None:
    told, clock = Slow(), Clock()
    watch = watch_of(told, clock)
    watch.look()
    clock.now += KEPT_S
    with ThreadPoolExecutor(1) as others:
        hanging = others.submit(watch.look)
        assert told.is_asked.wait(10)
        assert not watch.look().is_stale
        clock.now += STALE_S
        assert watch.look().is_stale
        told.may_answer.set()
        assert not hanging.result(10).is_stale
