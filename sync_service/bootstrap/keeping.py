"""What keeps everything: the database, and what stands in it."""

from __future__ import annotations

import os
from functools import cached_property
from importlib.metadata import version
from typing import TYPE_CHECKING, Final

from consumers.source_ends import FileSources, KafkaSources
from sync_service.adapters.embedded_postgres import open_store
from sync_service.adapters.filling_crew import FillingCrew, Opening
from sync_service.adapters.kafka_topics import KafkaEnds
from sync_service.adapters.master_keys import FileMasterKeys, WrittenMasterKeys
from sync_service.adapters.postgres_database import Database
from sync_service.adapters.postgres_notices import PostgresNotices
from sync_service.adapters.postgres_parts import PostgresParts
from sync_service.adapters.postgres_readings import PostgresReadings
from sync_service.adapters.postgres_rebuilds import REFUSED, PostgresRebuilds
from sync_service.adapters.postgres_store import PostgresStore
from sync_service.adapters.postgres_views import PostgresViews
from sync_service.bootstrap.connecting import Connecting
from sync_service.bootstrap.surroundings import EMBEDDED_TOPICS, MASTER_KEY
from sync_service.observability import traces_of
from sync_service.operations.asking import Operations
from sync_service.projections import rebuilder
from sync_service.projections.registry import VIEWS
from sync_service.topic_names import TopicNames

if TYPE_CHECKING:
    from pathlib import Path

    from sync_service.adapters.key_ring import KeyRing
    from sync_service.sealing import MasterKeys
    from sync_service.settings import Settings
    from sync_service.tracing import Traces
    from sync_service.working import Working


REBUILD_WORKERS_MAX: Final = 4
"""More are not taken by themselves: the database works for each of them too."""

RUNNING: Final = version("sync-service")
"""The version of the code that runs, even if another is installed meanwhile."""


class Keeping(Connecting):
    """The stores, each made when it is first asked for."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.names = TopicNames(settings.topic_prefix)
        self.workings: list[Working] = []

    @property
    def is_embedded(self) -> bool:
        """Whether the embedded PostgreSQL keeps the data."""
        return self.settings.database_url is None

    @cached_property
    def database(self) -> Database:
        """The database, with its tables; raises StoreUnavailable or EmbeddedPostgresError."""
        timeout_s = self.settings.database_timeout_s
        if self.settings.database_url is None:
            data_dir = self.settings.data_dir
            conninfo = open_store(data_dir)
            return Database(conninfo, master=self.master_keys, timeout_s=timeout_s, reopen=lambda: open_store(data_dir))
        conninfo = self.database_conninfo(self.settings.database_url)
        return Database(conninfo, master=self.master_keys, timeout_s=timeout_s)

    @cached_property
    def master_keys(self) -> MasterKeys:
        """Where the master key is kept; raises MasterKeyMissing for one that is no key."""
        if self.settings.master_key is not None:
            return WrittenMasterKeys(self.settings.master_key.get_secret_value().split(","), "SYNC_MASTER_KEY")
        return FileMasterKeys(self.settings.master_key_file or self.settings.data_dir / MASTER_KEY)

    def kept_beside(self, name: str) -> Path:
        """Where a file of this store lies that no restore may touch; stores that share a directory have one each."""
        if self.is_embedded:
            return self.settings.data_dir / name
        return self.settings.data_dir / f"{self.keys.derived('sync store name')[:4].hex()}-{name}"

    @property
    def keys(self) -> KeyRing:
        """The keys of the store: seal, open and hash what is personal."""
        return self.database.keys

    @cached_property
    def store(self) -> PostgresStore:
        """The event store."""
        store = PostgresStore(self.database)
        if not store.is_migrated():
            store.migrate()
        return store

    @cached_property
    def views(self) -> PostgresViews:
        """The read models."""
        _ = self.store
        views = PostgresViews(self.database, VIEWS.values())
        views.migrate()
        return views

    @cached_property
    def rebuilds(self) -> PostgresRebuilds:
        """What people asked to be rebuilt, and what became of it."""
        _ = self.store
        rebuilds = PostgresRebuilds(self.database)
        rebuilds.migrate()
        return rebuilds

    def rebuilder(self) -> rebuilder.Rebuilder:
        """Carries out what people asked to be rebuilt."""
        return rebuilder.Rebuilder(
            self.store,
            self.views,
            VIEWS,
            self.rebuilds,
            version=RUNNING,
            faults=(*rebuilder.FAULTS, *REFUSED),
            crew=self.filling_crew(),
        )

    def filling_crew(self) -> FillingCrew:
        """Fills empty views beside this Python, which is one of those that the settings allow."""
        wanted = self.settings.rebuild_workers or min(os.cpu_count() or 1, REBUILD_WORKERS_MAX)
        master, timeout_s = self.master_keys, self.settings.database_timeout_s
        return FillingCrew(lambda: Opening(self.database.conninfo, master, timeout_s, RUNNING), wanted - 1)

    @cached_property
    def notices(self) -> PostgresNotices:
        """What is told by e-mail, and what of it is sent."""
        _ = self.store
        notices = PostgresNotices(self.database)
        notices.migrate()
        return notices

    @cached_property
    def parts(self) -> PostgresParts:
        """The heartbeats of running parts, and where the sources end."""
        _ = self.notices
        parts = PostgresParts(self.database)
        parts.migrate()
        return parts

    @cached_property
    def operations(self) -> Operations:
        """What operators ask: how everything stands, and how it went."""
        _ = self.views, self.parts
        return Operations(PostgresReadings(self.database), self.names.source_of)

    @cached_property
    def sources(self) -> FileSources | KafkaSources:
        """Looks where the sources end now, be they read or not."""
        topics = (*self.names.all_in(), *self.names.all_backfill())
        if self.settings.kafka_bootstrap is None:
            return FileSources(self.settings.data_dir / EMBEDDED_TOPICS, topics, self.store)
        return KafkaSources(KafkaEnds(self.kafka_connection), topics, self.store)

    @cached_property
    def traces(self) -> Traces:
        """Where traces go, nowhere by default."""
        return traces_of(self.settings)
