"""Checks the simulation: measures constants, lets real consumers work, and tells what was predicted and what came."""

from __future__ import annotations

import statistics
import sys
from contextlib import closing
from typing import TYPE_CHECKING, cast

import msgspec

from benchmarks.machine import machine
from benchmarks.scaling import arrivals, workers
from benchmarks.scaling.costs import Line
from benchmarks.scaling.measuring import measured, slowdown_when_both_are_busy
from benchmarks.scaling.page import Table
from benchmarks.scaling.service import Layout, SimulatedService
from benchmarks.stage import Stage, a_stage
from sync_service.adapters.postgres_store import PostgresStore
from sync_service.application import Application
from sync_service.bootstrap import now
from sync_service.topic_names import TopicNames

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.scaling.costs import Constants

CORES = 2
STEADY_SHARE = 0.5
"""Of what one consumer carries: the rate at which lateness is compared."""
STEADY_S = 5.0
SEED = 11


class Case(msgspec.Struct, frozen=True):
    """How many consumers, and which share of the people is linked: these may be written by two of them."""

    name: str
    consumers: int
    linked_share: float


CASES = (
    Case("one consumer", 1, 0.0),
    Case("two consumers, nobody linked", 2, 0.0),
    Case("two consumers, 30% of the people linked", 2, 0.3),
)


class Site:
    """Where the measured runs are made: a database of its own for each."""

    def __init__(self, stage: Stage, pool: workers.Workers, messages: int) -> None:
        self._stage, self._pool, self.messages = stage, pool, messages

    def together(self, consumers: int, linked_share: float, rate: float | None = None) -> workers.Done:
        """What all consumers did: their messages together, their times on average."""
        conninfo = self._stage.new_conninfo()
        tasks = [
            workers.Task(
                conninfo=conninfo,
                master=str(self._stage.directory / "master.key"),
                number=number,
                workers=consumers,
                seed=SEED,
                messages=self.messages,
                people=self.messages // 10,
                linked_share=linked_share,
                rate=rate,
            )
            for number in range(consumers)
        ]
        self._open(tasks[0])
        found = self._pool.run(tasks)
        return workers.Done(
            messages=sum(one.messages for one in found),
            seconds=statistics.mean(one.seconds for one in found),
            queued_s=statistics.mean(one.queued_s for one in found),
            batches=sum(one.batches for one in found),
            conflicts=sum(one.conflicts for one in found),
            late_s=[late for one in found for late in one.late_s],
        )

    def _open(self, task: workers.Task) -> None:
        """Make the tables, and receive the catalogue and the registrations."""
        with self._stage.database(task.conninfo) as database:
            store = PostgresStore(database)
            store.migrate()
            application, first = Application(store, now, TopicNames().source_of), workers.opening(task)
            for at in range(0, len(first), workers.BATCH):
                application.receive(first[at : at + workers.BATCH])


def check_table(messages: int, turns: int = 3) -> Table:
    """Predicted, measured, and how far apart they are."""
    with a_stage() as stage, closing(workers.Workers(CORES)) as pool:
        constants = _constants(stage, messages)
        site = Site(stage, pool, messages)
        runs = {one: [site.together(one.consumers, one.linked_share) for _ in range(turns)] for one in CASES}
        rows = [_told(_throughput(site, constants, one, found)) for one, found in runs.items()]
        rows += map(_told, _lateness(site, constants, alone=runs[CASES[0]]))
    load = statistics.mean(cast("list[float]", machine()["load"]))
    rows.append(["how many wanted the machine's two cores meanwhile (load average)", "–", "–", f"{load:.1f}", "–"])
    return Table(["What", "Predicted", "Measured", "with others' load", "Error"], rows)


def _told(row: list[str]) -> list[str]:
    """A row, told as soon as it is there: all of them take minutes."""
    sys.stderr.write(f"{' | '.join(row)}\n")
    return row


def _throughput(site: Site, constants: Constants, case: Case, found: list[workers.Done]) -> list[str]:
    """How much some consumers receive that have all messages at hand."""
    conflicts = statistics.median(one.conflicts / (one.batches - one.conflicts) for one in found)
    layout = Layout(
        consumers=case.consumers,
        shared_cores=CORES,
        follows=False,
        conflicts_share=conflicts,
        shared_share=case.linked_share,
    )
    predicted = SimulatedService(constants, layout).run(arrivals.at_once(site.messages)).rate
    quiet = statistics.median(one.messages / (one.seconds - one.queued_s) for one in found)
    raw = statistics.median(one.messages / one.seconds for one in found)
    name = f"{case.name}, messages/s" + (f" ({conflicts:.0%} of batches decided again)" if conflicts else "")
    return [name, f"{predicted:,.0f}", f"{quiet:,.0f}", f"{raw:,.0f}", _error(predicted, quiet)]


def _constants(stage: Stage, messages: int) -> Constants:
    found = measured(stage, "here", messages=messages, seed=SEED)
    return msgspec.structs.replace(
        found,
        both_busy=slowdown_when_both_are_busy(),
        kafka_in=Line(),  # the messages are in memory already
    )


def _lateness(site: Site, constants: Constants, alone: list[workers.Done]) -> Iterator[list[str]]:
    """How late messages are stored at half of what one consumer was seen to carry, beside whatever else runs here."""
    rate = round(STEADY_SHARE * statistics.median(one.messages / one.seconds for one in alone), -2)
    layout = Layout(shared_cores=CORES, follows=False)
    seen = SimulatedService(constants, layout).run(arrivals.even(rate, STEADY_S, tick_s=0.001))
    late_s = sorted(site.together(1, 0.0, rate).late_s)
    for share in (0.5, 0.99):
        predicted, found = seen.stored.within_s(share) * 1000, late_s[int(share * (len(late_s) - 1))] * 1000
        name = f"one consumer at {rate:,.0f} messages/s: {share:.0%} are stored within, ms"
        yield [name, f"{predicted:.0f}", "–", f"{found:.0f}", _error(predicted, found)]


def _error(predicted: float, found: float) -> str:
    return f"{(predicted - found) / found:+.0%}"
