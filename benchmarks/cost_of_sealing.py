"""Measures what encryption at rest costs: receiving and projecting with it, and with keys that seal nothing.

`python -m benchmarks.cost_of_sealing` makes throw-away databases on the embedded PostgreSQL (fsync on), takes turns,
and prints the rates and their ratios as JSON. The unsealed side runs the same code without the keys' work.
"""

from __future__ import annotations

import argparse
import json
import logging
import statistics
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import structlog
from psycopg.conninfo import make_conninfo

from simulation.bulk import bulk
from sync_service.adapters.embedded_postgres import open_store, stop_store
from sync_service.adapters.key_ring import KeyRing
from sync_service.adapters.master_keys import FileMasterKeys
from sync_service.adapters.postgres_database import Database
from sync_service.adapters.postgres_store import PostgresStore
from sync_service.adapters.postgres_views import PostgresViews
from sync_service.application import Application
from sync_service.bootstrap import now
from sync_service.messages.records import Record
from sync_service.projections.projecting import Projector
from sync_service.projections.registry import VIEWS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

BATCH = 500


class Unsealed(KeyRing):
    """Seals and hides nothing; hashes are the values' beginnings. For this comparison alone."""

    def __init__(self) -> None:
        self.identifiers = self

    def hidden(self, identifier: UUID) -> bytes:
        """The identifier itself."""
        return identifier.int.to_bytes(16, "big")

    def seal(self, _owner: UUID | None, plain: bytes, *_context: bytes) -> bytes:
        """The bytes themselves."""
        return plain

    def open(self, _owner: UUID | None, sealed: bytes, *_context: bytes) -> bytes:
        """The bytes themselves."""
        return sealed

    def hashed(self, _kind: str, value: str) -> bytes:
        """The value itself."""
        return value.encode()

    def fetch(self, owners: Iterable[UUID]) -> None:
        """Nobody has a key."""

    def writing(self, _cursor: object, _owners: Iterable[UUID]) -> Unsealed:
        """Nobody needs a key."""
        return self

    def insert(self, _cursor: object) -> None:
        """There is no key to store."""

    def keep(self, *_: object) -> None:
        """There is no key to keep."""


class Plain(Database):
    """A database whose connections show UUIDs as they are, and whose keys seal nothing."""

    @property
    def keys(self) -> KeyRing:
        """Keys that seal nothing."""
        return Unsealed()

    def _configure(self, connection: psycopg.Connection[object]) -> None:
        connection.execute(b"SET timezone = 'UTC'")


def turn(kind: type[Database], server: str, directory: Path, lines: list[bytes]) -> tuple[float, float]:
    """Messages received, and events projected, a second, in a database of its own."""
    name = f"bench_{time.time_ns()}"
    with psycopg.connect(server, autocommit=True) as maintenance:
        maintenance.execute(f"CREATE DATABASE {name}".encode())
        conninfo = make_conninfo(server, dbname=name)
        with closing(kind(conninfo, master=FileMasterKeys(directory / "master.key"))) as database:
            store, views = PostgresStore(database), PostgresViews(database, VIEWS.values())
            store.migrate()
            views.migrate()
            application = Application(store, now)
            records = [Record(line, "file:bench", at, at + 1) for at, line in enumerate(lines)]
            began = time.perf_counter()
            for start in range(0, len(records), BATCH):
                application.receive(records[start : start + BATCH])
            received = len(records) / (time.perf_counter() - began)
            projector = Projector(store, views, [(view, views.live(view.name)) for view in VIEWS.values()])
            began, head = time.perf_counter(), store.head()
            while projector.advance():
                pass
            projected = head / (time.perf_counter() - began)
        maintenance.execute(f"DROP DATABASE {name}".encode())
    return received, projected


def main() -> None:
    """Take turns, and print the medians and ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--times", type=int, default=5)
    arguments = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    lines = [line for _, _, line in bulk(7, arguments.messages, arguments.messages // 20, 0.5)]
    with tempfile.TemporaryDirectory() as place:
        directory = Path(place)
        server = open_store(directory / "store")
        try:
            turns = [
                (turn(Database, server, directory, lines), turn(Plain, server, directory, lines))
                for _ in range(arguments.times)
            ]
        finally:
            stop_store(directory / "store")
    for place, work in enumerate(("receive", "project")):
        ours, theirs = ([pair[side][place] for pair in turns] for side in (0, 1))
        ratios = [one / other for one, other in zip(ours, theirs, strict=True)]
        found = {
            "work": work,
            "against": "the same without encryption",
            "ratio": round(statistics.median(ratios), 3),
            "runs": len(turns),
            "ours": round(statistics.median(ours)),
            "theirs": round(statistics.median(theirs)),
            "unit": "messages/s" if work == "receive" else "events/s",
        }
        sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
