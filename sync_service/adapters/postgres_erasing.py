"""What an erasure changes in the database: rewritten events, new keys, dropped bytes, rows of views, notices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from psycopg.sql import SQL, Identifier

from sync_service.adapters.event_mapper import owner_of, state_of
from sync_service.adapters.postgres_rows import letters_of
from sync_service.adapters.sealed_comparisons import drop_examples

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    import psycopg

    from sync_service.adapters.key_ring import KeyRing, NewKeys
    from sync_service.adapters.postgres_database import Database
    from sync_service.event_store import Erasure, Work

_TABLES = ("sync_events", "sync_keys", "sync_parked", "sync_edited", "sync_notices")
_BY_OWNER = (
    b"SELECT schema.nspname, relation.relname FROM sync_views JOIN pg_namespace AS schema"
    b" ON schema.nspname = format('view_%s_%s', sync_views.view, sync_views.generation)"
    b" JOIN pg_class AS relation ON relation.relnamespace = schema.oid AND relation.relkind = 'r'"
    b" JOIN pg_attribute AS attribute ON attribute.attrelid = relation.oid AND attribute.attname = 'owner'"
    b" AND attribute.atttypid = 'uuid'::regtype AND NOT attribute.attisdropped ORDER BY 1, 2"
)


def sealing_for(
    cursor: psycopg.Cursor[Any], work: Work, keys: KeyRing, lock: Callable[[psycopg.Cursor[Any]], None]
) -> NewKeys:
    """What a transaction seals with: for an erasure new keys, made when nobody can write events or rows any more."""
    if work.erasure is None:
        return keys.writing(cursor, [*filter(None, map(owner_of, work.events)), *letters_of(work)])
    # A view's live generation first: who switches holds that one while another of the view's is brought up to it.
    cursor.execute(b"SELECT FROM sync_views ORDER BY view, state <> 'live', generation FOR UPDATE")
    lock(cursor)
    return keys.replaced(cursor, work.erasure.rekeyed)


def erase_in(cursor: psycopg.Cursor[Any], erasure: Erasure, keys: KeyRing, sealing: NewKeys) -> None:
    """Write all that an erasure changes, in the cursor's transaction; `sealing` has the new keys of the rekeyed."""
    cursor.executemany(
        b"UPDATE sync_events SET state = %s WHERE originator_id = %s AND originator_version = %s",
        [(state_of(event, sealing), event.stream, event.version) for event in erasure.rewritten],
    )
    keys.destroy(cursor, erasure.letters)
    cursor.execute(b"UPDATE sync_parked SET sealed = '' WHERE letter = ANY(%s)", [erasure.letters])
    cursor.execute(b"DELETE FROM sync_edited WHERE letter = ANY(%s)", [erasure.letters])
    _delete_rows(cursor, list(erasure.owners))
    if _exists(cursor, "sync_notices"):
        cursor.execute(b"DELETE FROM sync_notices WHERE owner = ANY(%s)", [list(erasure.rekeyed)])
    if _exists(cursor, "sync_rebuilds"):
        drop_examples(cursor, keys)


def mails_of(database: Database, streams: list[UUID]) -> set[UUID]:
    """The e-mails to the accounts with these streams."""
    with database.cursor() as cursor:
        if not _exists(cursor, "sync_notices"):
            return set()
        cursor.execute(b"SELECT mail FROM sync_notices WHERE owner = ANY(%s) AND mail IS NOT NULL", [streams])
        return {mail for (mail,) in cursor}


def vacuum(database: Database) -> None:
    """Give up the space in which rewritten and removed rows stood."""
    with database.cursor() as cursor:
        tables = [SQL("public.{}").format(Identifier(name)) for name in _TABLES if _exists(cursor, name)]
        cursor.execute(_BY_OWNER)
        tables += [SQL("{}.{}").format(Identifier(schema), Identifier(name)) for schema, name in cursor.fetchall()]
    with database.connection() as connection:
        for table in tables:
            connection.execute(SQL("VACUUM (SKIP_LOCKED) {}").format(table))


def _delete_rows(cursor: psycopg.Cursor[Any], owners: list[UUID]) -> None:
    """The rows of every generation, live or not: they are made anew when their view comes to the erasure."""
    cursor.execute(_BY_OWNER)
    for schema, name in cursor.fetchall():
        place = SQL("{}.{}").format(Identifier(schema), Identifier(name))
        cursor.execute(SQL("DELETE FROM {} WHERE owner = ANY(%s)").format(place), [owners])


def _exists(cursor: psycopg.Cursor[Any], table: str) -> bool:
    cursor.execute(b"SELECT to_regclass(%s) IS NOT NULL", [table])
    return bool((cursor.fetchone() or (False,))[0])
