"""The keys of a store at hand: seals and opens what is personal, and keeps each owner's key in the database."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from sync_service.adapters.ciphers import Hashes, Identifiers, Seal, derived, new_key
from sync_service.adapters.hidden_ids import Ids
from sync_service.sealing import KeyDestroyed, SealBroken

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable
    from contextlib import AbstractContextManager
    from uuid import UUID

    import psycopg

    from sync_service.adapters.store_secrets import Secrets

    Cursors = Callable[[], AbstractContextManager[psycopg.Cursor[Any]]]

KEYS_MAX = 32_768
"""About how many owners' keys stay at hand: ready to seal with, each takes 4 KB."""

NOBODY = b"nobody"
"""What stands for the owner in the context of what is sealed with the store's own key."""


class NewKeys:
    """What one transaction seals with; fits Sealer. Its new keys are at hand for others once it is committed."""

    def __init__(self, ring: KeyRing, seals: dict[UUID, Seal], rows: list[tuple[UUID, int, bytes]]) -> None:
        self._ring = ring
        self._seals = seals
        self._rows = rows
        self.open = ring.open
        self.hashed = ring.hashed

    def seal(self, owner: UUID | None, plain: bytes, *context: bytes) -> bytes:
        """Seal with the owner's key."""
        return self.seal_of(owner).seal(plain, *context, NOBODY if owner is None else owner.bytes)

    def seal_of(self, owner: UUID | None) -> Seal:
        """What seals with the owner's key; the owner itself is to stand last in the context."""
        made = self._seals.get(owner) if owner else None
        return made or self._ring.seal_of(owner)

    def insert(self, cursor: psycopg.Cursor[Any]) -> None:
        """Store the new keys; a key that somebody else has stored meanwhile is a conflict."""
        if self._rows:
            with cursor.copy(b"COPY sync_keys FROM STDIN (FORMAT BINARY)") as copy:
                copy.set_types(("uuid", "int4", "bytea"))
                for row in self._rows:
                    copy.write_row(row)

    def keep(self) -> None:
        """The transaction is committed: have its keys at hand."""
        self._ring.keep(self._seals)


class KeyRing:
    """Fits Sealer. Several threads may use it; an owner's key that was replaced elsewhere is fetched again."""

    def __init__(self, cursors: Cursors, read: Callable[[], Secrets]) -> None:
        self._cursors = cursors
        self._read = read
        self._guard = threading.Lock()
        self._seals: dict[UUID, Seal] = {}
        self._older: dict[UUID, Seal] = {}
        self.reload()

    def reload(self) -> None:
        """Read the store's secrets again: the master key was rotated."""
        self._secrets = self._read()
        self._roots = {number: Seal(key) for number, key in self._secrets.roots.items()}
        self._store = Seal(self._secrets.store)
        self._hashes = Hashes(derived(self._secrets.index, "sync look-ups"))
        self.identifiers = Identifiers(self._secrets.index)
        self.hashed = self._hashes.hashed

    def derived(self, purpose: str) -> bytes:
        """A key of this store for another purpose (up to 16 characters)."""
        return derived(self._secrets.index, purpose)

    def seal(self, owner: UUID | None, plain: bytes, *context: bytes) -> bytes:
        """Seal with a key that the owner has already; raises KeyDestroyed if there is none."""
        return self.seal_of(owner).seal(plain, *context, NOBODY if owner is None else owner.bytes)

    def open(self, owner: UUID | None, sealed: bytes, *context: bytes) -> bytes:
        """What was sealed; raises KeyDestroyed or SealBroken."""
        place = (*context, NOBODY if owner is None else owner.bytes)
        try:
            return self.seal_of(owner).open(sealed, *place)
        except KeyDestroyed:
            if owner is None:
                raise SealBroken from None
        self.drop([owner])
        return self.seal_of(owner).open(sealed, *place)

    def fetch(self, owners: Iterable[UUID]) -> None:
        """Have these owners' keys at hand, with one question for those that are not."""
        missing = [owner for owner in set(owners) if self._at_hand(owner) is None]
        if missing:
            with self._cursors() as cursor:
                self.keep(self._fetched(cursor, missing))

    def writing(self, cursor: psycopg.Cursor[Any], owners: Iterable[UUID]) -> NewKeys:
        """What a transaction seals with: the keys at hand, and new ones for those owners that have none."""
        missing = [owner for owner in dict.fromkeys(owners) if self._at_hand(owner) is None]
        found = self._fetched(cursor, missing) if missing else {}
        self.keep(found)
        return self._new_keys([owner for owner in missing if owner not in found])

    def replaced(self, cursor: psycopg.Cursor[Any], owners: Collection[UUID]) -> NewKeys:
        """Destroy these owners' keys, in the cursor's transaction, and make new ones."""
        self.destroy(cursor, owners)
        return self._new_keys(owners)

    def destroy(self, cursor: psycopg.Cursor[Any], owners: Collection[UUID]) -> None:
        """Destroy these owners' keys: what was sealed with them is lost for good."""
        cursor.execute(b"DELETE FROM sync_keys WHERE owner = ANY(%s)", [list(owners)])
        self.drop(owners)

    def drop(self, owners: Iterable[UUID]) -> None:
        """Forget owners' keys; they are fetched again when they are needed."""
        with self._guard:
            for owner in owners:
                self._seals.pop(owner, None)
                self._older.pop(owner, None)

    def seal_of(self, owner: UUID | None) -> Seal:
        """What seals and opens with the owner's key; the owner itself is to stand last in the context.

        Raises KeyDestroyed.
        """
        if owner is None:
            return self._store
        found = self._at_hand(owner)
        if found is None:
            self.fetch([owner])
            found = self._at_hand(owner)
            if found is None:
                raise KeyDestroyed
        return found

    def _at_hand(self, owner: UUID) -> Seal | None:
        """The owner's key if it is here; it stays longer for being asked for."""
        found = self._seals.get(owner)
        if found is None:
            with self._guard:
                found = self._older.get(owner)
                if found is not None:
                    self._have({owner: found})
        return found

    def _fetched(self, cursor: psycopg.Cursor[Any], owners: list[UUID]) -> dict[UUID, Seal]:
        cursor.execute(b"SELECT owner, root, wrapped FROM sync_keys WHERE owner = ANY(%s)", [Ids(owners)])
        rows = cursor.fetchall()
        if any(root not in self._roots for _, root, _ in rows):
            self.reload()
        return {owner: Seal(self._roots[root].open(wrapped, owner.bytes)) for owner, root, wrapped in rows}

    def _new_keys(self, owners: Collection[UUID]) -> NewKeys:
        root = self._secrets.root
        keys = {owner: new_key() for owner in sorted(owners)}
        rows = [(owner, root, self._roots[root].seal(key, owner.bytes)) for owner, key in keys.items()]
        return NewKeys(self, {owner: Seal(key) for owner, key in keys.items()}, rows)

    def keep(self, seals: dict[UUID, Seal]) -> None:
        """Have keys at hand. When there are too many, those go that nobody asked for since the last time."""
        with self._guard:
            self._have(seals)

    def _have(self, seals: dict[UUID, Seal]) -> None:
        self._seals |= seals
        if len(self._seals) > KEYS_MAX // 2:
            self._older, self._seals = self._seals, {}
