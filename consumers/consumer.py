"""Feeds records from a source into the application, a batch at a time, until it is told to stop or nothing comes."""

from __future__ import annotations

import signal
import threading
import time
from contextlib import closing
from typing import TYPE_CHECKING, Generic, Protocol, Self, TypeVar

import msgspec
import structlog

from sync_service import working

if TYPE_CHECKING:
    from collections.abc import Sequence

    from consumers.records import Records
    from sync_service.messages.records import Record

log = structlog.get_logger(__name__)


class Counts(Protocol):
    """What became of a batch, in counts that add up: received = stored + repeats + parked."""

    @property
    def received(self) -> int:
        """All records of the batch."""
        ...

    @property
    def stored(self) -> int:
        """Those that are now in the store, refused ones included."""
        ...

    @property
    def repeats(self) -> int:
        """Those that were there already."""
        ...

    @property
    def refused(self) -> int:
        """The part of the stored ones that the rules refused."""
        ...

    @property
    def parked(self) -> int:
        """Those that could not be understood, and wait for a person."""
        ...

    def __add__(self, other: Self, /) -> Self: ...


C = TypeVar("C", bound=Counts)
C_co = TypeVar("C_co", bound=Counts, covariant=True)


class Receiving(Protocol[C_co]):
    """The application as a consumer sees it."""

    def receive(self, records: Sequence[Record]) -> C_co:
        """Store what the records say and their positions in one transaction, and tell what became of them."""
        ...


class BatchLimits(msgspec.Struct, frozen=True, kw_only=True):
    """How much one poll takes, and how long to wait for it."""

    records_max: int = 500
    bytes_max: int = 8 * 1024 * 1024
    poll_timeout_ms: int = 500


class Consumer(Generic[C]):
    """Takes from one source and gives to the application; the source is its own, and closed in the end.

    An error ends it before the batch is committed: the batch comes again after a restart, and the stored positions
    tell what of it was received already.
    """

    def __init__(self, records: Records, application: Receiving[C], limits: BatchLimits | None = None) -> None:
        self._records, self._application = records, application
        self._limits = limits or BatchLimits()

    def run(self, stopping: threading.Event) -> None:
        """Consume until `stopping` is set; the batch in hand is finished first.

        Raises:
            TransportError: the source has changed, or refuses us.
        """
        with closing(self._records):
            while not stopping.is_set():
                self._step()

    def run_until_idle(self) -> C | None:
        """Consume until a poll brings nothing, and give the sum of the counts; None if nothing came at all.

        Raises:
            TransportError: the source has changed, or refuses us.
        """
        total: C | None = None
        with closing(self._records):
            while (counts := self._step()) is not None:
                total = counts if total is None else total + counts
        return total

    def _step(self) -> C | None:
        batch = self._records.poll(self._limits.records_max, self._limits.bytes_max, self._limits.poll_timeout_ms)
        if not batch:
            return None
        started = time.perf_counter()
        counts = self._application.receive(batch)
        self._records.commit(batch)
        took_s = time.perf_counter() - started
        working.did("batch.received", items=counts.received, seconds=took_s)
        log.info(
            "batch.received",
            received=counts.received,
            stored=counts.stored,
            repeats=counts.repeats,
            refused=counts.refused,
            parked=counts.parked,
            size_bytes=sum(len(record.value) for record in batch),
            duration_ms=round(took_s * 1000, 1),
        )
        return counts


def consume(records: Records, application: Receiving[C], limits: BatchLimits | None = None) -> None:
    """Consume until the process is told to end by SIGTERM or SIGINT; for the main thread of a process of its own.

    Raises:
        TransportError: the source has changed, or refuses us.
    """
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stopping.set())
    Consumer(records, application, limits).run(stopping)
