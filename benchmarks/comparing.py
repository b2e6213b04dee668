"""Compares two ways of doing the same work: they take turns in one run, and their ratio is what is told."""

from __future__ import annotations

import gc
import statistics
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Figures = dict[str, list[float]]
    """What each contestant reached, turn by turn."""


class Comparison(msgspec.Struct, frozen=True):
    """One line of the table: `ratio` is ours divided by theirs, the median over the turns; `reach` what is wanted."""

    work: str
    against: str
    ratio: float
    reach: str
    runs: int
    ours: float
    theirs: float
    unit: str

    @property
    def is_reached(self) -> bool:
        """Whether the ratio is where it is wanted; a line without a reach cannot miss it."""
        sign, _, bound = self.reach.partition(" ")
        return {">=": self.ratio >= float(bound or 0), "<=": self.ratio <= float(bound or 0)}.get(sign, True)


def take_turns(contestants: Mapping[str, Callable[[], float]], runs: int) -> Figures:
    """Let each contestant do its work `runs` times, in turns; what each reached.

    Every second round goes backwards, as caches and the machine's clock favour somebody.
    """
    figures: Figures = {name: [] for name in contestants}
    order = list(contestants)
    for _ in range(runs):
        gc.collect()
        for name in order:
            figures[name].append(contestants[name]())
        order.reverse()
    return figures


def compared(figures: Figures, ours: str, theirs: str, *, work: str, against: str, reach: str, unit: str) -> Comparison:
    """The line of two contestants: the median of the ratios turn by turn, and the median of each one's figures."""
    ratios = [one / other for one, other in zip(figures[ours], figures[theirs], strict=True)]
    return Comparison(
        work=work,
        against=against,
        ratio=rounded(statistics.median(ratios)),
        reach=reach,
        runs=len(ratios),
        ours=rounded(statistics.median(figures[ours])),
        theirs=rounded(statistics.median(figures[theirs])),
        unit=unit,
    )


def rounded(figure: float) -> float:
    """Three significant digits: more would be noise; whole numbers stay whole."""
    return float(f"{figure:.3g}") if figure < 1000 else float(round(figure))  # noqa: PLR2004 - digits
