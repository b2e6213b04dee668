"""The anchor of the audit log: a small file, away from the database, that only moves forward."""

from __future__ import annotations

import fcntl
import json
import os
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import structlog

from sync_service.audit_chain import Anchor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

log = structlog.get_logger(__name__)

TOLD_EVERY_S = 60.0
FILE_MODE = 0o600


class AnchorMalformed(OSError):
    """The file holds no anchor; somebody or something has overwritten it."""


class AnchorFile:
    """Keeps the newest number and link; several processes of a machine may share it.

    It is cast anew after every append, so that no row can be cut off unseen. The service's log says so now and then
    (`audit.anchored`): a third place, wherever logs are collected.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._told_at = float("-inf")

    def read(self) -> Anchor | None:
        """The anchor, None where none was cast yet; raises OSError."""
        try:
            written = self.path.read_bytes()
        except FileNotFoundError:
            return None
        try:
            found = json.loads(written)
            return Anchor(int(found["number"]), bytes.fromhex(found["link"]))
        except (ValueError, KeyError, TypeError):
            raise AnchorMalformed(0, "holds no anchor of the audit log", str(self.path)) from None

    def advance(self, tip: Anchor, link_at: Callable[[int], bytes | None]) -> None:
        """Move the anchor to the newest row, unless another process has moved it further.

        It stays where it is if the log no longer holds the row that it names (`link_at` gives a row's link), or if it
        cannot be understood: then somebody tampered, and `check` is to find that. Raises OSError if it cannot be
        written.
        """
        with self._locked():
            try:
                anchored = self.read()
            except AnchorMalformed:
                log.error("audit.anchor_broken", anchored=None, newest=tip.number)  # noqa: TRY400 - no traceback helps
                return
            if anchored is not None and anchored.number >= tip.number:
                return
            if anchored is not None and link_at(anchored.number) != anchored.link:
                log.error("audit.anchor_broken", anchored=anchored.number, newest=tip.number)
                return
            if anchored is None and tip.number > 1:
                log.warning("audit.anchor_made", newest=tip.number)
            self._write(tip)
        self._tell(tip)

    def force(self, tip: Anchor) -> None:
        """Move the anchor to this row wherever it was."""
        with self._locked():
            self._write(tip)
        log.warning("audit.anchor_forced", newest=tip.number)

    def _write(self, tip: Anchor) -> None:
        """Write it whole or not at all; it is on disk when this returns."""
        written = json.dumps({"number": tip.number, "link": tip.link.hex()}) + "\n"
        beside = self.path.with_name(f"{self.path.name}.{os.getpid()}.new")
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, FILE_MODE)
        with os.fdopen(descriptor, "w") as file:
            file.write(written)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self.path)

    def _tell(self, tip: Anchor) -> None:
        if time.monotonic() - self._told_at >= TOLD_EVERY_S:
            self._told_at = time.monotonic()
            log.info("audit.anchored", number=tip.number, link=tip.link.hex())

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        beside = self.path.with_name(f"{self.path.name}.lock")
        descriptor = os.open(beside, os.O_RDWR | os.O_CREAT, FILE_MODE)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)
