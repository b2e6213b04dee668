"""Rate limits: what is let through, what has to wait and for how long, and what that costs."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync_service.limiting import RateLimit, TooOften


class Clock:
    """A clock that tests set (seconds)."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_minutes_worth_at_once_and_then_one_after_the_other() -> None:
    clock = Clock()
    limit = RateLimit(6, clock=clock)
    assert [limit.wait_s("a") for _ in range(6)] == [0.0] * 6
    assert limit.wait_s("a") == pytest.approx(10)
    clock.now += 9
    assert limit.wait_s("a") == pytest.approx(1), "asking in vain takes nothing"
    clock.now += 1
    assert limit.wait_s("a") == 0
    assert limit.wait_s("a") == pytest.approx(10)


def test_each_key_has_a_limit_of_its_own() -> None:
    limit = RateLimit(1, clock=Clock())
    limit.take("a")
    limit.take("b")
    with pytest.raises(TooOften) as raised:
        limit.take("a")
    assert raised.value.wait_s == pytest.approx(60)


def test_what_costs_more_waits_longer() -> None:
    limit = RateLimit(60, burst=10, clock=Clock())
    assert limit.wait_s("a", cost=8) == 0
    assert limit.wait_s("a", cost=5) == pytest.approx(3)
    assert limit.wait_s("a", cost=2) == 0


def test_rest_saves_up_no_more_than_the_burst() -> None:
    clock = Clock()
    limit = RateLimit(60, burst=5, clock=clock)
    clock.now += 3600
    assert sum(limit.wait_s("a") == 0 for _ in range(100)) == 5


def test_many_keys_cost_no_more_memory_than_some() -> None:
    limit = RateLimit(1, keys_max=100, clock=Clock())
    for number in range(10_000):
        limit.take(str(number))
    assert len(limit._paid_at) == 100  # noqa: SLF001 - memory is what is asked about
    with pytest.raises(TooOften):
        limit.take("9999")


def test_many_threads_together_get_no_more_than_is_there() -> None:
    limit = RateLimit(60, burst=50, clock=Clock())
    got = list[float]()
    threads = [threading.Thread(target=lambda: got.extend(limit.wait_s("a") for _ in range(20))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got.count(0.0) == 50


@given(st.lists(st.floats(0, 5), max_size=200), st.integers(1, 20))
def test_over_any_time_no_more_passes_than_burst_and_rate_allow(pauses: list[float], burst: int) -> None:
    clock = Clock()
    limit = RateLimit(60, burst=burst, clock=clock)
    began, passed = clock.now, 0
    for pause in pauses:
        clock.now += pause
        passed += limit.wait_s("a") == 0
    assert passed <= burst + (clock.now - began) + 1e-6
