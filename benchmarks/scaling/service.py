"""The service in simulated time (SimPy): consumers, the lock of the log, the database's processors, the followers."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import msgspec
import simpy

from benchmarks.scaling.costs import DECIDE, DECODE, LOCKED, LOOK_UP, SEAL, US
from benchmarks.scaling.parts import Cores, OwnCore, Queue
from benchmarks.scaling.seen import Seen

if TYPE_CHECKING:
    from benchmarks.scaling.arrivals import Arrivals
    from benchmarks.scaling.costs import Constants, Step
    from benchmarks.scaling.parts import Work

PROJECTED_MAX, PUBLISHED_MAX = 5_000, 1_000


class Layout(msgspec.Struct, frozen=True, kw_only=True):
    """What runs where. With `shared_cores` everything shares that many processors of one machine.

    Otherwise each consumer and follower has a processor of its own, and the database has `server_cores`.
    `logs` is how many logs there are, each with a lock of its own, and `followers` how many share the work of the
    projections and of the publisher, by person. Of both the service has one today. If a `shared_share` of messages is
    about people whom other consumers write of too, these are loaded anew, and consumers decide and store in turns.
    """

    consumers: int = 1
    shared_cores: int | None = None
    server_cores: int = 16
    batch_max: int = 500
    logs: int = 1
    followers: int = 1
    follows: bool = True
    conflicts_share: float = 0.0
    shared_share: float = 0.0


class SimulatedService:
    """Runs arrivals through a layout, and sees what becomes of them."""

    def __init__(self, constants: Constants, layout: Layout) -> None:
        self.env = simpy.Environment()
        self.constants, self.layout = constants, layout
        cores = layout.shared_cores or layout.server_cores
        self.server = Cores(self.env, cores, constants.both_busy if layout.shared_cores else 1)
        self.locks = [simpy.Resource(self.env, 1) for _ in range(layout.logs)]
        self.turns = simpy.Resource(self.env, 1 if layout.shared_share else layout.consumers)
        self.queues = [Queue(self.env) for _ in range(layout.consumers)]
        self.projections = [Queue(self.env) for _ in range(layout.followers)]
        self.publications = [Queue(self.env) for _ in range(layout.followers)]
        self.seen = Seen()
        self.busy_s: defaultdict[str, float] = defaultdict(float)
        for number, queue in enumerate(self.queues):
            self.env.process(self._consume(queue, number % layout.logs))
        if layout.follows:
            for projected, published in zip(self.projections, self.publications, strict=True):
                self.env.process(self._project(projected))
                self.env.process(self._publish(published))

    def run(self, arrivals: Arrivals, until_s: float | None = None) -> Seen:
        """Let the messages come, and time pass; what was seen until then, or until all that came is stored."""
        arriving = self.env.process(self._arrive(arrivals))
        self.env.run(until=until_s or arriving)
        while until_s is None and self.seen.stored.count < self.seen.arrived:
            self.env.step()
        self.seen.ended(self, self.env.now)
        return self.seen

    def _own(self) -> Cores | OwnCore:
        return self.server if self.layout.shared_cores else OwnCore(self.env)

    def _arrive(self, arrivals: Arrivals) -> Work:
        for at_s, count in arrivals:
            if at_s > self.env.now:
                yield self.env.timeout(at_s - self.env.now)
            self.seen.arrived += count
            share, rest = divmod(count, len(self.queues))
            first = self.seen.arrived % len(self.queues)
            for number, queue in enumerate(self.queues):
                queue.put(self.env.now, share + ((number - first) % len(self.queues) < rest))

    def _consume(self, queue: Queue, log: int) -> Work:
        cores, constants = self._own(), self.constants
        conflicts = 0.0
        while True:
            yield queue.news()
            batch = queue.take(self.layout.batch_max)
            count = sum(part for _, part in batch)
            began_s = self.env.now
            yield from cores.work(constants.kafka_in.of(count))
            yield from self._step(constants.receiving[DECODE], count, cores)
            yield from self._step(constants.receiving[LOOK_UP], count, cores)
            with self.turns.request() as turn:
                yield turn
                if self.layout.shared_share:
                    yield from self._step(constants.reloading, count * self.layout.shared_share, cores)
                decided = count * (1 - self.layout.shared_share)
                yield from self._step(constants.receiving[DECIDE], decided, cores)
                yield from self._write(count, log, cores)
            conflicts += self.layout.conflicts_share
            while conflicts >= 1:  # somebody else wrote: what was read is read again, and everything decided anew
                conflicts -= 1
                self.seen.conflicts += 1
                yield from self._step(constants.reloading, count, cores)
                yield from self._write(count, log, cores)
            self.busy_s["consumers"] += self.env.now - began_s
            self._stored(batch, count)

    def _write(self, count: float, log: int, cores: Cores | OwnCore) -> Work:
        yield from self._step(self.constants.receiving[SEAL], count, cores)
        yield from self._store(count, log, cores)

    def _store(self, count: float, log: int, cores: Cores | OwnCore) -> Work:
        with self.locks[log].request() as lock:
            yield lock
            locked_s = self.env.now
            yield from self._step(self.constants.receiving[LOCKED], count, cores)
            yield self.env.timeout(self.constants.flush_us / US)
            self.busy_s["lock"] += self.env.now - locked_s

    def _stored(self, batch: list[tuple[float, float]], count: float) -> None:
        self.seen.batches += 1
        follower = self.seen.batches % self.layout.followers  # a batch's people are many: their followers take turns
        for at_s, part in batch:
            self.seen.stored.add(self.env.now - at_s, part)
            for queues in (self.projections, self.publications) if self.layout.follows else ():
                queues[follower].put(at_s, part * self.constants.events_each)
        self.env.process(self.server.work(self.constants.background_us * count / US))

    def _project(self, queue: Queue) -> Work:
        cores = self._own()
        while True:
            yield queue.news()
            batch, began_s = queue.take(PROJECTED_MAX), self.env.now
            yield from self._step(self.constants.projecting, sum(part for _, part in batch), cores)
            yield self.env.timeout(self.constants.flush_us / US)
            self.busy_s["projections"] += self.env.now - began_s
            for at_s, part in batch:
                self.seen.shown.add(self.env.now - at_s, part / self.constants.events_each)

    def _publish(self, queue: Queue) -> Work:
        cores = self._own()
        while True:
            yield queue.news()
            batch, began_s = queue.take(PUBLISHED_MAX), self.env.now
            count = sum(part for _, part in batch)
            yield from self._step(self.constants.publishing, count, cores)
            sent = count / self.constants.events_each * self.constants.sent_each
            yield from cores.work(self.constants.kafka_out.of(sent))
            yield self.env.timeout(self.constants.kafka_answer_us / US)
            for at_s, part in batch:
                self.seen.sent.add(self.env.now - at_s, part / self.constants.events_each)
            yield self.env.timeout(self.constants.flush_us / US)
            self.busy_s["publisher"] += self.env.now - began_s

    def _step(self, step: Step, count: float, cores: Cores | OwnCore) -> Work:
        yield from cores.work(step.client.of(count))
        yield from self.server.work(step.server.of(count))
