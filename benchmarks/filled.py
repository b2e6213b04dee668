"""A database that is filled once, and the service over a copy of it for every turn: all turns start from the same."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from benchmarks.service import OurService
from sync_service.bootstrap import Service
from sync_service.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.stage import Stage


class Filled:
    """A database with some messages stored, and copies of it."""

    def __init__(self, stage: Stage, lines: Sequence[bytes]) -> None:
        self._stage = stage
        ours = OurService(stage, stage.new_conninfo())
        ours.load(lines)
        ours.release()
        self._original = ours.conninfo

    @contextmanager
    def settings(self, **others: object) -> Iterator[Settings]:
        """The settings of a service over a new copy, which is dropped at the end."""
        copy = self._stage.copy_of(self._original)
        given = {"data_dir": self._stage.directory, "database_url": copy} | others
        try:
            yield Settings.model_validate(given)
        finally:
            name = conninfo_to_dict(copy)["dbname"]
            with psycopg.connect(make_conninfo(copy, dbname="postgres"), autocommit=True) as maintenance:
                maintenance.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())

    @contextmanager
    def service(self, **others: object) -> Iterator[Service]:
        """The service as shipped, over a new copy."""
        with self.settings(**others) as settings:
            service = Service(settings)
            try:
                yield service
            finally:
                service.database.close()
