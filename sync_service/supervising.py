"""Runs the roles of one process together: each in a thread of its own, with heartbeats, until one of them fails."""

from __future__ import annotations

import threading
from contextlib import closing, contextmanager
from functools import partial
from importlib.metadata import version
from typing import TYPE_CHECKING, Protocol

import structlog

from sync_service import working
from sync_service.adapters.postgres_database import CONNECTION_LOST, StoreUnavailable
from sync_service.operations.beating import beating
from sync_service.operations.unread import look_on
from sync_service.working import Watched, Working

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from sync_service.adapters.postgres_parts import PostgresParts
    from sync_service.operations.unread import SourceEnd
    from sync_service.settings import Settings

    Act = Callable[[threading.Event], None]

log = structlog.get_logger(__name__)


class Sources(Protocol):
    """Whoever can look where the sources end."""

    def ends(self) -> Sequence[SourceEnd]:
        """Where they end now."""

    def close(self) -> None:
        """Let go of what is held open."""


LOST_PAUSE_S = 1.0


def supervise(
    acts: Mapping[str, Act],
    workings: Sequence[Working],
    stopping: threading.Event,
    parts: PostgresParts,
    sources: Sources | None = None,
) -> None:
    """Run these roles until told to stop; the first error of any of them ends all, and is raised.

    Heartbeats say meanwhile what each is at. With `sources` a thread looks how much they hold that is not read.
    """
    by_part = {one.part: one for one in workings}
    work = {role: partial(_act_as, by_part[role], act, Watched(stopping, by_part[role])) for role, act in acts.items()}
    with beating(parts, workings, version("sync-service")), _looking(parts, sources):
        run_together(work, stopping)


@contextmanager
def exporting(workings: Sequence[Working], settings: Settings) -> Iterator[None]:
    """Let Prometheus ask this process what its own roles do, if a port is set for that."""
    if settings.metrics_port is None:
        yield
        return
    from sync_service.console.metrics import export  # noqa: PLC0415 - only who exports needs it

    with export(workings, settings.metrics_host, settings.metrics_port):
        yield


def _act_as(role: Working, act: Act, watched: Watched) -> None:
    working.begin(role)
    act(watched)


@contextmanager
def _looking(parts: PostgresParts, sources: Sources | None) -> Iterator[None]:
    stopping = threading.Event()
    if sources is not None:
        threading.Thread(target=_look, args=(parts, sources, stopping), name="source-ends", daemon=True).start()
    try:
        yield
    finally:
        stopping.set()


def _look(parts: PostgresParts, sources: Sources, stopping: threading.Event) -> None:
    with closing(sources):
        look_on(parts, partial(_seen, sources), stopping)


def _seen(sources: Sources) -> Sequence[SourceEnd]:
    """The ends, none while the stored positions cannot be asked for."""
    try:
        return sources.ends()
    except (StoreUnavailable, *CONNECTION_LOST):
        return ()


def run_together(work: Mapping[str, Callable[[], None]], stopping: threading.Event) -> None:
    """Run each in a thread of its own until all have ended; the first error stops the others, and is raised."""
    errors: list[BaseException] = []

    def guarded(role: str, act: Callable[[], None]) -> None:
        log.info("role.started", role=role)
        try:
            _persist(role, act, stopping)
        except BaseException as error:  # noqa: BLE001 - an entry point: told to the caller, who raises it
            errors.append(error)
            stopping.set()
        log.info("role.stopped", role=role)

    threads = [threading.Thread(target=guarded, args=item, name=item[0], daemon=True) for item in work.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        while thread.is_alive():
            thread.join(0.2)  # in slices, so that signals are seen
    if errors:
        raise errors[0]


def _persist(role: str, act: Callable[[], None], stopping: threading.Event) -> None:
    """Begin the role again when a connection was lost: what it had not stored it finds again from its position."""
    while not stopping.is_set():
        try:
            return act()
        except CONNECTION_LOST as lost:
            log.warning("database.lost", role=role, error=type(lost).__name__)
            stopping.wait(LOST_PAUSE_S)
    return None
