"""The tables that need no simulated time: what was measured, the load, and what is full first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.scaling import nation
from benchmarks.scaling.page import Table, percent

if TYPE_CHECKING:
    from benchmarks.scaling.costs import Constants


def costs_table(constants: Constants) -> Table:
    """What was measured."""
    steps = {**constants.receiving, "project": constants.projecting, "publish": constants.publishing}
    steps["only read the log"] = constants.reading
    rows = [
        [
            name,
            "message" if name in constants.receiving else "event",
            f"{step.client.batch_us:,.0f}",
            f"{step.client.each_us:.1f}",
            f"{step.server.batch_us:,.0f}",
            f"{step.server.each_us:.1f}",
        ]
        for name, step in steps.items()
    ]
    heads = ["Step", "Each", "Ours: a batch, µs", "each, µs", "Database: a batch, µs", "each, µs"]
    return Table(heads, rows)


def figures_table(constants: Constants) -> Table:
    """The other constants, and the bytes."""
    sizes = constants.sizes
    rows = [
        ["machine", constants.machine],
        ["events a message", f"{constants.events_each:.2f}"],
        ["messages sent for one received", f"{constants.sent_each:.2f}"],
        ["a flush of the log of changes", f"{constants.flush_us / 1000:.2f} ms"],
        [f"the lock is held for a batch of {nation.BATCH}", f"{constants.held_s(nation.BATCH) * 1000:.1f} ms"],
        ["kept: events, rows and indexes", f"{sizes.events_heap:,.0f} + {sizes.events_index:,.0f} bytes a message"],
        ["kept: known messages, keys, all else", f"{sizes.messages + sizes.keys + sizes.others:,.0f} bytes a message"],
        ["kept: views, rows and indexes", f"{sizes.views_heap:,.0f} + {sizes.views_index:,.0f} bytes a message"],
        ["written: log of changes", f"{sizes.wal:,.0f} bytes a message"],
    ]
    return Table(["What", "Measured"], rows)


def load_table(constants: Constants) -> Table:
    """What the multiples of the nation's load are."""
    rows = []
    for multiple in nation.MULTIPLES:
        yearly, peak = nation.MESSAGES_A_YEAR * multiple, nation.PEAK_RATE * multiple
        rows.append(
            [
                f"{multiple:,}×",
                f"{yearly / 1e6:,.0f} million",
                f"{nation.average_rate(multiple):,.1f}",
                f"{peak:,.0f}",
                f"{yearly * constants.events_each / 1e6:,.0f} million",
                f"{yearly * constants.sizes.kept / 1e12:,.2f} TB",
                f"{peak * constants.sizes.wal / 1e6:,.1f} MB/s",
            ]
        )
    heads = ["Load", "Messages a year", "a second", "in the peak", "Events a year", "Disk a year", "WAL in the peak"]
    return Table(heads, rows)


def saturation_table(constants: Constants) -> Table:
    """How busy each resource is at each multiple, on average and in the peak."""
    rows = []
    for one in nation.capacities(constants):
        busy = [
            " / ".join(
                percent(one.share(rate)) for rate in (nation.average_rate(multiple), nation.PEAK_RATE * multiple)
            )
            for multiple in nation.MULTIPLES
        ]
        rows.append([one.name, f"{one.rate:,.0f}", *busy])
    return Table(["What", "Carries, messages/s", *(f"{multiple:,}×" for multiple in nation.MULTIPLES)], rows)


def order_table(constants: Constants) -> Table:
    """What is full first at each multiple: on average, and in the peak."""
    rows = []
    for multiple in nation.MULTIPLES:
        average, peak = nation.rates(multiple)
        first = nation.capacities(constants)[0]
        full = [one.name for one in nation.capacities(constants) if one.share(peak) > nation.TARGET]
        usual = [one.name for one in nation.capacities(constants) if one.share(average) > nation.TARGET]
        busiest = ", ".join(usual) or f"nothing; busiest: {first.name}, {percent(first.share(average))}"
        rows.append([f"{multiple:,}×", busiest, ", ".join(full) or "nothing"])
    over = f"Over {percent(nation.TARGET)}"
    return Table(["Load", f"{over} on average", f"{over} in the peak, in this order"], rows)


def batches_table(constants: Constants) -> Table:
    """What the size of a batch is worth to a consumer, and to the lock."""
    rows = [
        [f"{size:,}", f"{size / constants.batch_s(size):,.0f}", f"{size / constants.held_s(size):,.0f}"]
        for size in (1, 10, 100, 500, 2_000, 5_000)
    ]
    return Table(["Messages in a batch", "One consumer carries, messages/s", "The lock carries, messages/s"], rows)
