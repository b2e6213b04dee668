"""Connections to PostgreSQL for everything that is kept there, opened anew when the server was lost."""

from __future__ import annotations

import os
import select
import socket
import threading
import time
from contextlib import contextmanager
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import psycopg
from eventsourcing.postgres import PostgresDatastore
from psycopg.rows import dict_row, tuple_row
from psycopg.types.string import BytesBinaryDumper
from psycopg_pool import ConnectionPool, PoolClosed, PoolTimeout

from sync_service.adapters.hidden_ids import hide_ids
from sync_service.adapters.key_ring import KeyRing
from sync_service.adapters.postgres_tls import certificate_fault
from sync_service.adapters.store_secrets import Secrets, make_secrets, read_secrets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sync_service.sealing import MasterKeys

POOL_MAX = 8
IDLE_MAX_S = 60.0
"""Connections that were idle for longer are closed: what lies between may have forgotten them without a word."""
PROBE_PAUSE_S = 0.3
BORROW_TIMEOUT_S = 3.0
BORROW_ATTEMPTS_MAX = 4
IDLE_IN_TRANSACTION_MS = 300_000
SEND_BUFFER_BYTES = 1024 * 1024
"""Holds what a transaction copies, so that whoever sends it goes on while the server reads (5 % of receiving)."""
MIGRATION_LOCK = 727_271
"""The advisory lock under which tables are made, so that processes that start together do not collide."""


CONNECTION_LOST = (psycopg.OperationalError, psycopg.InterfaceError)
"""What says that a connection broke while it was in use; opening another may help."""


class StoreUnavailable(RuntimeError):
    """The database cannot be reached; says what was tried, without passwords."""


class Database(PostgresDatastore):
    """A pool of connections that the event store's recorder and our own queries share, and the store's keys.

    `reopen` is called when no connection can be had (the embedded default starts its server again); it returns a
    connection string. `master` opens the store's secrets. On every connection UUIDs are hidden by a key.
    """

    def __init__(
        self,
        conninfo: str,
        *,
        master: MasterKeys,
        timeout_s: float = 10,
        reopen: Callable[[], str] | None = None,
    ) -> None:
        super().__init__(dbname="", host="", port="", user="", password="")
        self._master = master
        self._keys: KeyRing | None = None
        self._keys_guard = threading.Lock()
        self.timeout_s = timeout_s
        self.reopen = reopen
        self.conninfo = conninfo
        self._where = _where(conninfo)
        self._is_suspect = True
        self._was_reached = False
        self._guard = threading.Lock()
        self.pool.close()
        self.pool = self._new_pool()  # type: ignore[assignment]

    def _new_pool(self) -> ConnectionPool[psycopg.Connection[Any]]:
        return ConnectionPool(
            self.conninfo,
            kwargs={"row_factory": dict_row, "autocommit": True, "application_name": "sync-service"},
            min_size=0,
            max_size=POOL_MAX,
            max_idle=IDLE_MAX_S,
            open=False,
            configure=self._configure,
            timeout=self.timeout_s,
            check=_verify,
            reconnect_timeout=self.timeout_s,
        )

    def register_type_adapters(self) -> None:
        """No composite types are used: rows go in by COPY."""

    @contextmanager
    def connection(self) -> Iterator[psycopg.Connection[Any]]:
        """A connection in autocommit mode; raises StoreUnavailable if none can be had."""
        pool, conn = self._borrow()
        try:
            yield conn
        except psycopg.OperationalError:
            self._doubt(pool)
            raise
        finally:
            pool.putconn(conn)

    def _doubt(self, pool: ConnectionPool[Any]) -> None:
        """Look before the next connection is taken; what an older pool says is no news of the present one."""
        if pool is self.pool:
            self._is_suspect = True

    def _borrow(self) -> tuple[ConnectionPool[Any], psycopg.Connection[Any]]:
        """Take a connection; when the pool gives none, its server may be gone: look, and take one from a new pool."""
        for is_last in (*[False] * (BORROW_ATTEMPTS_MAX - 1), True):
            if self._is_suspect:
                self._probe()
            pool: ConnectionPool[Any] = self.pool
            try:
                pool.open()
                return pool, pool.getconn(timeout=self.timeout_s if is_last else BORROW_TIMEOUT_S)
            except (PoolTimeout, PoolClosed, psycopg.OperationalError) as error:
                self._doubt(pool)
                if is_last:
                    raise StoreUnavailable(self._describe(error)) from error
        raise AssertionError

    def _probe(self) -> None:
        """Connect by hand first: that gives the server's own words, and lets the embedded server be started again.

        A server that was there before is waited for, as it may be restarting.
        """
        with self._guard:
            deadline = time.monotonic() + (self.timeout_s if self._was_reached else 0)
            while self._is_suspect:
                try:
                    psycopg.connect(self.conninfo, connect_timeout=max(2, int(self.timeout_s))).close()
                    self._renew()
                except psycopg.OperationalError as error:
                    if self.reopen is not None:
                        self._reopen(self.reopen)
                    elif time.monotonic() > deadline:
                        raise StoreUnavailable(self._describe(error)) from error
                    else:
                        time.sleep(PROBE_PAUSE_S)

    def _reopen(self, reopen: Callable[[], str]) -> None:
        self.conninfo = reopen()
        self._renew()

    def _renew(self) -> None:
        """Leave the pool that has broken connections; whoever holds one of them gives it back to the old pool."""
        if self._was_reached:
            self.pool.close(timeout=0)
            self.pool = self._new_pool()  # type: ignore[assignment]
        self._is_suspect, self._was_reached = False, True

    def _describe(self, error: Exception) -> str:
        text = " ".join(str(error).split())[:300]
        if "certificate verify failed" in text and (fault := certificate_fault(self.conninfo)):
            text = f"{text} ({fault})"
        return f"the database {self._where} cannot be reached: {text}"

    def connect(self) -> psycopg.Connection[Any]:
        """A connection of the caller's own, outside the pool; raises StoreUnavailable."""
        if self._is_suspect:
            self._probe()
        connection = psycopg.connect(self.conninfo, autocommit=True, row_factory=dict_row)
        self._configure(connection)
        return connection

    @property
    def keys(self) -> KeyRing:
        """The store's keys, made with a new store; raises StoreUnavailable, MasterKeyMissing or NotSealed."""
        with self._keys_guard:
            if self._keys is None:
                self._keys = KeyRing(self.cursor, self.secrets)
            return self._keys

    def secrets(self) -> Secrets:
        """Open the store's secrets, and make those of a new store."""
        if self._is_suspect:
            self._probe()
        with psycopg.connect(self.conninfo) as connection, connection.cursor(row_factory=tuple_row) as cursor:
            found = read_secrets(cursor, self._master)
            if found is None:
                cursor.execute(b"SELECT pg_advisory_xact_lock(%d)" % MIGRATION_LOCK)
                cursor.execute(statements("keys.sql"))
                if read_secrets(cursor, self._master) is None:
                    make_secrets(cursor, self._master)
                found = read_secrets(cursor, self._master)
        if found is None:
            raise StoreUnavailable("the store's secrets were removed as soon as they were made")
        return found

    def _configure(self, connection: psycopg.Connection[Any]) -> None:
        connection.execute(f"SET idle_in_transaction_session_timeout = {IDLE_IN_TRANSACTION_MS}".encode())
        connection.execute(b"SET timezone = 'UTC'")
        connection.adapters.register_dumper(bytes, BytesBinaryDumper)  # for COPY, which would take one in Python
        hide_ids(connection, self.keys.identifiers)
        _widen(connection)

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


def has_word(connection: psycopg.Connection[Any]) -> bool:
    """Whether something lies unread in the connection's socket, which costs no round trip to see.

    Between statements a server says nothing but its farewell, and the end of a connection lies there too. Raises
    psycopg.OperationalError where the connection is closed already.
    """
    looking = select.poll()
    looking.register(connection.pgconn.socket, select.POLLIN)
    return bool(looking.poll(0))


def _verify(connection: psycopg.Connection[Any]) -> None:
    """Ask the server only if its connection has word: asking each time would be a third of all round trips."""
    if has_word(connection):
        ConnectionPool.check_connection(connection)


def _widen(connection: psycopg.Connection[Any]) -> None:
    """Give the connection a larger buffer; over a network the kernel finds the right size by itself."""
    with socket.socket(fileno=os.dup(connection.pgconn.socket)) as same:
        if same.family is socket.AF_UNIX:
            same.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)


def _where(conninfo: str) -> str:
    """Where the database is, without user and password; raises StoreUnavailable if it is no connection string."""
    try:
        parts = psycopg.conninfo.conninfo_to_dict(conninfo)
    except psycopg.ProgrammingError:
        raise StoreUnavailable("SYNC_DATABASE_URL is no PostgreSQL connection string or URL") from None
    return f"{parts.get('host', 'localhost')}:{parts.get('port', 5432)}/{parts.get('dbname', '')}"


def statements(name: str) -> bytes:
    """The text of one of our .sql files."""
    return files("sync_service.adapters").joinpath("sql").joinpath(name).read_bytes()
