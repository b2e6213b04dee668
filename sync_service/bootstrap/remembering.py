"""What a restored store remembers of the time after its backup, and where that is read."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from sync_service.adapters.file_sent import FileSent
from sync_service.adapters.kafka_sent import KafkaSent
from sync_service.adapters.postgres_restores import PostgresRestores
from sync_service.bootstrap.keeping import Keeping
from sync_service.bootstrap.surroundings import EMBEDDED_TOPICS

if TYPE_CHECKING:
    from sync_service.resumption import SentMessages


class Remembering(Keeping):
    """What was sent, as the topics out say it."""

    @cached_property
    def restores(self) -> PostgresRestores:
        """Which restores there were, and what each has still to hold back."""
        _ = self.store
        restores = PostgresRestores(self.database)
        restores.migrate()
        return restores

    def sent(self) -> SentMessages:
        """What stands in the topics out."""
        if self.settings.kafka_bootstrap is None:
            return FileSent(self.settings.data_dir / EMBEDDED_TOPICS)
        return KafkaSent(self.kafka_connection)
