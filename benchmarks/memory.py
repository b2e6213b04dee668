"""The memory of a consumer that runs for long: when its caches are full, and after millions of messages."""

from __future__ import annotations

import multiprocessing
import os
import statistics
import sys
import time
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks.brokers import a_broker, make_topics, send
from benchmarks.comparing import Comparison, rounded
from benchmarks.endless import Endless
from benchmarks.running import running_consumers
from sync_service.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.connection import Connection

    from benchmarks.running import RunningConsumers
    from benchmarks.stage import Scale, Stage

PREFIX: Final = "nmo"
PARTITIONS: Final = 6
PEOPLE: Final = 400_000
MESSAGES: Final = 5_000_000
MESSAGES_QUICK: Final = 400_000
TIME_S: Final = 240.0
TIME_QUICK_S: Final = 60.0
CACHE_MIB: Final = 192
"""Less than by default, so that the bound is reached early; what is over it is what grows by mistake."""

CHUNK: Final = 20_000
AHEAD_CHUNKS: Final = 3
WARM_SHARE: Final = 0.2
LOOKS: Final = 5
"""The memory at the start and at the end is the median of so many looks."""

STATM: Final = Path("/proc")
MIB: Final = 1 << 20


def run(stage: Stage, scale: Scale) -> Iterator[Comparison]:
    """Yield the one line; none without a Kafka, or where the system does not tell a process's memory as Linux does."""
    if not STATM.exists():
        sys.stderr.write("left out, as this system has no /proc to ask for a process's memory\n")
        return
    messages, time_s = (MESSAGES_QUICK, TIME_QUICK_S) if scale.is_quick else (MESSAGES, TIME_S)
    with a_broker(stage.directory / "kafka") as kafka:
        if kafka is None:
            return
        make_topics(kafka, PREFIX, PARTITIONS)
        settings = Settings(
            data_dir=stage.directory,
            database_url=stage.new_conninfo(),
            kafka_bootstrap=kafka.bootstrap,
            cache_mib_max=CACHE_MIB,
        )
        with running_consumers(1, settings) as consumers, feeding(kafka.bootstrap) as feed:
            looks_mib = watched(consumers, feed, messages // CHUNK, time_s)
            yield _compared(looks_mib, consumers.received)


def watched(consumers: RunningConsumers, feed: Connection, chunks: int, time_s: float) -> list[float]:
    """The consumer's memory after every chunk of messages (MiB), as long as there are chunks and time."""
    looks_mib, ends_at = [], time.monotonic() + time_s
    for _ in range(AHEAD_CHUNKS):
        feed.send(CHUNK)
    for chunk in range(1, chunks + 1):
        if not consumers.wait(chunk * CHUNK, ends_at - time.monotonic()):
            break
        looks_mib.append(resident_mib(consumers.pids[0]))
        feed.send(CHUNK)
    return looks_mib


def resident_mib(pid: int) -> float:
    """The memory of a process that lies in the machine's (MiB)."""
    pages = int((STATM / str(pid) / "statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / MIB


@contextmanager
def feeding(bootstrap: str) -> Iterator[Connection]:
    """A process that publishes: as many messages more as it is told."""
    processes = multiprocessing.get_context("spawn")
    orders, told = processes.Pipe(duplex=False)
    feeder = processes.Process(target=_feed, args=(bootstrap, orders), daemon=True)
    feeder.start()
    try:
        yield told
    finally:
        feeder.kill()
        feeder.join()


def _feed(bootstrap: str, orders: Connection) -> None:
    endless = Endless(PEOPLE, PREFIX)
    lines = endless.lines()
    send(bootstrap, endless.opening())
    while True:
        send(bootstrap, islice(lines, orders.recv()), compression="lz4")


def _compared(looks_mib: list[float], received: int) -> Comparison:
    warm = looks_mib[int(len(looks_mib) * WARM_SHARE) :]
    began, ended = statistics.median(warm[:LOOKS]), statistics.median(warm[-LOOKS:])
    sys.stderr.write(
        f"memory (MiB): {' '.join(f'{look:.0f}' for look in looks_mib[:: max(1, len(looks_mib) // 25)])}\n"
    )
    return Comparison(
        work=f"memory of a consumer, {received:,} messages",
        against=f"the same after {int(received * WARM_SHARE):,}",
        ratio=rounded(ended / began),
        reach="<= 1.1",
        runs=1,
        ours=rounded(ended),
        theirs=rounded(began),
        unit="MiB",
    )
