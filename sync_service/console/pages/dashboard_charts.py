"""The charts of the dashboard: how much there was in each step, as places in a drawing that are shares of its size.

Every length is a percentage, so the drawing stretches with the page and its words do not.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

import msgspec

from sync_service.console.pages.dashboard_words import OVER, SOURCES, STEPS
from sync_service.console.templating import teller
from sync_service.operations.series import Period, Series
from sync_service.sentences.words import word

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sync_service.console.formats import Formats

WIDE: Final = 100.0
GAP: Final = 0.15
"""The share of a column's width that stays free."""
MARKS_AFTER: Final = {
    Period.DAY: timedelta(hours=3),
    Period.WEEK: timedelta(days=1),
    Period.QUARTER: timedelta(days=14),
}


class Bar(msgspec.Struct, frozen=True):
    """One piece of a column, in percent of the drawing; `name` says whose it is."""

    name: str
    x: float
    y: float
    width: float
    height: float
    is_last: bool


class Mark(msgspec.Struct, frozen=True):
    """A word under the drawing, and where it stands (percent)."""

    x: float
    text: str


class Total(msgspec.Struct, frozen=True):
    """What a colour of the drawing means, and how many there were in all."""

    name: str
    title: str
    count: int


class Chart(msgspec.Struct, frozen=True, kw_only=True):
    """One drawing: `top` is the number at its upper edge, `sentence` what it says to who does not see it."""

    title: str
    bars: tuple[Bar, ...]
    marks: tuple[Mark, ...]
    totals: tuple[Total, ...]
    top: int
    sentence: str

    @property
    def total(self) -> int:
        """How many there were in all."""
        return sum(one.count for one in self.totals)


class Drawer:
    """Draws the charts of one series in one visit's language."""

    def __init__(self, series: Series, formats: Formats) -> None:
        self._series = series
        self._f = formats
        self._t = teller(formats.language)

    def charts(self) -> list[Chart]:
        """What came in, what was refused or parked, and what the portals showed."""
        series, t = self._series, self._t
        refused = tuple(map(sum, zip(*series.refusals.values(), strict=True))) or (0,) * len(series.starts)
        return [
            self.chart(t("Приток сообщений", "Messages received"), series.inflow),
            self.chart(t("Показано копий", "Replicas shown"), series.replicas_applied),
            self.chart(t("Отказано", "Refused"), {"refused": refused}),
            self.chart(t("Отложено", "Parked"), {"parked": series.parked}),
        ]

    def chart(self, what: str, counts: Mapping[str, Sequence[int]]) -> Chart:
        """One chart: the named counts stacked upon each other, the first below."""
        columns = list(zip(*counts.values(), strict=True))
        peak = max(map(sum, columns), default=0)
        top = rounded_up(peak)
        names = [self._t(word(SOURCES, name)) for name in counts]
        totals = tuple(map(Total, counts, names, map(sum, counts.values())))
        return Chart(
            title=f"{what} {self._t(OVER[self._series.period])}",
            bars=tuple(self._bars(list(counts), columns, top)),
            marks=self._marks(),
            totals=totals,
            top=top,
            sentence=self._sentence(what, totals, columns, peak),
        )

    def _bars(self, names: list[str], columns: Sequence[Sequence[int]], top: int) -> list[Bar]:
        width, bars = WIDE / max(len(columns), 1), []
        for number, column in enumerate(columns):
            below = 0
            for name, count in zip(names, column, strict=True):
                below += count
                if count:
                    x, y = width * (number + GAP / 2), WIDE * (1 - below / top)
                    is_last = number == len(columns) - 1
                    bars.append(Bar(name, x, y, width * (1 - GAP), WIDE * count / top, is_last))
        return bars

    def _sentence(self, what: str, totals: Sequence[Total], columns: Sequence[Sequence[int]], peak: int) -> str:
        """The chart in words: how many in all and by whom, and when there were most."""
        every = self._f.number(sum(one.count for one in totals))
        told = f"{what} {self._t(OVER[self._series.period])}: {every}"
        if len(totals) > 1:
            told += f" ({', '.join(f'{one.title} {self._f.number(one.count)}' for one in totals)})"
        if not peak:
            return f"{told}."
        at = self.step(self._series.starts[[sum(column) for column in columns].index(peak)])
        most = self._t("больше всего %s, %s %s", "at most %s %s, %s")
        return f"{told}; {most % (self._f.number(peak), self._t(STEPS[self._series.period]), at)}."

    def step(self, start: datetime) -> str:
        """When a step began: a time of day, a day, or both."""
        if self._series.period is Period.DAY:
            return self._f.short_clock(start)
        day = self._f.short_date(self._f.local(start).date())
        return day if self._series.period is Period.QUARTER else f"{day}, {self._f.short_clock(start)}"

    def _marks(self) -> tuple[Mark, ...]:
        """Round hours, midnights or every second week, where they fall."""
        starts, after = self._series.starts, MARKS_AFTER[self._series.period]
        if not starts:
            return ()
        first, last = self._f.local(starts[0]), self._f.local(starts[-1]) + timedelta(seconds=self._series.step_s)
        moment = first.replace(hour=0, minute=0, second=0, microsecond=0)
        while moment < first:
            moment += min(after, timedelta(days=1))
        marks = []
        while moment < last:
            marks.append(Mark(WIDE * ((moment - first) / (last - first)), self._mark(moment)))
            moment += after
        return tuple(marks)

    def _mark(self, moment: datetime) -> str:
        if self._series.period is Period.DAY:
            return f"{moment:%H}"
        return self._f.short_date(moment.date()).rpartition("\u00a0")[0]


def rounded_up(value: int) -> int:
    """The next number that is easy to halve: 2, 4, 10, 20, 40, 100, and so on."""
    unit = 1
    while True:
        for step in (2, 4, 10):
            if value <= step * unit:
                return step * unit
        unit *= 10
