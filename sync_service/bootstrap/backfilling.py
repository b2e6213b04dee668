"""What brings history in without keeping live messages waiting."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from consumers.consumer import BatchLimits, Consumer
from consumers.yielding_records import YieldingRecords
from sync_service.adapters.postgres_traffic import PostgresTraffic
from sync_service.bootstrap.moving import Moving
from sync_service.operations.giving_way import Bounds, way_is_blocked
from sync_service.projections.registry import VIEWS

if TYPE_CHECKING:
    from consumers.records import Records
    from consumers.yielding_records import Stopping
    from sync_service.operations.giving_way import TrafficReport
    from sync_service.receiving import Receipt

CACHE_MIB_MAX: Final = 96
"""A backfill keeps little at hand: it meets most people once."""
POLL_BYTES_MAX: Final = 128 * 1024
"""Messages of ordinary size stay far below; a few that name thousands of codes are many events."""
GROUP_ENDING: Final = "-backfill"


class Backfilling(Moving):
    """The consumer of the topics of history, and what it gives way to."""

    def backfill_consumer(self, stopping: Stopping) -> Consumer[Receipt]:
        """Feeds what portals send of their past into the application, whenever nobody is kept waiting by it."""
        application = self.application(CACHE_MIB_MAX)
        group = self.settings.kafka_group + GROUP_ENDING
        records = self.records(application, self.names.all_backfill(), group)
        return Consumer(self.yielding(records, stopping), application, self.backfill_limits())

    def backfill_limits(self) -> BatchLimits:
        """The bounds of one poll of a backfill: what it locks, it locks shortly."""
        limits = self.batch_limits()
        return BatchLimits(
            records_max=min(self.settings.backfill_records_max, limits.records_max),
            bytes_max=min(POLL_BYTES_MAX, limits.bytes_max),
        )

    def yielding(self, records: Records, stopping: Stopping) -> Records:
        """These records, whenever nobody is kept waiting by them; waiting ends when `stopping` is set."""
        _ = self.views, self.parts
        bounds = Bounds(
            lag_events_max=self.settings.backfill_lag_events_max, lag_max_s=self.settings.backfill_lag_max_s
        )
        report: TrafficReport = PostgresTraffic(self.database, VIEWS, self.names.all_in())
        return YieldingRecords(records, partial(_blocked, report, bounds), stopping)


def _blocked(report: TrafficReport, bounds: Bounds) -> str | None:
    return way_is_blocked(report.traffic(), bounds)
