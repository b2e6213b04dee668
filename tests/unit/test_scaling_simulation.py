"""The simulation behind docs/scaling.md: what queueing theory knows, it finds too; and no message is lost in it."""

from __future__ import annotations

import pytest

from benchmarks.scaling import arrivals, costs, nation
from benchmarks.scaling.costs import Constants, Line, Sizes, Step, fitted
from benchmarks.scaling.page import Table, filled
from benchmarks.scaling.service import Layout, SimulatedService
from simulation.chance import generator

MS = 1_000.0


def constants(**changes: object) -> Constants:
    """A service whose every message takes one millisecond of its consumer, and nothing else."""
    facts: dict[str, object] = {
        "machine": "imagined",
        "receiving": dict.fromkeys(costs.STEPS, Step()) | {costs.DECIDE: Step(client=Line(0, MS))},
        "events_each": 2.0,
        "sent_each": 1.0,
        "sizes": Sizes(),
    }
    facts |= dict.fromkeys(("reloading", "projecting", "publishing", "reading"), Step())
    facts |= dict.fromkeys(("kafka_in", "kafka_out"), Line())
    facts |= dict.fromkeys(("kafka_answer_us", "flush_us", "background_us"), 0.0)
    return Constants(**(facts | changes))  # type: ignore[arg-type]


def locked_for(each_us: float) -> Constants:
    """A service whose only work is done under the lock."""
    return constants(receiving=dict.fromkeys(costs.STEPS, Step()) | {costs.LOCKED: Step(client=Line(0, each_us))})


@pytest.mark.parametrize("load", [0.4, 0.7])
def test_messages_that_come_by_chance_wait_as_long_as_queueing_theory_says(load: float) -> None:
    """One reader, one message at a time, all alike (M/D/1): the mean wait is load / (2 (1 - load)) services."""
    service = SimulatedService(constants(), Layout(batch_max=1, follows=False))
    seen = service.run(arrivals.by_chance(load * 1_000, 4_000, generator(7, "queue", load)))
    waited_s = seen.stored.mean_s() - 0.001
    assert waited_s == pytest.approx(0.001 * load / (2 * (1 - load)), rel=0.15)
    assert seen.busy["consumers"] == pytest.approx(load, rel=0.05)


def test_every_message_that_came_is_stored_or_waits_or_is_under_way() -> None:
    service = SimulatedService(constants(), Layout(consumers=3, batch_max=50))
    seen = service.run(arrivals.burst(500, 9_000, quiet_s=0.2, peak_s=0.5), 0.6)
    assert seen.arrived == pytest.approx(0.2 * 500 + 0.4 * 9_000, rel=0.03)
    assert seen.waiting > 0
    assert seen.arrived == pytest.approx(seen.stored.count + seen.waiting + seen.under_way)
    assert 0 <= seen.under_way <= 3 * 50


def test_in_the_end_everything_is_stored_shown_and_sent() -> None:
    seen = SimulatedService(constants(), Layout(consumers=2, batch_max=50)).run(arrivals.even(1_000, 1), 10)
    assert seen.stored.count == seen.shown.count == seen.sent.count == seen.arrived == 1_000


def test_two_consumers_share_the_work_but_not_the_lock() -> None:
    free = SimulatedService(constants(), Layout(consumers=2, follows=False)).run(arrivals.at_once(10_000))
    bound = SimulatedService(locked_for(MS), Layout(consumers=2, follows=False)).run(arrivals.at_once(10_000))
    split = SimulatedService(locked_for(MS), Layout(consumers=2, logs=2, follows=False)).run(arrivals.at_once(10_000))
    assert free.rate == pytest.approx(2_000, rel=0.01)
    assert bound.rate == pytest.approx(1_000, rel=0.01)
    assert bound.busy["lock"] == pytest.approx(1, rel=0.01)
    assert split.rate == pytest.approx(2_000, rel=0.01)


def test_two_consumers_on_one_core_are_no_faster_than_one() -> None:
    seen = SimulatedService(constants(), Layout(consumers=2, shared_cores=1, follows=False)).run(
        arrivals.at_once(10_000)
    )
    assert seen.rate == pytest.approx(1_000, rel=0.01)


def test_a_conflict_costs_the_batch_again() -> None:
    twice = constants(reloading=Step(client=Line(0, MS)))
    seen = SimulatedService(twice, Layout(conflicts_share=0.5, follows=False)).run(arrivals.at_once(10_000))
    assert seen.conflicts == seen.batches / 2
    assert seen.rate == pytest.approx(1_000 / 1.5, rel=0.01)


def test_a_line_is_found_again_in_what_lies_on_it() -> None:
    line = fitted([(25, 325.0), (100, 400.0), (500, 800.0)])
    assert (line.batch_us, line.each_us) == pytest.approx((300, 1))


def test_nothing_is_said_to_take_less_than_nothing() -> None:
    assert fitted([(10, 5.0), (100, 90.0)]).batch_us == 0
    assert fitted([(10, 90.0), (100, 50.0)]).each_us == 0


def test_what_carries_least_stands_first() -> None:
    shipped = costs.load(costs.SHIPPED)
    rates = [one.rate for one in nation.capacities(shipped)]
    assert rates == sorted(rates)


def test_a_table_goes_between_its_marks_and_nowhere_else() -> None:
    page = "before\n<!-- load -->\nold\n<!-- /load -->\nafter\n"
    text = filled(page, {"load": Table(["a", "b"], [["1", "2"]])})
    assert text == "before\n<!-- load -->\n\n| a | b |\n| --- | --- |\n| 1 | 2 |\n\n<!-- /load -->\nafter\n"
    with pytest.raises(LookupError):
        filled(page, {"costs": Table([], [])})
