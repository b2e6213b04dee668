"""A store with views and everything that operators ask, on a real PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

import psycopg

from sync_service.adapters.postgres_database import Database
from sync_service.adapters.postgres_notices import PostgresNotices
from sync_service.adapters.postgres_parts import PostgresParts
from sync_service.adapters.postgres_readings import PostgresReadings
from sync_service.adapters.postgres_store import PostgresStore
from sync_service.adapters.postgres_views import PostgresViews
from sync_service.application import Application
from sync_service.messages.records import Record
from sync_service.operations.asking import Operations
from sync_service.projections.projecting import Projector
from sync_service.projections.registry import VIEWS
from sync_service.topic_names import TopicNames
from tests.master_key import MASTER
from tests.unit.support_desk import ALL_VIEWS

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

NAMES = TopicNames()


class Site:
    """A store with views and everything that operators ask."""

    def __init__(self, conninfo: str) -> None:
        self.conninfo = conninfo
        self.database = Database(conninfo, master=MASTER)
        self.store = PostgresStore(self.database)
        self.store.migrate()
        self.views = PostgresViews(self.database, VIEWS.values())
        self.views.migrate()
        PostgresNotices(self.database).migrate()
        self.parts = PostgresParts(self.database)
        self.parts.migrate()
        self.operations = Operations(PostgresReadings(self.database), NAMES.source_of)
        self.now: Callable[[], datetime] = partial(datetime.now, UTC)
        self.application = Application(self.store, self.clock, NAMES.source_of)
        self._offset = 0

    def clock(self) -> datetime:
        """The application's clock, which a test may set."""
        return self.now()

    def receive(self, *given: bytes) -> None:
        """Receive lines in polls of 200."""
        for start in range(0, len(given), 200):
            poll = given[start : start + 200]
            records = [Record(line, "file:x", self._offset + at, self._offset + at + 1) for at, line in enumerate(poll)]
            self._offset += len(poll)
            self.application.receive(records)

    def catch_up(self) -> None:
        """Bring the views to the log's head."""
        projector = Projector(self.store, self.views, [(v, self.views.live(v.name)) for v in ALL_VIEWS])
        while projector.advance():
            pass

    def query(self, statement: str) -> list[Any]:
        """What a statement gives, outside of the service's own connections."""
        with psycopg.connect(self.conninfo, autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return list(cursor.fetchall()) if cursor.description else []
