"""The secrets of a store: made with it, wrapped by the master key, and opened once a process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from sync_service.adapters.ciphers import new_key

if TYPE_CHECKING:
    import psycopg

    from sync_service.sealing import MasterKeys

KINDS = ("root", "index", "store")
_SELECT = b"SELECT number, kind, master, wrapped FROM sync_secrets ORDER BY number"


class NotSealed(RuntimeError):
    """The database holds events that an earlier version stored in the clear: this version does not read them."""

    def __init__(self) -> None:
        super().__init__("this store was made by a version that did not encrypt: publish its messages into a new one")


class Secrets(msgspec.Struct, frozen=True):
    """Opened secrets. `roots` are by number; the newest one wraps new keys."""

    roots: dict[int, bytes]
    index: bytes
    store: bytes

    @property
    def root(self) -> int:
        """The number of the newest root key."""
        return max(self.roots)


def read_secrets(cursor: psycopg.Cursor[Any], master: MasterKeys) -> Secrets | None:
    """The secrets of a store, None if it has none yet; raises MasterKeyMissing."""
    found = cursor.execute(b"SELECT to_regclass('sync_secrets')").fetchone()
    rows = cursor.execute(_SELECT).fetchall() if found and found[0] else []
    if not rows:
        return None
    roots, single = {}, {}
    for number, kind, key_id, wrapped in rows:
        secret = master.unwrap(key_id, wrapped)
        if kind == "root":
            roots[number] = secret
        else:
            single[kind] = secret
    return Secrets(roots, **single)


def make_secrets(cursor: psycopg.Cursor[Any], master: MasterKeys) -> None:
    """Make the secrets of a new store; raises NotSealed if it is not new."""
    found = cursor.execute(b"SELECT to_regclass('sync_events')").fetchone()
    if found and found[0]:
        row = cursor.execute(b"SELECT EXISTS (SELECT FROM sync_events)").fetchone()
        if row and row[0]:
            raise NotSealed
    master.current()
    for kind in KINDS:
        insert_secret(cursor, master, kind, new_key())


def insert_secret(cursor: psycopg.Cursor[Any], master: MasterKeys, kind: str, secret: bytes) -> None:
    """Keep one more secret."""
    key_id, wrapped = master.wrap(secret)
    cursor.execute(b"INSERT INTO sync_secrets (kind, master, wrapped) VALUES (%s, %s, %s)", [kind, key_id, wrapped])
