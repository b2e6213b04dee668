"""The event store on PostgreSQL: the eventsourcing library's recorder, and all else in the same transaction."""

from __future__ import annotations

from contextlib import contextmanager
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import psycopg
from eventsourcing.postgres import PostgresApplicationRecorder
from psycopg import errors
from psycopg.sql import SQL

from sync_service.adapters.binary_copy import copy_in
from sync_service.adapters.event_mapper import event_rows
from sync_service.adapters.hidden_ids import Ids
from sync_service.adapters.postgres_database import MIGRATION_LOCK, Database, StoreUnavailable, statements
from sync_service.adapters.postgres_erasing import erase_in, sealing_for
from sync_service.adapters.postgres_letters import StoredLetters
from sync_service.adapters.postgres_rows import (
    count_flows,
    insert_messages,
    insert_parked,
    move_places,
    verify_versions,
)
from sync_service.adapters.postgres_streams import WholeStreams
from sync_service.event_store import Conflict, MessageCounts, Work, idle

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
    from datetime import datetime
    from uuid import UUID

    from sync_service.adapters.key_ring import KeyRing, NewKeys
    from sync_service.aggregates.aggregate import Event
    from sync_service.event_store import Append

EVENTS_TABLE = "sync_events"
ORDER_LOCK = 727_273
"""The advisory lock of whoever writes events, from before their positions are drawn to the commit."""
_SERIALISATION = (
    errors.UniqueViolation,
    errors.DeadlockDetected,
    errors.SerializationFailure,
)
"""What PostgreSQL says when two writers meet."""


class EventRecorder(PostgresApplicationRecorder):
    """The library's recorder on our tables; rows go in by COPY, and writers wait for each other at a lock of ours."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, events_table_name=EVENTS_TABLE)
        wanted = (b"CREATE TABLE", b"CREATE UNIQUE INDEX")
        self.sql_create_statements = [
            statement for statement in self.sql_create_statements if statement.as_bytes(None).startswith(wanted)
        ]
        self.lock_table_statements = [  # the table's own exclusive lock would make writers wait for a vacuum
            SQL("SELECT pg_advisory_xact_lock({})").format(ORDER_LOCK),
        ]

    def insert_in(
        self,
        cursor: psycopg.Cursor[Any],
        rows: Iterable[bytes],
        recorded_at: datetime,
        meanwhile: Callable[[], object] = idle,
    ) -> int:
        """Insert events under the writers' lock, which the caller's transaction holds to its end; the last position."""
        columns = b"originator_id, originator_version, topic, state"
        copy_in(cursor, b"COPY %s (%s) FROM STDIN (FORMAT BINARY)" % (EVENTS_TABLE.encode(), columns), rows, meanwhile)
        cursor.execute(
            b"INSERT INTO sync_transactions VALUES (currval('sync_events_notification_id_seq'), %s)"
            b" RETURNING last_position, pg_notify(%s, '')",
            [recorded_at, self.channel_name],
        )
        return int(_value(cursor))

    def lock_in(self, cursor: psycopg.Cursor[Any]) -> None:
        """Take the lock that makes commit order the order of positions."""
        self._lock_table(cursor)


class Appending:
    """Appends within a transaction; fits Append."""

    def __init__(self, cursor: psycopg.Cursor[Any], recorder: EventRecorder, keys: KeyRing) -> None:
        self._cursor, self._recorder, self._keys = cursor, recorder, keys
        self._sealing: NewKeys | None = None

    def lock(self) -> None:
        """Keep other writers out from now on."""
        self._recorder.lock_in(self._cursor)

    def __call__(self, work: Work, meanwhile: Callable[[], object] = idle) -> int:
        """Write all of it; the last position."""
        cursor, identifiers = self._cursor, self._keys.identifiers
        sealing = self._sealing = sealing_for(cursor, work, self._keys, self._recorder.lock_in)
        rows = cache(partial(event_rows, work.events, sealing, identifiers))  # made while the server has the messages
        insert_messages(cursor, work, identifiers, rows)
        insert_parked(cursor, work, sealing)
        last = 0
        if work.events or work.relied_on:
            self.lock()
            verify_versions(cursor, work.relied_on)
        if work.events:
            sealing.insert(cursor)
            last = self._recorder.insert_in(cursor, rows(), work.recorded_at, meanwhile)
        if work.erasure is not None:
            erase_in(cursor, work.erasure, self._keys, sealing)
        move_places(cursor, work)
        count_flows(cursor, work)
        return last

    def keep(self) -> None:
        """After the commit, the new keys are at hand."""
        if self._sealing is not None:
            self._sealing.keep()


class PostgresStore(WholeStreams, StoredLetters):
    """Keeps everything in PostgreSQL; fits EventStore."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._keys = database.keys
        self._recorder = EventRecorder(database)

    @property
    def recorder(self) -> EventRecorder:
        """The library's recorder, for what reads the log with the library's own means."""
        return self._recorder

    def migrate(self) -> None:
        """Make the tables that are not there; safe to run again and by several processes at once."""
        with self._db.transaction() as cursor:
            cursor.execute(b"SELECT pg_advisory_xact_lock(%d)" % MIGRATION_LOCK)
            for statement in self._recorder.sql_create_statements:
                cursor.execute(statement, prepare=False)
            with cursor.connection.cursor() as plain:
                plain.execute(statements("tables.sql"))

    def is_migrated(self) -> bool:
        """Whether the tables are there, with the newest of their columns."""
        with self._db.cursor() as cursor:
            cursor.execute(
                b"SELECT to_regclass('sync_parked_undecided') IS NOT NULL AND EXISTS (SELECT FROM pg_attribute"
                b" WHERE attrelid = to_regclass('sync_flows') AND attname = 'parked') AND EXISTS (SELECT FROM pg_class"
                b" WHERE oid = to_regclass('sync_transactions') AND reloptions IS NOT NULL)"
            )
            return bool(_value(cursor))

    def load(self, streams: Collection[UUID], until: int | None = None) -> dict[UUID, list[Event]]:
        """The events of these streams, at or before the position `until`."""
        condition = "originator_id = ANY(%s)"
        params: list[object] = [Ids(streams)]
        if until is not None:
            condition += " AND notification_id <= %s"
            params.append(until)
        return dict(self._runs(f"{condition} ORDER BY originator_id, originator_version", params))

    def seen(self, messages: Collection[UUID]) -> dict[UUID, UUID]:
        """The contents of those messages that are stored, by key."""
        with self._db.cursor() as cursor:
            cursor.execute(b"SELECT message, content FROM sync_messages WHERE message = ANY(%s)", [Ids(messages)])
            return dict(cursor.fetchall())

    def positions(self, places: Collection[str]) -> dict[str, int]:
        """Where reading goes on in these places."""
        with self._db.cursor() as cursor:
            cursor.execute(b"SELECT place, next_offset FROM sync_places WHERE place = ANY(%s)", [list(places)])
            return dict(cursor.fetchall())

    def known_places(self, prefix: str) -> dict[str, int]:
        """Where reading goes on in every place whose name begins with the prefix."""
        with self._db.cursor() as cursor:
            cursor.execute(b"SELECT place, next_offset FROM sync_places WHERE starts_with(place, %s)", [prefix])
            return dict(cursor.fetchall())

    def append(self, work: Work, meanwhile: Callable[[], object] = idle) -> int:
        """Write all of it or nothing; a lost connection leaves it unknown which, and is a conflict like any other."""
        with self._writing() as append:
            return append(work, meanwhile)

    @contextmanager
    def alone(self) -> Iterator[Append]:
        """Hold the writers' lock; what is looked at meanwhile goes by other connections."""
        with self._writing() as append:
            append.lock()
            yield append

    @contextmanager
    def _writing(self) -> Iterator[Appending]:
        """A transaction that appends, with what PostgreSQL says of other writers told as a conflict."""
        try:
            with self._db.transaction() as cursor:
                appending = Appending(cursor, self._recorder, self._keys)
                yield appending
        except errors.ForeignKeyViolation as error:  # the keys were rotated meanwhile
            self._keys.reload()
            raise Conflict from error
        except _SERIALISATION as error:
            raise Conflict from error
        except psycopg.OperationalError as error:
            if not isinstance(error, errors.AdminShutdown | errors.CrashShutdown) and error.sqlstate is not None:
                raise StoreUnavailable(str(error)) from error
            raise Conflict from error
        appending.keep()

    def read(self, after: int, limit: int) -> list[Event]:
        """The events after a position, in the log's order."""
        runs = self._runs("notification_id > %s ORDER BY notification_id LIMIT %s", [after, limit])
        return [event for _, events in runs for event in events]

    def head(self) -> int:
        """The position of the newest event."""
        with self._db.cursor() as cursor:
            cursor.execute(b"SELECT coalesce(max(notification_id), 0) FROM sync_events")
            return int(_value(cursor))

    def position_at(self, moment: datetime) -> int:
        """The position of the last event recorded at or before the moment."""
        with self._db.cursor() as cursor:
            cursor.execute(
                b"SELECT coalesce(max(last_position), 0) FROM sync_transactions WHERE recorded_at <= %s", [moment]
            )
            return int(_value(cursor))

    def counts(self) -> MessageCounts:
        """What was received and what became of it."""
        with self._db.cursor() as cursor:
            cursor.execute(
                b"SELECT (SELECT coalesce(sum(received), 0)::bigint FROM sync_places),"
                b" (SELECT count(*) FROM sync_messages),"
                b" (SELECT coalesce(sum(repeats), 0)::bigint FROM sync_places),"
                b" (SELECT count(*) FROM sync_messages WHERE refused),"
                b" (SELECT count(*) FROM sync_parked WHERE NOT retried)"
            )
            row = cursor.fetchone()
        return MessageCounts(*row) if row else MessageCounts(0, 0, 0, 0, 0)

    def followed(self, follower: str) -> int:
        """How far a follower of the log has come."""
        with self._db.cursor() as cursor:
            cursor.execute(b"SELECT position FROM sync_followers WHERE follower = %s", [follower])
            row = cursor.fetchone()
        return int(row[0]) if row else 0

    def follow(self, follower: str, position: int) -> None:
        """Store how far a follower of the log has come, without waiting for the disk.

        A follower that finds an older position after a crash of the server does again what it did, as after a kill.
        """
        with self._db.cursor() as cursor:
            cursor.execute(
                b"WITH soon AS (SELECT set_config('synchronous_commit', 'off', true))"
                b" INSERT INTO sync_followers SELECT %s, %s::bigint, clock_timestamp() FROM soon ON CONFLICT (follower)"
                b" DO UPDATE SET position = excluded.position, said_at = excluded.said_at",
                [follower, position],
            )

    def followers(self) -> Mapping[str, tuple[int, datetime]]:
        """How far every follower has come, and when it last said so."""
        with self._db.cursor() as cursor:
            cursor.execute(b"SELECT follower, position, said_at FROM sync_followers ORDER BY follower")
            return {follower: (position, said_at) for follower, position, said_at in cursor}


def _value(cursor: psycopg.Cursor[Any]) -> Any:  # noqa: ANN401 - whatever the statement gives
    row = cursor.fetchone()
    return row[0] if row else None
