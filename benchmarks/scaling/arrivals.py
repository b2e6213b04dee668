"""How messages come in: evenly, by chance, in a burst, or all at once; as groups of so many at a moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

    Arrivals = Iterator[tuple[float, int]]
    """Moments (seconds from the start), and how many messages came then."""

TICK_S = 0.01


def even(rate: float, seconds: float, *, begin_s: float = 0.0, tick_s: float = TICK_S) -> Arrivals:
    """So many a second, evenly; at high rates those of a tick come together."""
    every_s = max(tick_s, 1 / rate)
    arrived = 0
    for turn in range(int(seconds / every_s)):
        due = round((turn + 1) * every_s * rate)
        if due > arrived:
            yield begin_s + turn * every_s, due - arrived
            arrived = due


def by_chance(rate: float, messages: int, random: Random) -> Arrivals:
    """So many a second on average, each by itself, with no regard to the others (Poisson)."""
    at_s = 0.0
    for _ in range(messages):
        at_s += random.expovariate(rate)
        yield at_s, 1


def burst(usual: float, peak: float, *, quiet_s: float, peak_s: float) -> Arrivals:
    """The usual rate, then the peak, then the usual rate again."""
    yield from even(usual, quiet_s)
    yield from even(peak, peak_s, begin_s=quiet_s)
    yield from even(usual, quiet_s, begin_s=quiet_s + peak_s)


def at_once(messages: int) -> Arrivals:
    """All of them wait already: a backfill, or a rate that nobody keeps up with."""
    yield 0.0, messages
