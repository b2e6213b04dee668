"""Lets other Pythons of this machine fill parts of empty views: each with connections and keys of its own.

They live as long as there is something to fill, and no longer than the one that started them.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
from importlib.metadata import version
from threading import Thread
from typing import TYPE_CHECKING

import msgspec
import structlog

from sync_service.adapters.postgres_database import Database
from sync_service.adapters.postgres_store import PostgresStore
from sync_service.adapters.postgres_views import PostgresViews
from sync_service.collecting import collect_rarely
from sync_service.projections.filling_parts import Filling, Parts
from sync_service.projections.registry import VIEWS
from sync_service.sealing import MasterKeys

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sync_service.projections.view_store import Generation


class Opening(msgspec.Struct, frozen=True):
    """How one of a crew comes to the store; it goes through a pipe, and stands in no command line and no file."""

    conninfo: str
    master: MasterKeys
    timeout_s: float
    version: str


class AnotherVersion(RuntimeError):
    """What is installed is not what runs: their rows may differ, and no generation may hold rows of both."""


class FillingCrew:
    """So many Pythons that are started when they are first needed; fits Crew."""

    def __init__(self, opening: Callable[[], Opening], size: int) -> None:
        self._opening = opening
        self._pool: ProcessPoolExecutor | None = None
        self.size = size

    def fill(self, generations: Sequence[Generation], filling: Filling, number: int) -> Future[int]:
        """Let one of them fill a part; how many events it has. What ends one of them ends the work of all."""
        if self._pool is None:
            spawn = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(self.size, spawn, _Member.begin, (self._opening(),))
        try:
            return self._pool.submit(_Member.fill, tuple(generations), filling, number)
        except (BrokenExecutor, OSError) as error:
            broken: Future[int] = Future()
            broken.set_exception(error)
            return broken

    def rest(self) -> None:
        """End them, each after its part."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
            self._pool = None


class _Member:
    """What each of them keeps from one part to the next."""

    store: PostgresStore
    views: PostgresViews
    parts: tuple[tuple[Generation, ...], Parts] | None = None

    @classmethod
    def begin(cls, opening: Opening) -> None:
        """Called once in each: whoever started it says when to end, and is ended from the terminal itself."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        Thread(target=_end_with_the_one_that_started_it, daemon=True).start()
        if version("sync-service") != opening.version:
            raise AnotherVersion
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
        database = Database(opening.conninfo, master=opening.master, timeout_s=opening.timeout_s)
        cls.store, cls.views = PostgresStore(database), PostgresViews(database, VIEWS.values())
        collect_rarely()

    @classmethod
    def fill(cls, generations: tuple[Generation, ...], filling: Filling, number: int) -> int:
        """Fill a part; the activities that others of the same generations needed are still at hand."""
        if cls.parts is None or cls.parts[0] != generations:
            targets = [(VIEWS[one.view], one) for one in generations]
            cls.parts = generations, Parts(cls.store, cls.views, targets, filling)
        parts = cls.parts[1]
        return parts.fill(number, parts.read(number))


def _end_with_the_one_that_started_it() -> None:
    """End at once when it was killed: it could no longer say so."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
