"""Tells what each step of the service's work takes: our processor time, and the database's."""

from __future__ import annotations

import time
from collections import defaultdict
from contextlib import contextmanager
from pathlib import Path
from statistics import mean
from typing import TYPE_CHECKING, Any

import msgspec

from benchmarks.scaling.costs import Step, fitted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from sync_service.adapters.postgres_database import Database
    from sync_service.adapters.postgres_store import PostgresStore

    Observed = Mapping[int, list[tuple[float, "Reading"]]]
    """What a step took, batch by batch, with how much was in it; by the size of the received batches."""

NS = 1_000


class Reading(msgspec.Struct):
    """So much processor time was used (µs), since whenever."""

    client: float = 0.0
    server: float = 0.0

    def since(self, before: Reading) -> Reading:
        """What was used since an earlier reading."""
        return Reading(self.client - before.client, self.server - before.server)

    def add(self, other: Reading) -> None:
        """Add what was used elsewhere."""
        self.client += other.client
        self.server += other.server


class Meter:
    """Splits a thread's work into steps by marks: what lies between two marks belongs to the step begun by the first.

    The database's part is the processor time of this database's sessions, which are on the same machine.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._backends: list[Path] = []
        self._steps: defaultdict[str, Reading] = defaultdict(Reading)
        self._step = ""
        self._last = Reading()

    def find_sessions(self) -> None:
        """Look which sessions there are; to be called when no new ones are to be expected."""
        with self._database.cursor() as cursor:
            cursor.execute(b"SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
            self._backends = [Path(f"/proc/{row[0]}/schedstat") for row in cursor]

    def now(self) -> Reading:
        """What was used so far."""
        return Reading(
            client=time.thread_time_ns() / NS,
            server=sum(int(one.read_text().split()[0]) for one in self._backends if one.exists()) / NS,
        )

    def begin(self, step: str) -> None:
        """From here on it is this step's."""
        now = self.now()
        if self._step:
            self._steps[self._step].add(now.since(self._last))
        self._step, self._last = step, now

    def end(self) -> dict[str, Reading]:
        """What each step took since the last end."""
        self.begin("")
        steps, self._steps = dict(self._steps), defaultdict(Reading)
        return steps

    @contextmanager
    def within(self, step: str) -> Iterator[None]:
        """A step inside another one, which goes on afterwards."""
        outer = self._step
        self.begin(step)
        try:
            yield
        finally:
            self.begin(outer)


class WatchedStore:
    """An event store whose questions are a step of the meter, and its append two: before the lock and under it.

    The lock counts from the moment at which it was asked for and given until the commit has returned: if a faster
    way of storing sends the rest together with the request, the wait for it is in the measured time.
    """

    def __init__(self, store: PostgresStore, meter: Meter, *, asking: str, storing: str, locked: str) -> None:
        self._store, self._meter = store, meter
        self._asking, self._storing = asking, storing
        lock_in = store.recorder.lock_in

        def lock(cursor: Any) -> None:  # noqa: ANN401 - as the recorder has it
            lock_in(cursor)
            meter.begin(locked)

        store.recorder.lock_in = lock  # type: ignore[method-assign]

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the store has
        found = getattr(self._store, name)
        return self._watched(found, self._storing if name == "append" else self._asking) if callable(found) else found

    def _watched(self, method: Callable[..., Any], step: str) -> Callable[..., Any]:
        def call(*args: object, **options: object) -> Any:  # noqa: ANN401 - as the store answers
            with self._meter.within(step):
                return method(*args, **options)

        return call


def step_of(observed: Observed) -> Step:
    """A step's cost by how much was in a batch; of equal batches the mean without the highest twentieth.

    Only processor time counts: on a machine that others use too, what one waits for says little of the work.
    """
    groups = [([items for items, _ in group], [one for _, one in group]) for group in observed.values()]
    return Step(
        client=fitted([(mean(items), _trimmed([one.client for one in found])) for items, found in groups]),
        server=fitted([(mean(items), _trimmed([one.server for one in found])) for items, found in groups]),
    )


def _trimmed(figures: list[float]) -> float:
    return mean(sorted(figures)[: max(1, len(figures) - 1 - len(figures) // 20)])
