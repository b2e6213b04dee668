"""Heartbeats: one small thread a process says every few seconds what each of its roles is at, also while they wait."""

from __future__ import annotations

import os
import platform
import threading
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final, Protocol
from uuid import uuid4

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sync_service.working import Working

BEAT_S: Final = 5.0
"""How often a process beats (seconds)."""
SILENT_AFTER_S: Final = 3 * BEAT_S
"""A part that has not beaten for so long counts as stopped: three beats."""
HUNG_AFTER_S: Final = 60.0
"""A loop that has not come round for so long counts as hung: the longest wait for Kafka or the database is 30 s."""
GONE_AFTER_S: Final = 86_400.0
"""Rows of processes that ended so long ago are removed."""


class BookUnavailable(Exception):
    """The heartbeats cannot be written now; the next ones may be."""


class Beat(msgspec.Struct, frozen=True):
    """What one role of one process says of itself; ages are seconds, measured by the process's own steady clock."""

    part: str
    turn_age_s: float
    leads: bool | None
    did: str | None
    did_age_s: float | None
    position: int | None
    hindrances: dict[str, str]
    hindered_age_s: float | None


class PartBook(Protocol):
    """Keeps the latest heartbeat of every role of every process; times are the store's own."""

    def beat(self, instance: str, version: str, beats: Sequence[Beat]) -> None:
        """Write all of a process's heartbeats at once, and remove what is long gone; raises BookUnavailable."""

    def end(self, instance: str, why: str | None) -> None:
        """Note that the process has ended, and for a failure its reason; raises BookUnavailable."""


def instance_name() -> str:
    """A name for this process that no other has: host, process id and chance."""
    return f"{platform.node() or 'host'}-{os.getpid()}-{uuid4().hex[:6]}"


def beats_of(workings: Sequence[Working]) -> list[Beat]:
    """What the roles of this process say now."""
    beats = []
    for working in workings:
        if not working.is_looping:
            working.turn()
        now, did_at, hindered_at = working.clock(), working.did_at, working.hindered_at
        beats.append(
            Beat(
                part=working.part,
                turn_age_s=now - working.turned_at,
                leads=working.leads,
                did=working.did,
                did_age_s=None if did_at is None else now - did_at,
                position=working.position,
                hindrances=working.hindrances,
                hindered_age_s=None if hindered_at is None else now - hindered_at,
            )
        )
    return beats


@contextmanager
def beating(book: PartBook, workings: Sequence[Working], version: str, beat_s: float = BEAT_S) -> Iterator[str]:
    """Beat for these roles until left; gives the instance's name. An error that ends the block is told as the reason.

    A beat that cannot be written is left out: whoever cannot be heard counts as silent, which is what it is.
    """
    instance, stopping = instance_name(), threading.Event()
    thread = threading.Thread(
        target=_beat_on, args=(book, instance, version, workings, stopping, beat_s), name="heartbeat", daemon=True
    )
    thread.start()
    why: str | None = None
    try:
        yield instance
    except BaseException as error:
        why = type(error).__name__
        raise
    finally:
        stopping.set()
        thread.join(SILENT_AFTER_S)
        _tell_the_end(book, instance, why)


def _beat_on(
    book: PartBook,
    instance: str,
    version: str,
    workings: Sequence[Working],
    stopping: threading.Event,
    beat_s: float,
) -> None:
    while not stopping.is_set():
        began = time.monotonic()
        with suppress(BookUnavailable):
            book.beat(instance, version, beats_of(workings))
        stopping.wait(max(0.0, beat_s - (time.monotonic() - began)))


def _tell_the_end(book: PartBook, instance: str, why: str | None) -> None:
    with suppress(BookUnavailable):
        book.end(instance, why)
