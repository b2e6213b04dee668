"""What moves messages and views on: consumers, projections, the publisher."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Final

from consumers.consumer import BatchLimits, Consumer
from consumers.kafka_records import KafkaRecords
from consumers.membership import Membership
from consumers.topic_file_records import TopicFileRecords
from sync_service.adapters.file_topics import FileTopics
from sync_service.adapters.kafka_topics import KafkaTopics
from sync_service.adapters.postgres_company import PostgresCompany
from sync_service.adapters.postgres_signals import Leadership, News
from sync_service.application import Application, Limits
from sync_service.bootstrap.erasing import Erasing
from sync_service.bootstrap.remembering import Remembering
from sync_service.bootstrap.surroundings import EMBEDDED_TOPICS, now
from sync_service.projections.registry import VIEWS
from sync_service.projections.running import PATIENCE_S, ProjectionRunner
from sync_service.projections.settling import settled
from sync_service.replication import Replicator

if TYPE_CHECKING:
    from collections.abc import Sequence

    from consumers.records import Records
    from sync_service.publishing import Topics
    from sync_service.receiving import Receipt


TRANSACTIONS_A_POLL: Final = 4
"""When many records wait, a poll takes enough of them that some can be decoded while others are being stored."""


class Moving(Remembering, Erasing):
    """What reads, decides, projects and publishes."""

    def application(self, cache_mib_max: int | None = None) -> Application:
        """An application of its own for every thread that writes; with a cache no larger than this."""
        most = self.settings.cache_mib_max
        cache_bytes_max = (most if cache_mib_max is None else min(most, cache_mib_max)) * 1024 * 1024
        limits = Limits(self.settings.batch_records_max, self.settings.batch_events_max, cache_bytes_max)
        others = PostgresCompany(self.database)
        return Application(self.store, now, self.names.source_of, limits, self.traces, self.outside, others)

    def batch_limits(self) -> BatchLimits:
        """The bounds of one poll."""
        records_max = TRANSACTIONS_A_POLL * self.settings.batch_records_max
        return BatchLimits(records_max=records_max, bytes_max=self.settings.batch_bytes_max)

    def records(
        self, application: Application, topics: Sequence[str] | None = None, group: str | None = None
    ) -> Records:
        """Where messages come from, Kafka or the embedded default's topic files: the live topics unless told others."""
        accepted, wanted = self.settings.accept_changed_sources, topics or self.names.all_in()
        if self.settings.kafka_bootstrap is None:
            directory = self.settings.data_dir / EMBEDDED_TOPICS
            return TopicFileRecords(directory, wanted, application, accepted=accepted)
        membership = Membership(connection=self.kafka_connection, group=group or self.settings.kafka_group)
        return KafkaRecords(membership, wanted, application, accepted=accepted)

    def topics(self) -> Topics:
        """Where messages go to: Kafka, or the embedded default's topic files."""
        if self.settings.kafka_bootstrap is None:
            return FileTopics(self.settings.data_dir / EMBEDDED_TOPICS)
        return self.kafka()

    def kafka(self) -> KafkaTopics:
        """Kafka's own; the settings must name it."""
        return KafkaTopics(self.kafka_connection)

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

    def settle(self) -> bool:
        """Wait a moment for the views to reach the log's present head; False if they do not."""
        return settled(self.store, self.views, VIEWS)

    def replicator(self) -> Replicator:
        """Asks again, and tells what the catalogue changed."""
        return Replicator(self.application(), self.views, now, self.settings.ask_again_after_s)

    def consumer(self) -> Consumer[Receipt]:
        """Feeds what portals publish into the application."""
        application = self.application()
        return Consumer(self.records(application), application, self.batch_limits())
