"""Rotates the master key: new secrets wrap the owners' keys, and a new master key wraps the secrets."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec
from psycopg import errors

from sync_service.adapters.ciphers import Seal, new_key
from sync_service.adapters.store_secrets import insert_secret

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    import psycopg

    from sync_service.adapters.postgres_database import Database
    from sync_service.adapters.store_secrets import Secrets
    from sync_service.sealing import MasterKeys

BATCH_KEYS = 5_000


class SecretShown(msgspec.Struct, frozen=True):
    """A secret as operators see it: never the secret itself. `owners` are those whose keys it wraps."""

    number: int
    kind: str
    master: str
    made_at: datetime
    owners: int


class KeyRotation:
    """Works beside running processes: they read the secrets again when they meet a key that they cannot open."""

    def __init__(self, database: Database, master: MasterKeys) -> None:
        self._db = database
        self._master = master

    def secrets(self) -> list[SecretShown]:
        """The store's secrets, by age."""
        with self._db.cursor() as cursor:
            cursor.execute(
                b"SELECT number, kind, master, made_at, (SELECT count(*) FROM sync_keys WHERE root = number)"
                b" FROM sync_secrets ORDER BY number"
            )
            return [SecretShown(*row) for row in cursor]

    def rotate(self, progress: Callable[[int], None] = lambda _: None) -> int:
        """Wrap everything anew, under a new root and the current master key; how many owners' keys. Can be repeated.

        The master key itself must have been renewed before (`MasterKeys.renew`), otherwise only the root is new.
        """
        self._wrap_secrets()
        secrets, done = self._db.secrets(), 0
        while moved := self._wrap_keys(secrets):
            done += moved
            progress(done)
        self._drop_roots(secrets.root)
        return done

    def _wrap_secrets(self) -> None:
        """Wrap every secret with the current master key, and make a new root if the newest one is in use."""
        with self._db.transaction() as cursor:
            cursor.execute(b"SELECT number, master, wrapped FROM sync_secrets ORDER BY number FOR UPDATE")
            for number, key_id, wrapped in cursor.fetchall():
                name, again = self._master.wrap(self._master.unwrap(key_id, wrapped))
                cursor.execute(
                    b"UPDATE sync_secrets SET master = %s, wrapped = %s WHERE number = %s", [name, again, number]
                )
            cursor.execute(
                b"SELECT EXISTS (SELECT FROM sync_keys WHERE root ="
                b" (SELECT max(number) FROM sync_secrets WHERE kind = 'root'))"
            )
            if (cursor.fetchone() or (True,))[0]:
                insert_secret(cursor, self._master, "root", new_key())
        self._db.keys.reload()

    def _wrap_keys(self, secrets: Secrets) -> int:
        """Wrap some keys with the newest root; how many."""
        seals = {number: Seal(key) for number, key in secrets.roots.items()}
        with self._db.transaction() as cursor:
            cursor.execute(
                b"SELECT owner, root, wrapped FROM sync_keys WHERE root <> %s LIMIT %s FOR UPDATE SKIP LOCKED",
                [secrets.root, BATCH_KEYS],
            )
            rows = cursor.fetchall()
            wrapped = [
                seals[secrets.root].seal(seals[root].open(key, owner.bytes), owner.bytes) for owner, root, key in rows
            ]
            _write(cursor, secrets.root, [row[0] for row in rows], wrapped)
        return len(rows)

    def _drop_roots(self, newest: int) -> None:
        """Remove the roots that wrap nothing; one that a running process has just used stays until the next time."""
        for secret in self.secrets():
            if secret.kind == "root" and secret.number != newest and not secret.owners:
                with self._db.cursor() as cursor:
                    try:
                        cursor.execute(b"DELETE FROM sync_secrets WHERE number = %s", [secret.number])
                    except errors.ForeignKeyViolation:
                        continue


def _write(cursor: psycopg.Cursor[Any], root: int, owners: list[UUID], wrapped: list[bytes]) -> None:
    cursor.execute(
        b"UPDATE sync_keys SET root = %s, wrapped = again.wrapped"
        b" FROM unnest(%s::uuid[], %s::bytea[]) AS again (owner, wrapped) WHERE sync_keys.owner = again.owner",
        [root, owners, wrapped],
    )
