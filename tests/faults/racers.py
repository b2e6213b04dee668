"""Real processes with an application each, which receive batch after batch, always at the same moment."""

from __future__ import annotations

import multiprocessing
from itertools import count
from typing import TYPE_CHECKING, NamedTuple

from structlog.testing import capture_logs

from sync_service.bootstrap import Service
from sync_service.messages.records import Record
from sync_service.receiving import Receipt
from sync_service.settings import Settings
from tests.master_key import SECRET_KEY

if TYPE_CHECKING:
    from collections.abc import Sequence
    from multiprocessing.queues import Queue
    from multiprocessing.synchronize import Barrier

ROUND_TIMEOUT_S = 60.0
START = multiprocessing.get_context("spawn")


Batch = tuple[bytes, ...]
"""Lines that are received in one transaction."""


class Finished(NamedTuple):
    """What one racer received, and how often it had to start again because the other was quicker."""

    lane: int
    receipt: dict[str, int]
    conflicts: int


def race(database_url: str, *lanes: Sequence[Batch]) -> list[Finished]:
    """Have every lane received by a process of its own; nobody begins a batch before all have done the last one.

    Raises:
        BrokenBarrierError: in the racers, when one of them has failed; then fewer are given than there are lanes.
    """
    assert len({len(lane) for lane in lanes}) == 1
    barrier, finished = START.Barrier(len(lanes)), START.Queue()
    racers = [
        START.Process(target=_run, args=(database_url, number, lane, barrier, finished))
        for number, lane in enumerate(lanes)
    ]
    for racer in racers:
        racer.start()
    try:
        return sorted(finished.get(timeout=ROUND_TIMEOUT_S) for _ in racers)
    finally:
        for racer in racers:
            racer.join(ROUND_TIMEOUT_S)
            racer.close()
        finished.close()
        finished.join_thread()


def _run(database_url: str, lane: int, batches: Sequence[Batch], barrier: Barrier, finished: Queue[Finished]) -> None:
    service = Service(Settings(database_url=database_url, master_key=SECRET_KEY))
    application = service.application()
    receipt = Receipt()
    with capture_logs() as logged:
        offset = count()
        for batch in batches:
            records = [Record(line, f"race:{lane}", at, at + 1) for line, at in zip(batch, offset, strict=False)]
            barrier.wait(ROUND_TIMEOUT_S)
            receipt += application.receive(records)
    conflicts = sum(said["event"] == "batch.conflicted" for said in logged)
    counts = {name: getattr(receipt, name) for name in Receipt.__struct_fields__}
    finished.put(Finished(lane, counts, conflicts))
    service.database.close()
