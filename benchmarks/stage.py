"""Where benchmarks play: an embedded PostgreSQL of their own (fsync on), with as many databases as they want."""

from __future__ import annotations

import tempfile
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from sync_service.adapters.embedded_postgres import open_store, stop_store
from sync_service.adapters.master_keys import FileMasterKeys
from sync_service.adapters.postgres_database import Database

if TYPE_CHECKING:
    from collections.abc import Iterator


class Scale(msgspec.Struct, frozen=True):
    """How much is measured: all of it, or a telling part in a few minutes."""

    is_quick: bool = False
    runs: int = 5
    seed: int = 7


class Stage:
    """A server and its databases; everything is gone when the stage is closed."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._server = open_store(directory / "store")
        self._numbers = count(1)

    def new_conninfo(self) -> str:
        """The connection string of a new, empty database, for peers that have connections of their own."""
        name = f"stage_{next(self._numbers)}"
        with psycopg.connect(self._server, autocommit=True) as maintenance:
            maintenance.execute(f"CREATE DATABASE {name}".encode())
        return make_conninfo(self._server, dbname=name)

    def copy_of(self, conninfo: str) -> str:
        """The connection string of a new database with all that this one holds; nobody may be connected to it."""
        name, original = f"stage_{next(self._numbers)}", conninfo_to_dict(conninfo)["dbname"]
        with psycopg.connect(self._server, autocommit=True) as maintenance:
            maintenance.execute(f"CREATE DATABASE {name} TEMPLATE {original}".encode())
        return make_conninfo(self._server, dbname=name)

    @contextmanager
    def database(self, conninfo: str | None = None) -> Iterator[Database]:
        """A database as the service opens it, sealed by the stage's master key; a new one unless one is named."""
        master = FileMasterKeys(self.directory / "master.key")
        with closing(Database(conninfo or self.new_conninfo(), master=master)) as database:
            yield database

    def close(self) -> None:
        """Stop the server."""
        stop_store(self.directory / "store")


@contextmanager
def a_stage() -> Iterator[Stage]:
    """A stage in a directory that is removed at the end."""
    with tempfile.TemporaryDirectory(prefix="bench-") as place:
        stage = Stage(Path(place))
        try:
            yield stage
        finally:
            stage.close()
