"""What is simulated: how much some consumers carry, and how late messages are at multiples of the nation's load."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from benchmarks.scaling import arrivals, nation
from benchmarks.scaling.page import Table, percent
from benchmarks.scaling.service import Layout, SimulatedService

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.scaling.costs import Constants
    from benchmarks.scaling.seen import Seen

FULL_S = 10.0
QUIET_S, PEAK_S = 5.0, 20.0
LAYOUT = ("Load", "Messages/s", "Consumers", "Database cores", "Logs", "Followers of a kind")
PLENTY = 10_000_000


def consumers_table(constants: Constants) -> Table:
    """How much some consumers carry when more waits than they can take."""
    rows = []
    layouts = [("2 cores for everything", Layout(consumers=count, shared_cores=2, follows=False)) for count in (1, 2)]
    layouts += [("a core each", Layout(consumers=count, follows=False)) for count in (1, 2, 4, 8, 16, 32)]
    for where, layout in layouts:
        seen = SimulatedService(constants, layout).run(arrivals.at_once(PLENTY), FULL_S)
        rows.append([str(layout.consumers), where, f"{seen.rate:,.0f}", *map(percent, _busy(seen, "lock", "database"))])
    return Table(["Consumers", "Where", "Messages/s", "Lock held", "Database busy"], rows)


def lateness_table(constants: Constants) -> Table:
    """How late messages are at the average rate, with as many consumers as it takes."""
    rows = []
    for multiple in nation.MULTIPLES:
        rate = nation.average_rate(multiple)
        layout = layout_for(constants, rate)
        seen = SimulatedService(constants, layout).run(arrivals.even(rate, FULL_S), FULL_S + QUIET_S)
        rows.append([f"{multiple:,}×", f"{rate:,.0f}", *_described(layout), *_lateness(seen)])
    return Table([*LAYOUT, "Stored", "Shown", "Sent"], rows)


def peak_table(constants: Constants) -> Table:
    """What twenty seconds of the peak do: to the layout for the average, and to one that is made for the peak."""
    return Table([*LAYOUT, "Stored", "Shown", "Sent"], list(_peaks(constants)))


def _peaks(constants: Constants) -> Iterator[list[str]]:
    for multiple in nation.MULTIPLES:
        usual, peak = nation.average_rate(multiple), nation.PEAK_RATE * multiple
        least, made_for_it = layout_for(constants, usual), layout_for(constants, peak)
        for layout in dict.fromkeys((least, made_for_it) if multiple < nation.MULTIPLES[-1] else (least,)):
            service = SimulatedService(constants, layout)
            seen = service.run(arrivals.burst(usual, peak, quiet_s=QUIET_S, peak_s=PEAK_S), 2 * QUIET_S + PEAK_S)
            yield [f"{multiple:,}×", f"{peak:,.0f}", *_described(layout), *_lateness(seen)]


def layout_for(constants: Constants, rate: float) -> Layout:
    """The least layout in which nothing is busier than planned; more logs and followers where one is not enough."""
    found = {one.name: one.rate * nation.TARGET for one in nation.capacities(constants)}
    logs = _needed(rate, found[nation.LOCK])
    return Layout(
        consumers=max(logs, _needed(rate, found[nation.CONSUMER])),
        logs=logs,
        followers=_needed(rate, min(found[nation.PROJECTIONS], found[nation.PUBLISHER])),
        server_cores=max(2, _needed(rate, found[nation.DATABASE])),
    )


def _needed(rate: float, carried: float) -> int:
    return max(1, ceil(rate / carried))


def _described(layout: Layout) -> list[str]:
    return list(map(str, (layout.consumers, layout.server_cores, layout.logs, layout.followers)))


def _lateness(seen: Seen) -> list[str]:
    return [
        f"{_duration(one.within_s(0.5))} / {_duration(one.within_s(0.99))}{'' if is_whole else ' …'}"
        for one in (seen.stored, seen.shown, seen.sent)
        for is_whole in (one.count > seen.arrived * 0.995 or not one.groups,)
    ]


def _duration(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


def _busy(seen: Seen, *names: str) -> list[float]:
    return [seen.busy.get(name, 0.0) for name in names]
