"""Puts the service together: the only place that knows which adapter fits which port."""

from __future__ import annotations

import threading
from contextlib import closing
from datetime import UTC, datetime
from functools import cached_property
from importlib.metadata import version
from typing import TYPE_CHECKING

from consumers.consumer import BatchLimits, Consumer
from consumers.kafka_records import KafkaRecords
from consumers.membership import Membership
from consumers.source_ends import FileSources, KafkaSources
from consumers.topic_file_records import TopicFileRecords
from sync_service.adapters.embedded_postgres import open_store
from sync_service.adapters.file_mailer import FileMailer
from sync_service.adapters.file_topics import FileTopics
from sync_service.adapters.kafka_topics import KafkaEnds, KafkaTopics
from sync_service.adapters.postgres_database import CONNECTION_LOST, Database, StoreUnavailable
from sync_service.adapters.postgres_notices import PostgresNotices
from sync_service.adapters.postgres_parts import PostgresParts
from sync_service.adapters.postgres_readings import PostgresReadings
from sync_service.adapters.postgres_rebuilds import REFUSED, PostgresRebuilds
from sync_service.adapters.postgres_signals import Leadership, News
from sync_service.adapters.postgres_store import PostgresStore
from sync_service.adapters.postgres_views import PostgresViews
from sync_service.adapters.smtp_mailer import SmtpMailer, SmtpServer
from sync_service.application import Application, Limits
from sync_service.notices.drafting import Drafts
from sync_service.notices.notifier import Notifier, Wishes
from sync_service.notices.planning import Planner
from sync_service.notices.sending import Sender
from sync_service.observability import traces_of
from sync_service.operations.asking import Operations
from sync_service.projections import rebuilder
from sync_service.projections.registry import VIEWS
from sync_service.projections.running import PATIENCE_S, ProjectionRunner
from sync_service.projections.settling import settled
from sync_service.replication import Replicator
from sync_service.roles import Roles
from sync_service.settings import SettingsError
from sync_service.supervising import exporting, supervise
from sync_service.topic_names import TopicNames
from sync_service.working import Working

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Sequence

    from consumers.records import Records
    from sync_service.console.ports import Ports
    from sync_service.notices.mailing import Mailer
    from sync_service.publishing import Topics
    from sync_service.receiving import Receipt
    from sync_service.reports.report import Report
    from sync_service.settings import Settings
    from sync_service.tracing import Traces

EMBEDDED_TOPICS = "topics"
EMBEDDED_MAIL = "mail"
ROLES = ("consumers", "projections", "publisher", "notifier", "console")
MS = 1000
UNAVAILABLE = (StoreUnavailable, *CONNECTION_LOST)
"""What says that the database is away."""


def now() -> datetime:
    """The clock of the service (UTC)."""
    return datetime.now(UTC)


def report_writers() -> dict[str, Callable[[Report], bytes]]:
    """The formats of a report, by the name of each; what writes them is loaded when it is asked for."""
    from sync_service.adapters.pdf_report import as_pdf  # noqa: PLC0415 - only one command needs so large a library
    from sync_service.reports.csv_report import as_csv  # noqa: PLC0415

    return {"pdf": as_pdf, "csv": as_csv}


class Service:
    """Everything that the settings make, made when it is first asked for."""

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
            return Database(open_store(data_dir), timeout_s=timeout_s, reopen=lambda: open_store(data_dir))
        return Database(self.settings.database_url, timeout_s=timeout_s)

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
        faults = (*rebuilder.FAULTS, *REFUSED)
        return rebuilder.Rebuilder(
            self.store, self.views, VIEWS, self.rebuilds, version=version("sync-service"), faults=faults
        )

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
        if self.settings.kafka_bootstrap is None:
            return FileSources(self.settings.data_dir / EMBEDDED_TOPICS, self.names.all_in(), self.store)
        watched = KafkaEnds(self.settings.kafka_bootstrap, timeout_ms=int(self.settings.kafka_timeout_s * MS))
        return KafkaSources(watched, self.names.all_in(), self.store)

    @cached_property
    def traces(self) -> Traces:
        """Where traces go, nowhere by default."""
        return traces_of(self.settings)

    def application(self) -> Application:
        """An application of its own for every thread that writes."""
        limits = Limits(self.settings.batch_events_max, self.settings.cache_events_max)
        return Application(self.store, now, self.names.source_of, limits, self.traces)

    def batch_limits(self) -> BatchLimits:
        """The bounds of one poll."""
        return BatchLimits(records_max=self.settings.batch_records_max, bytes_max=self.settings.batch_bytes_max)

    def records(self, application: Application) -> Records:
        """Where messages come from: Kafka, or the embedded default's topic files."""
        accepted = self.settings.accept_changed_sources
        if self.settings.kafka_bootstrap is None:
            directory = self.settings.data_dir / EMBEDDED_TOPICS
            return TopicFileRecords(directory, self.names.all_in(), application, accepted=accepted)
        membership = Membership(
            bootstrap=self.settings.kafka_bootstrap,
            group=self.settings.kafka_group,
            connect_timeout_ms=int(self.settings.kafka_timeout_s * MS),
        )
        return KafkaRecords(membership, self.names.all_in(), application, accepted=accepted)

    def topics(self) -> Topics:
        """Where messages go to: Kafka, or the embedded default's topic files."""
        if self.settings.kafka_bootstrap is None:
            return FileTopics(self.settings.data_dir / EMBEDDED_TOPICS)
        return self.kafka()

    def kafka(self) -> KafkaTopics:
        """Kafka's own; the settings must name it."""
        return KafkaTopics(self.settings.kafka_bootstrap or "", timeout_ms=int(self.settings.kafka_timeout_s * MS))

    def news(self) -> News:
        """Waits for news of the log."""
        return News(self.database)

    def leadership(self, role: str) -> Leadership:
        """Lets one process at a time lead in a role."""
        return Leadership(self.database, role)

    def catch_up(self, *, patience_s: float = PATIENCE_S) -> bool:
        """Return when the views stand at the log's present head; False if they do not move for so long."""
        with closing(self.leadership("projections")) as leader:
            runner = ProjectionRunner(self.store, self.views, VIEWS, leader)
            return runner.catch_up(self.store.head(), patience_s=patience_s)

    def replicator(self) -> Replicator:
        """Asks again, and tells what the catalogue changed."""
        return Replicator(self.application(), self.views, now, self.settings.ask_again_after_s)

    def consumer(self) -> Consumer[Receipt]:
        """Feeds what portals publish into the application."""
        application = self.application()
        return Consumer(self.records(application), application, self.batch_limits())

    def mailer(self) -> Mailer:
        """Who delivers e-mails: the mail server, or files as the embedded default; raises SettingsError."""
        if self.settings.smtp_url is None:
            return FileMailer(self.settings.data_dir / EMBEDDED_MAIL)
        if "mail_from" not in self.settings.model_fields_set:
            raise SettingsError("SYNC_MAIL_FROM: with a mail server, the address that mails come from is needed")
        try:
            return SmtpMailer(SmtpServer.parse(self.settings.smtp_url), self.settings.smtp_timeout_s)
        except ValueError as error:
            raise SettingsError(f"SYNC_SMTP_URL: {error}") from None

    def planner(self) -> Planner:
        """Decides which credits are to be told by e-mail."""
        return Planner(self.store, self.views, self.notices, now)

    def drafts(self) -> Drafts:
        """Writes the e-mails."""
        return Drafts(self.views, self.notices, self.settings.mail_from)

    def notifier(self, mailer: Mailer) -> Notifier:
        """Tells people of their credits."""
        settings = self.settings
        sender = Sender(self.notices, self.drafts(), mailer, now, settings.notices_retry_after_s)
        wishes = Wishes(settings.notices_since, settings.notices_hold, settings.notices_gather_s)
        return Notifier(self.planner(), sender, wishes)

    @cached_property
    def listening(self) -> socket.socket:
        """Where the console listens, bound; raises SettingsError, or OSError if the port is taken."""
        from sync_service.console.serving import is_loopback, listen  # noqa: PLC0415

        if not (is_loopback(self.settings.console_host) or self.settings.console_allow_remote):
            raise SettingsError(
                "SYNC_CONSOLE_HOST: others could reach the console, and nothing protects it yet; where something does,"
                " set SYNC_CONSOLE_ALLOW_REMOTE (or --allow-remote)"
            )
        return listen(self.settings.console_host, self.settings.console_port)

    def console_ports(self, stopping: threading.Event | None = None) -> Ports:
        """What the console's pages ask and write through; `stopping` ends its live streams."""
        from zoneinfo import ZoneInfo  # noqa: PLC0415

        from sync_service.console.ports import Ports, Rebuilds  # noqa: PLC0415

        return Ports(
            store=self.store,
            views=self.views,
            application=self.application,
            now=now,
            settle=self.settle,
            notices=self.notices,
            zone=ZoneInfo(self.settings.console_zone),
            hosts=(self.settings.console_host, *self.settings.console_hosts),
            unavailable=UNAVAILABLE,
            ask_again_after_s=tuple(self.settings.ask_again_after_s),
            report_writers=report_writers,
            operators=self.operations,
            stopping=stopping or threading.Event(),
            rebuilds=Rebuilds(tuple(VIEWS), self.rebuilds, self.views),
        )

    def settle(self) -> bool:
        """Wait a moment for the views to reach the log's present head; False if they do not."""
        return settled(self.store, self.views, VIEWS)

    def run(self, roles: Sequence[str], stopping: threading.Event) -> None:
        """Run these roles until told to stop; the first error of any of them ends all, and is raised."""
        _ = self.views, self.notices, self.parts, self.rebuilds
        known = Roles(self).by_name()
        beside = {"publisher": "replicator", "projections": "rebuilder"}
        wanted = [*roles, *(beside[role] for role in roles if role in beside)]
        self.workings.extend(Working(role) for role in wanted)
        looks = self.sources if {"consumers", "console"} & set(wanted) else None
        with exporting(self.workings, self.settings):
            supervise({role: known[role] for role in wanted}, self.workings, stopping, self.parts, looks)
