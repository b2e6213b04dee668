"""What stands outside the database and names people, as files: cleaned before an erasure is stored, and after it."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING

import msgspec
import structlog

from sync_service.adapters.erasure_files import erase_lines, remove_mails
from sync_service.adapters.file_mailer import owner_of
from sync_service.adapters.postgres_erasing import mails_of, vacuum
from sync_service.erasures.ledger import Entry
from sync_service.publishing import FOLLOWER

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path
    from uuid import UUID

    from sync_service.adapters.postgres_database import Database
    from sync_service.erasures.ledger import Ledger
    from sync_service.event_store import EventStore
    from sync_service.footprints import Erased

log = structlog.get_logger(__name__)

PATIENCE_S = 2.0
LOOK_AGAIN_S = 0.05


class OutsideFiles:
    """Fits Outside. What is cleaned first cannot be found any more once the store has forgotten what to look for."""

    def __init__(self, database: Database, store: EventStore, ledger: Ledger, topics: Path, mails: Path) -> None:
        self._database, self._store, self._ledger = database, store, ledger
        self._topics, self._mails = topics, mails
        self._known_mails: set[UUID] = set()

    def before(self, erased: Erased) -> None:
        """Write the ledger's line first: whatever stops here, `erase --reapply` goes on from it."""
        begun = Entry.begun(erased)
        known = next((entry for entry in self._ledger.entries() if entry.id == begun.id), None)
        if known is None or known.is_done:
            self._ledger.add(begun)
        self._known_mails |= mails_of(self._database, list(erased.streams))
        self._count(erased, begun, is_done=False)

    def after(self, erased: Erased) -> None:
        """Clean what was written meanwhile, once the publisher has passed what it had read before."""
        self._wait_for_publisher()
        self._count(erased, Entry.begun(erased), is_done=True)
        self._known_mails.clear()
        vacuum(self._database)
        log.info("person.erased", streams=len(erased.streams))

    def finish(self, entry: Entry) -> None:
        """End an erasure that was interrupted once it was stored: what names the person was removed before that."""
        mails = remove_mails(self._mails, (), partial(self._is_of, entry.streams))
        vacuum(self._database)
        self._ledger.add(msgspec.structs.replace(entry, mails=entry.mails + mails, is_done=True))

    def _count(self, erased: Erased, begun: Entry, *, is_done: bool) -> None:
        """Clean, and note how much that was; what an interrupted attempt has cleaned counts too."""
        entry = next((entry for entry in self._ledger.entries() if entry.id == begun.id), begun)
        lines = erase_lines(self._topics, erased.footprints)
        mails = remove_mails(self._mails, self._known_mails, partial(self._is_of, erased.streams))
        if lines or mails or is_done:
            self._ledger.add(
                msgspec.structs.replace(
                    entry, lines=entry.lines + lines, mails=entry.mails + mails, is_done=is_done or entry.is_done
                )
            )

    def _is_of(self, streams: Collection[UUID], path: Path) -> bool:
        try:
            return owner_of(path, self._database.keys) in streams
        except (OSError, ValueError):  # gone meanwhile, or no mail of ours
            return False

    def _wait_for_publisher(self) -> None:
        """Wait a moment for a publisher that runs: it may be sending what it had read."""
        head = self._store.head()
        deadline = time.monotonic() + PATIENCE_S
        while 0 < self._store.followed(FOLLOWER) < head and time.monotonic() < deadline:
            time.sleep(LOOK_AGAIN_S)
