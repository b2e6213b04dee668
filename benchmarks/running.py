"""Consumers as an operator starts them, each in a process of its own, and what their log says of every batch."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from sync_service.settings import PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import IO

    from sync_service.settings import Settings

COMMAND: Final = (str(Path(sys.executable).with_name("sync-service")), "run", "consumers")
END_TIMEOUT_S: Final = 60


class Said(msgspec.Struct, frozen=True):
    """A line of a consumer's log; the counts stand in those about batches."""

    event: str
    timestamp: datetime
    received: int = 0
    stored: int = 0

    @property
    def at_s(self) -> float:
        """When it was said (seconds since 1970)."""
        return self.timestamp.timestamp()


class RunningConsumers:
    """So many consumers of one group, and their finished batches, of each consumer in order."""

    def __init__(self, processes: int, settings: Settings) -> None:
        self._heard = threading.Condition()
        self.batches: list[list[Said]] = [[] for _ in range(processes)]
        self.received = self.conflicts = 0
        self._running = [
            subprocess.Popen(COMMAND, env=_environment(settings), stderr=subprocess.PIPE) for _ in range(processes)
        ]
        self._listeners = [
            threading.Thread(target=self._listen, args=(one.stderr, batches), daemon=True)
            for one, batches in zip(self._running, self.batches, strict=True)
        ]
        for listener in self._listeners:
            listener.start()

    @property
    def pids(self) -> list[int]:
        """The operating system's numbers of the consumers."""
        return [one.pid for one in self._running]

    def wait(self, received: int, timeout_s: float) -> bool:
        """Return when so many messages have been received together; False if they are not in time, or one has ended."""
        with self._heard:
            return self._heard.wait_for(lambda: self.received >= received or self._is_any_over(), timeout_s) and (
                self.received >= received
            )

    def stop(self) -> None:
        """End them in order, and wait until they have."""
        for one in self._running:
            one.send_signal(signal.SIGTERM)
        for one, listener in zip(self._running, self._listeners, strict=True):
            try:
                one.wait(END_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                one.kill()
            listener.join(END_TIMEOUT_S)

    def _is_any_over(self) -> bool:
        return any(not listener.is_alive() for listener in self._listeners)

    def _listen(self, log: IO[bytes], batches: list[Said]) -> None:
        """Take in what one of them says; what is no line of its log is shown as it is."""
        for line in log:
            try:
                said = msgspec.json.decode(line, type=Said)
            except msgspec.DecodeError:
                sys.stderr.write(line.decode(errors="replace"))
                continue
            with self._heard:
                self.conflicts += said.event == "batch.conflicted"
                if said.event == "batch.received":
                    batches.append(said)
                    self.received += said.received
                    self._heard.notify_all()
        with self._heard:
            self._heard.notify_all()


@contextmanager
def running_consumers(processes: int, settings: Settings) -> Iterator[RunningConsumers]:
    """Consumers that are ended in the end, whatever happens."""
    consumers = RunningConsumers(processes, settings)
    try:
        yield consumers
    finally:
        consumers.stop()


def _environment(settings: Settings) -> dict[str, str]:
    """This process's own, with the settings that somebody chose."""
    chosen = {f"{PREFIX}{name.upper()}": str(getattr(settings, name)) for name in settings.model_fields_set}
    return {**os.environ, **chosen, "SYNC_LOG_FORMAT": "json"}
