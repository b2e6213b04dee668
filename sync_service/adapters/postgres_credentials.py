"""Credentials on PostgreSQL: names and hashes, nothing that opens anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_service.access import Role
from sync_service.adapters.postgres_database import MIGRATION_LOCK, statements
from sync_service.credentials import Credential, CredentialRefused, Kind, Secret

if TYPE_CHECKING:
    from datetime import datetime
    from typing import Any

    import psycopg

    from sync_service.adapters.postgres_database import Database

_ALL = (
    b"SELECT name, kind, made_at, made_by, source, roles, last_used_at, revoked_at, revoked_by"
    b' FROM sync_credentials ORDER BY name COLLATE "C"'
)
_SECRETS = (
    b"SELECT name, digest, made_at, expires_at, certificate FROM sync_credential_secrets ORDER BY made_at, digest"
)
_ADD = (
    b"INSERT INTO sync_credentials (name, kind, source, roles, made_at, made_by) VALUES (%s, %s, %s, %s, %s, %s)"
    b" ON CONFLICT DO NOTHING"
)
_ADD_SECRET = (
    b"INSERT INTO sync_credential_secrets (digest, name, made_at, expires_at, certificate) VALUES (%s, %s, %s, %s, %s)"
)
_END_SECRETS = (
    b"UPDATE sync_credential_secrets SET expires_at = least(expires_at, %s) WHERE name = %s"  # least() passes over null
)
_FORGET_ENDED = b"DELETE FROM sync_credential_secrets WHERE name = %s AND expires_at <= %s"
_REVOKE = b"UPDATE sync_credentials SET revoked_at = %s, revoked_by = %s WHERE name = %s AND revoked_at IS NULL"
_USED = b"UPDATE sync_credentials SET last_used_at = %s WHERE name = %s AND coalesce(last_used_at < %s, true)"


class PostgresCredentials:
    """Keeps credentials; fits CredentialBook."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def migrate(self) -> None:
        """Make the tables if they are not there; safe to run again and by several processes at once."""
        with self._db.cursor() as cursor:
            cursor.execute(b"SELECT to_regclass('sync_credential_secrets') IS NOT NULL")
            if (cursor.fetchone() or (False,))[0]:
                return
        with self._db.transaction() as cursor:
            cursor.execute(b"SELECT pg_advisory_xact_lock(%d)" % MIGRATION_LOCK)
            with cursor.connection.cursor() as plain:
                plain.execute(statements("credentials.sql"))

    def add(self, credential: Credential) -> None:
        """Keep a new one with its first secret; raises CredentialRefused if the name was ever used."""
        name, roles = credential.name, sorted(credential.roles)
        row = [name, credential.kind, credential.source, roles, credential.made_at, credential.made_by]
        with self._db.transaction() as cursor:
            cursor.execute(_ADD, row)
            if cursor.rowcount == 0:
                raise CredentialRefused(f"the name {name} was used before; names are not used twice")
            for secret in credential.secrets:
                _add_secret(cursor, name, secret)

    def rotate(self, name: str, secret: Secret, old_until: datetime) -> None:
        """Add a secret, and let the present ones end; what has ended is forgotten. Raises CredentialRefused."""
        with self._db.transaction() as cursor:
            cursor.execute(b"SELECT FROM sync_credentials WHERE name = %s AND revoked_at IS NULL FOR UPDATE", [name])
            if cursor.rowcount == 0:
                raise CredentialRefused(_none_stands(name))
            cursor.execute(_END_SECRETS, [old_until, name])
            cursor.execute(_FORGET_ENDED, [name, secret.made_at])
            _add_secret(cursor, name, secret)

    def revoke(self, name: str, by: str, at: datetime) -> None:
        """End all secrets for good, and forget their hashes; raises CredentialRefused."""
        with self._db.transaction() as cursor:
            cursor.execute(_REVOKE, [at, by, name])
            if cursor.rowcount == 0:
                raise CredentialRefused(_none_stands(name))
            cursor.execute(b"DELETE FROM sync_credential_secrets WHERE name = %s", [name])

    def all(self) -> list[Credential]:
        """Every credential that ever was, by name."""
        kept: dict[str, list[Secret]] = {}
        with self._db.transaction() as cursor:
            for name, digest, *rest in cursor.execute(_SECRETS):
                kept.setdefault(name, []).append(Secret(bytes(digest), *rest))
            return [_credential(row, tuple(kept.get(row[0], ()))) for row in cursor.execute(_ALL)]

    def used(self, name: str, at: datetime) -> None:
        """Note when it was last used; of two instants the later stands."""
        with self._db.cursor() as cursor:
            cursor.execute(_USED, [at, name, at])


def _add_secret(cursor: psycopg.Cursor[Any], name: str, secret: Secret) -> None:
    cursor.execute(_ADD_SECRET, [secret.digest, name, secret.made_at, secret.expires_at, secret.certificate])


def _credential(row: tuple[Any, ...], kept: tuple[Secret, ...]) -> Credential:
    name, kind, made_at, made_by, source, roles, last_used_at, revoked_at, revoked_by = row
    return Credential(
        name=name,
        kind=Kind(kind),
        made_at=made_at,
        made_by=made_by,
        source=source,
        roles=frozenset(map(Role, roles)),
        secrets=kept,
        last_used_at=last_used_at,
        revoked_at=revoked_at,
        revoked_by=revoked_by,
    )


def _none_stands(name: str) -> str:
    return f"there is no credential {name} that stands"
