"""Puts the rows of a backup into PostgreSQL: into a store that holds nothing, or in the place of one that goes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Self

import psycopg
from psycopg.sql import SQL, Identifier

from sync_service.adapters.postgres_backup import kept_tables, place_of
from sync_service.adapters.postgres_database import statements
from sync_service.adapters.store_secrets import read_secrets
from sync_service.backups.archive import rows_of
from sync_service.backups.manifest import BackupRefused, TableShape

if TYPE_CHECKING:
    from types import TracebackType
    from zipfile import ZipFile

    from sync_service.adapters.store_secrets import Secrets
    from sync_service.backups.archive import Told
    from sync_service.backups.manifest import Manifest
    from sync_service.sealing import MasterKeys

SECRETS: Final = "sync_secrets"

_OTHERS: Final = (
    b"SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    b" AND backend_type = 'client backend'"
)
_REFERENCES: Final = (
    b"SELECT conrelid::regclass::text, confrelid::regclass::text FROM pg_constraint"
    b" WHERE contype = 'f' AND conrelid <> confrelid AND starts_with(conrelid::regclass::text, 'sync_')"
)
_AFTERWARDS: Final = (
    # The mails of the time after the backup are forgotten: the notifier finds another store than it knows, and holds
    # back whatever may have been sent.
    (
        b"INSERT INTO sync_notice_marks (since, store) VALUES (clock_timestamp(), '')"
        b" ON CONFLICT (is_only) DO UPDATE SET store = ''"
    ),
    # Half-made generations of views are not in a backup.
    (
        b"UPDATE sync_rebuilds SET state = 'cancelled', error = 'generation_gone', ended_at = clock_timestamp(),"
        b" changed_at = clock_timestamp() WHERE ended_at IS NULL"
    ),
)


class RestoreTarget:
    """The database that a backup is put into, over one connection of its own; nobody else may use it meanwhile."""

    def __init__(self, conninfo: str) -> None:
        self._connection: psycopg.Connection[Any] = psycopg.connect(conninfo, autocommit=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._connection.close()

    def others(self) -> int:
        """How many others are connected to the database."""
        return int(self._value(_OTHERS))

    def held(self) -> dict[str, int]:
        """How many rows it holds, by table; secrets alone are those of a store that was never used."""
        counts = {
            table.name: int(self._value(SQL("SELECT count(*) FROM {}").format(Identifier(table.name))))
            for table in kept_tables(self._connection)
            if table.name != SECRETS
        }
        return {table: count for table, count in counts.items() if count}

    def clear(self) -> None:
        """Drop all tables of ours, views with them: what is restored begins from nothing."""
        with self._connection.transaction():
            if self._value(b"SELECT to_regclass('sync_views') IS NOT NULL"):
                generations = self._connection.execute(b"SELECT view, generation FROM sync_views").fetchall()
                for view, generation in generations:
                    schema = Identifier(f"view_{view}_{generation}")
                    self._connection.execute(SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(schema))
            tables = self._connection.execute(
                b"SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace"
                b" AND relkind IN ('r', 'p') AND starts_with(relname, 'sync_')"
            ).fetchall()
            for (table,) in tables:
                self._connection.execute(SQL("DROP TABLE IF EXISTS {} CASCADE").format(Identifier(table)))

    def secrets_in(self, archive: ZipFile, manifest: Manifest, master: MasterKeys) -> Secrets:
        """The secrets of the store that the backup is of; nothing is written.

        Raises MasterKeyMissing if the master key at hand is not the one that wraps them.
        """
        with self._connection.transaction(force_rollback=True), self._connection.cursor() as cursor:
            cursor.execute(b"SET LOCAL search_path = pg_temp")
            cursor.execute(statements("keys.sql"))
            self._copy_in(archive, _secrets(manifest))
            found = read_secrets(cursor, master)
        if found is None:
            raise BackupRefused("it holds no secrets, so nothing in it could ever be opened")
        return found

    def put_secrets(self, archive: ZipFile, manifest: Manifest) -> None:
        """Put the store's secrets there, which all its tables are then made with."""
        with self._connection.transaction():
            self._connection.execute(statements("keys.sql"))
            self._copy_in(archive, _secrets(manifest))
            self._set_sequences()

    def misfits(self, manifest: Manifest) -> list[str]:
        """What of the archive has no place in the tables that this version has made, a line each."""
        there = {table.name: {column.name: column.type for column in table.columns} for table in self._tables()}
        found = []
        for part in manifest.parts:
            if part.table.name not in there:
                found.append(f"{part.table.name}: this version has no such table ({part.rows} rows)")
                continue
            columns = there[part.table.name]
            found += [
                f"{part.table.name}.{column.name}: {column.type} in the backup,"
                f" {columns.get(column.name, 'no such column')} here"
                for column in part.table.columns
                if columns.get(column.name) != column.type
            ]
        return found

    def put_rows(self, archive: ZipFile, manifest: Manifest, told: Told) -> None:
        """Put all rows there, and note that the store was restored; all in one transaction.

        Triggers rest meanwhile: what they would do was done when the rows were first written.
        """
        tables = [part.table for part in manifest.parts if part.table.name != SECRETS]
        with self._connection.transaction():
            for table in tables:
                self._alter(table, "DISABLE")
            self._empty(tables)
            for table in self._parents_first(tables):
                self._copy_in(archive, table)
                self._verify_count(manifest, table)
                told(table.name, manifest.part(table.name).rows)  # type: ignore[union-attr]
            self._set_sequences()
            for table in tables:
                self._alter(table, "ENABLE")
            for statement in _AFTERWARDS:
                self._connection.execute(statement)
            self._connection.execute(
                b"INSERT INTO sync_restores (taken_at, published) VALUES (%s, %s)",
                [manifest.taken_at, manifest.published],
            )
        self._connection.execute(b"ANALYZE sync_events, sync_messages")

    def _tables(self) -> list[TableShape]:
        return kept_tables(self._connection)

    def _alter(self, table: TableShape, how: str) -> None:
        self._connection.execute(SQL("ALTER TABLE {} " + how + " TRIGGER USER").format(Identifier(table.name)))

    def _empty(self, tables: list[TableShape]) -> None:
        names = SQL(", ").join(Identifier(table.name) for table in tables)
        self._connection.execute(SQL("TRUNCATE {}").format(names))

    def _copy_in(self, archive: ZipFile, table: TableShape) -> None:
        with (
            self._connection.cursor() as cursor,
            cursor.copy(SQL("COPY {} FROM STDIN (FORMAT BINARY)").format(place_of(table))) as copy,
        ):
            for piece in rows_of(archive, table.name):
                copy.write(piece)

    def _verify_count(self, manifest: Manifest, table: TableShape) -> None:
        part = manifest.part(table.name)
        count = self._value(SQL("SELECT count(*) FROM {}").format(Identifier(table.name)))
        if part is None or count != part.rows:
            raise BackupRefused(f"{table.name}: {count} rows came, and the manifest says {part and part.rows}")

    def _parents_first(self, tables: list[TableShape]) -> list[TableShape]:
        """In an order in which no row refers to one that is not there yet."""
        references = self._connection.execute(_REFERENCES).fetchall()
        left, ordered = {table.name: table for table in tables}, list[TableShape]()
        while left:
            ready = [name for name in left if not any(one == name and to in left for one, to in references)]
            ordered += [left.pop(name) for name in ready or list(left)]
        return ordered

    def _set_sequences(self) -> None:
        """Let every counter go on after the highest number that was given out."""
        for table in self._tables():
            for column in table.columns:
                owned = self._connection.execute(
                    b"SELECT pg_get_serial_sequence(quote_ident(%s), %s)", [table.name, column.name]
                ).fetchone()
                if owned and owned[0]:
                    self._connection.execute(
                        SQL("SELECT setval(%s, max({})) FROM {} HAVING max({}) IS NOT NULL").format(
                            Identifier(column.name), Identifier(table.name), Identifier(column.name)
                        ),
                        [owned[0]],
                    )

    def _value(self, query: Any) -> Any:  # noqa: ANN401 - whatever the statement gives
        row = self._connection.execute(query).fetchone()
        return row[0] if row else None


def _secrets(manifest: Manifest) -> TableShape:
    part = manifest.part(SECRETS)
    if part is None:
        raise BackupRefused("it holds no secrets, so nothing in it could ever be opened")
    return part.table
