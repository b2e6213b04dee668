"""A real PostgreSQL for tests: the one that TEST_DATABASE_URL names, else the embedded one in a directory of its own.

A pytest plugin, loaded by `pytest_plugins` of the outermost conftest. With pytest-xdist every worker gets an embedded
server of its own; on a server that TEST_DATABASE_URL names, the databases of all workers have different names.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import time
import uuid
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, LiteralString

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from sync_service.adapters.embedded_postgres import EmbeddedPostgresError, open_store, stop_store
from sync_service.adapters.embedded_postgres_programs import find_programs, programs_version

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HEADER_TIMEOUT_S = 3
MEMORY = Path("/dev/shm")  # noqa: S108 - twice as fast as a quiet disk, and steady beside a busy one
MEMORY_BYTES_MIN = 4 << 30
PREFIX = "sync-tests-"
LEFT_BEHIND_S = 60


# A clone of 15 tables took 87 ms by WAL_LOG and 317 by FILE_COPY with fsync; 63 and 32 without, in memory.
CREATE_DURABLE: LiteralString = "CREATE DATABASE {} TEMPLATE {} STRATEGY WAL_LOG"
CREATE_FAST: LiteralString = "CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY"


class Databases:
    """Makes databases on the server of the tests, quickly, and drops them."""

    def __init__(self, server: str) -> None:
        """Take the conninfo of the server's maintenance database."""
        self._server = server
        self._templates: dict[str, str] = {}
        with psycopg.connect(server) as connection:
            durable = connection.execute("SHOW fsync").fetchone() != ("off",)
        self._create = CREATE_DURABLE if durable else CREATE_FAST

    def template(self, name: str, prepare: Callable[[str], None]) -> str:
        """Return the name of a database to clone; `prepare` fills it, once a session, given its conninfo.

        `prepare` must close its connections. Nobody can connect to the template afterwards, so that no test spoils it.
        """
        if name not in self._templates:
            created = self.create()
            prepare(created)
            self._execute("ALTER DATABASE {} ALLOW_CONNECTIONS false", _name_of(created))
            self._templates[name] = _name_of(created)
        return self._templates[name]

    @contextmanager
    def fresh(self, template: str = "template1") -> Iterator[str]:
        """Lend a new database, a clone of the template, as its conninfo; whoever is still connected is thrown out."""
        created = self.create(template)
        try:
            yield created
        finally:
            self.drop(created)

    def create(self, template: str = "template1") -> str:
        """Create a database, a clone of the template, and return its conninfo."""
        name = f"sync_test_{uuid.uuid4().hex}"
        self._execute(self._create, name, template)
        return make_conninfo(self._server, dbname=name)

    def drop(self, conninfo: str) -> None:
        """Drop a database that was created here."""
        self._execute("DROP DATABASE IF EXISTS {} WITH (FORCE)", _name_of(conninfo))

    def drop_templates(self) -> None:
        """Drop every template of this session."""
        while self._templates:
            self._execute("DROP DATABASE IF EXISTS {} WITH (FORCE)", self._templates.popitem()[1])

    def _execute(self, statement: LiteralString, *names: str) -> None:
        with psycopg.connect(self._server, autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


def postgres_header() -> str:
    """Say for the header of the test run which PostgreSQL the tests get; starts none."""
    named = os.environ.get("TEST_DATABASE_URL")
    try:
        if not named:
            return f"PostgreSQL: {programs_version(find_programs())}, embedded"
        with psycopg.connect(named, connect_timeout=HEADER_TIMEOUT_S) as connection:
            return f"PostgreSQL: {connection.info.parameter_status('server_version')}, named by TEST_DATABASE_URL"
    except EmbeddedPostgresError as error:
        return f"PostgreSQL: none, so the tests that need it are skipped: {error}"
    except psycopg.Error:
        return "PostgreSQL: none, for the one that TEST_DATABASE_URL names does not answer"


@pytest.fixture(scope="session")
def quick_directory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Lend a directory in memory where there is plenty of it, else one on disk."""
    if not MEMORY.is_dir() or shutil.disk_usage(MEMORY).free < MEMORY_BYTES_MIN:
        yield tmp_path_factory.mktemp("quick")
        return
    _remove_left_behind()
    directory = Path(tempfile.mkdtemp(prefix=PREFIX, dir=MEMORY))
    with _locked(directory):
        yield directory
        shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture
def quick_path(quick_directory: Path) -> Iterator[Path]:
    """Lend a test a directory of its own like `tmp_path`, but quick, and removed afterwards."""
    path = Path(tempfile.mkdtemp(dir=quick_directory))
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_server(quick_directory: Path) -> Iterator[str]:
    """Lend the conninfo of the maintenance database of a real server."""
    named = os.environ.get("TEST_DATABASE_URL")
    if named:
        yield named
        return
    try:
        find_programs()
    except EmbeddedPostgresError as error:
        pytest.skip(f"needs a PostgreSQL (TEST_DATABASE_URL may name one): {error}")
    directory = quick_directory / "postgres"
    yield open_store(directory, durable=False)
    stop_store(directory)


@pytest.fixture(scope="session")
def databases(postgres_server: str) -> Iterator[Databases]:
    """Lend the maker of databases, whose templates live as long as the session."""
    made = Databases(postgres_server)
    yield made
    made.drop_templates()


@pytest.fixture
def database_url(databases: Databases) -> Iterator[str]:
    """Lend the conninfo of a new, empty database, dropped after the test."""
    with databases.fresh() as conninfo:
        yield conninfo


def _remove_left_behind() -> None:
    """Remove what killed test runs left in memory: their directories are no longer locked."""
    for left in MEMORY.glob(f"{PREFIX}*"):
        with suppress(OSError), _locked(left):
            if time.time() - left.stat().st_mtime > LEFT_BEHIND_S:  # a newer one may be about to be locked
                shutil.rmtree(left, ignore_errors=True)


@contextmanager
def _locked(directory: Path) -> Iterator[None]:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(descriptor)


def _name_of(conninfo: str) -> str:
    return str(conninfo_to_dict(conninfo)["dbname"])
