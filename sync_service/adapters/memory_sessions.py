"""Sessions and links in memory, for tests: what PostgreSQL keeps, without the disk."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from datetime import datetime

    from sync_service.signing_in import Kept, Link


class MemorySessions:
    """Keeps sessions and links in dictionaries; fits SessionBook."""

    def __init__(self) -> None:
        self._sessions: dict[bytes, Kept] = {}
        self._links: dict[bytes, Link] = {}

    def begin(self, key: bytes, session: Kept) -> None:
        """Keep a new session."""
        self._sessions[key] = session

    def find(self, key: bytes) -> Kept | None:
        """The session, None if there is none."""
        return self._sessions.get(key)

    def touch(self, key: bytes, at: datetime) -> None:
        """Note that it was used."""
        if (known := self._sessions.get(key)) is not None:
            self._sessions[key] = msgspec.structs.replace(known, seen_at=at)

    def keep_case(self, key: bytes, case: str | None) -> None:
        """Note which case it is for."""
        if (known := self._sessions.get(key)) is not None:
            self._sessions[key] = msgspec.structs.replace(known, case=case)

    def end(self, key: bytes) -> None:
        """Forget it."""
        self._sessions.pop(key, None)

    def forget(self, now: datetime, unseen_since: datetime) -> None:
        """Drop what is over."""
        self._sessions = {
            key: one for key, one in self._sessions.items() if one.expires_at > now and one.seen_at > unseen_since
        }
        self._links = {key: one for key, one in self._links.items() if one.expires_at > now}

    def offer(self, key: bytes, link: Link) -> None:
        """Keep a new link."""
        self._links[key] = link

    def take(self, key: bytes) -> Link | None:
        """The link, which is gone from then on."""
        return self._links.pop(key, None)
