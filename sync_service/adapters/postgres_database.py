"""Connections to PostgreSQL for everything that is kept there, opened anew when the server was lost."""

from __future__ import annotations

from contextlib import contextmanager
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import psycopg
from eventsourcing.postgres import PostgresDatastore
from psycopg.rows import dict_row, tuple_row
from psycopg_pool import ConnectionPool, PoolTimeout

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

POOL_MAX = 6
IDLE_IN_TRANSACTION_MS = 300_000
MIGRATION_LOCK = 727_271
"""The advisory lock under which tables are made, so that processes that start together do not collide."""


class StoreUnavailable(RuntimeError):
    """The database cannot be reached; says what was tried, without passwords."""


class Database(PostgresDatastore):
    """A pool of connections that the event store's recorder and our own queries share.

    `reopen` is called when no connection can be had (the embedded default starts its server again); it returns a
    connection string.
    """

    def __init__(self, conninfo: str, *, timeout_s: float = 10, reopen: Callable[[], str] | None = None) -> None:
        super().__init__(dbname="", host="", port="", user="", password="")
        self.timeout_s = timeout_s
        self.reopen = reopen
        self.conninfo = conninfo
        self._is_suspect = True
        self.pool.close()
        self.pool = self._new_pool()  # type: ignore[assignment]

    def _new_pool(self) -> ConnectionPool[psycopg.Connection[Any]]:
        return ConnectionPool(
            self.conninfo,
            kwargs={"row_factory": dict_row, "autocommit": True, "application_name": "sync-service"},
            min_size=0,
            max_size=POOL_MAX,
            open=False,
            configure=_configure,
            timeout=self.timeout_s,
            check=ConnectionPool.check_connection,
            reconnect_timeout=self.timeout_s,
        )

    def register_type_adapters(self) -> None:
        """No composite types are used: rows go in by COPY."""

    @contextmanager
    def connection(self) -> Iterator[psycopg.Connection[Any]]:
        """A connection in autocommit mode; raises StoreUnavailable if none can be had."""
        if self._is_suspect:
            self._probe()
        self.pool.open()
        try:
            with self.pool.connection() as conn:
                yield conn
        except PoolTimeout as error:
            raise StoreUnavailable(self._describe(error)) from error
        except psycopg.OperationalError:
            self._is_suspect = True
            raise

    def _probe(self) -> None:
        """Connect by hand first: that gives the server's own words, and lets the embedded server be started again."""
        try:
            psycopg.connect(self.conninfo, connect_timeout=max(1, int(self.timeout_s))).close()
        except psycopg.OperationalError as error:
            if self.reopen is None:
                raise StoreUnavailable(self._describe(error)) from error
            self.conninfo = self.reopen()
            self.pool.close()
            self.pool = self._new_pool()  # type: ignore[assignment]
        self._is_suspect = False

    def _describe(self, error: Exception) -> str:
        parts = psycopg.conninfo.conninfo_to_dict(self.conninfo)
        where = f"{parts.get('host', 'localhost')}:{parts.get('port', 5432)}/{parts.get('dbname', '')}"
        return f"the database {where} cannot be reached: {' '.join(str(error).split())[:300]}"

    def connect(self) -> psycopg.Connection[Any]:
        """A connection of the caller's own, outside the pool; raises StoreUnavailable."""
        if self._is_suspect:
            self._probe()
        connection = psycopg.connect(self.conninfo, autocommit=True, row_factory=dict_row)
        _configure(connection)
        return connection

    def server_version(self) -> str:
        """The server's version, such as 18.6."""
        with self.cursor() as cursor:
            row = cursor.execute(b"SHOW server_version").fetchone() or ("?",)
            return str(row[0]).split()[0]

    @contextmanager
    def cursor(self) -> Iterator[psycopg.Cursor[Any]]:
        """A cursor for one statement, giving tuples."""
        with self.connection() as conn, conn.cursor(row_factory=tuple_row, binary=True) as cursor:
            yield cursor

    @contextmanager
    def transaction(self, *, commit: bool = True) -> Iterator[psycopg.Cursor[Any]]:
        """A cursor inside a transaction of its own, giving tuples."""
        with (
            self.connection() as conn,
            conn.transaction(force_rollback=not commit),
            conn.cursor(row_factory=tuple_row, binary=True) as cursor,
        ):
            yield cursor


def _configure(conn: psycopg.Connection[Any]) -> None:
    conn.execute(f"SET idle_in_transaction_session_timeout = {IDLE_IN_TRANSACTION_MS}".encode())
    conn.execute(b"SET timezone = 'UTC'")


def statements(name: str) -> bytes:
    """The text of one of our .sql files."""
    return files("sync_service.adapters").joinpath("sql").joinpath(name).read_bytes()
