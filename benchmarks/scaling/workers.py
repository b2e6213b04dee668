"""Real consumers for the check: each a Python of its own that receives prepared messages into one database."""

from __future__ import annotations

import logging
import multiprocessing
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from zlib import crc32

import msgspec
import structlog

from simulation.bulk import bulk
from sync_service.adapters.master_keys import FileMasterKeys
from sync_service.adapters.postgres_company import PostgresCompany
from sync_service.adapters.postgres_database import Database
from sync_service.adapters.postgres_store import PostgresStore
from sync_service.application import Application
from sync_service.bootstrap import now
from sync_service.collecting import collect_rarely
from sync_service.event_store import Conflict
from sync_service.messages.records import Record
from sync_service.topic_names import TopicNames

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.synchronize import Barrier

BATCH = 500
WARM_SHARE = 0.3
_OPENING = (b"activity.published", b"codes.issued", b"account.registered")


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """What a worker is to do: which messages are its own, and how fast they come (`rate` a second; None: at once)."""

    conninfo: str
    master: str
    number: int
    workers: int
    seed: int
    messages: int
    people: int
    linked_share: float
    rate: float | None = None


class Done(msgspec.Struct, frozen=True):
    """What a worker did after it was warm: seconds, and in `queued_s` those in which others had the processors."""

    messages: int
    seconds: float
    queued_s: float
    batches: int
    conflicts: int
    late_s: list[float]


class CountingStore:
    """An event store that counts what it appends, and how often somebody else was there first."""

    def __init__(self, store: PostgresStore) -> None:
        self._store = store
        self.batches = self.conflicts = 0

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the store has
        return getattr(self._store, name)

    def append(self, work: Any, *meanwhile: Any) -> int:  # noqa: ANN401 - as the store has it
        """Append and count."""
        self.batches += 1
        try:
            return self._store.append(work, *meanwhile)
        except Conflict:
            self.conflicts += 1
            raise


def opening(task: Task) -> list[Record]:
    """What comes before anybody does anything: the catalogue, codes, registrations."""
    kept = [line for line in _lines(task) if _is_opening(line[2])]
    place = "file:opening"
    return [Record(value, place, at, at + 1, key, (), topic) for at, (topic, key, value) in enumerate(kept)]


class Workers:
    """So many Pythons of their own; they are started once, as starting takes longer than their work."""

    def __init__(self, count: int) -> None:
        spawn = multiprocessing.get_context("spawn")
        self._shared, self._pool = spawn.Manager(), spawn.Pool(count)

    def run(self, tasks: list[Task]) -> list[Done]:
        """Let a worker be at each task, all at the same time."""
        gate = self._shared.Barrier(len(tasks))
        return self._pool.starmap(receive, [(task, gate) for task in tasks], chunksize=1)

    def close(self) -> None:
        """End them."""
        self._pool.terminate()
        self._shared.shutdown()


def receive(task: Task, gate: Barrier) -> Done:
    """Receive the warm part, wait for the others, then receive the rest and measure."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    own = [_record(task, at, line) for at, line in enumerate(_lines(task)) if _is_own(task, line)]
    warm = int(len(own) * WARM_SHARE)
    with closing(Database(task.conninfo, master=FileMasterKeys(Path(task.master)))) as database:
        store = CountingStore(PostgresStore(database))
        others = PostgresCompany(database)
        application = Application(cast("Any", store), now, TopicNames().source_of, others=others)
        for batch in _cut(own[:warm]):
            application.receive(batch)
        collect_rarely()
        store.batches = store.conflicts = 0
        gate.wait()
        queues = _queues(database, task.workers)
        queued, began = _queued_s(queues), time.perf_counter()
        late_s = list(_fed(application, own[warm:], task.rate))
        seconds = time.perf_counter() - began
        queued_s = _queued_s(queues) - queued
        return Done(len(own) - warm, seconds, queued_s, store.batches, store.conflicts, late_s)


def _fed(application: Application, records: list[Record], rate: float | None) -> Iterator[float]:
    """Receive the records, as they come if they come at a rate; how late each was stored (seconds)."""
    began = time.perf_counter()
    at = 0
    while at < len(records):
        came = len(records) if rate is None else int((time.perf_counter() - began) * rate)
        batch = records[at : min(came, at + BATCH)]
        if not batch:
            time.sleep(max(0.0, (at + 1) / rate - (time.perf_counter() - began)) if rate else 0)
            continue
        application.receive(batch)
        stored = time.perf_counter() - began
        yield from (stored - number / rate for number in range(at, at + len(batch)) if rate)
        at += len(batch)


def _lines(task: Task) -> Iterator[tuple[str, bytes, bytes]]:
    return bulk(task.seed, task.messages, task.people, task.linked_share)


def _record(task: Task, at: int, line: tuple[str, bytes, bytes]) -> Record:
    topic, key, value = line
    return Record(value, f"file:{task.number}:{topic}", at, at + 1, key, (), topic)


def _is_own(task: Task, line: tuple[str, bytes, bytes]) -> bool:
    return not _is_opening(line[2]) and crc32(line[1]) % task.workers == task.number


def _is_opening(value: bytes) -> bool:
    return any(kind in value[:300] for kind in _OPENING)


def _cut(records: list[Record]) -> Iterator[list[Record]]:
    return (records[at : at + BATCH] for at in range(0, len(records), BATCH))


def _queues(database: Database, workers: int) -> dict[Path, float]:
    """Where the system says for how long one has waited for a processor: this worker, and its part of all sessions.

    Sessions are shared out evenly among the workers: they are alike, and nobody else is in this database.
    """
    with database.cursor() as cursor:
        cursor.execute(b"SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
        sessions = [Path(f"/proc/{row[0]}/schedstat") for row in cursor]
    return {Path("/proc/self/schedstat"): 1.0} | dict.fromkeys(sessions, 1 / workers)


def _queued_s(queues: dict[Path, float]) -> float:
    return sum(share * int(one.read_text().split()[1]) for one, share in queues.items() if one.exists()) / 1e9
