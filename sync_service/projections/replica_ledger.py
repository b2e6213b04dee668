"""The replica ledger: every copy that a portal was asked to show, how often it was asked, and what it answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_service.aggregates.specialist import Specialist
from sync_service.aggregates.specialist_state import ReplicaState
from sync_service.projections.view import Table, columns

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync_service.aggregates.aggregate import Aggregate
    from sync_service.projections.view import Catalogue, Row

REPLICAS = Table(
    "replicas",
    columns(
        hashed=("activity_key",),
        sealed=("account_id", "detail"),
        owner="uuid",
        portal="text",
        account_id="text",
        activity_key="text",
        activity_id="text",
        state="text",
        is_waiting="boolean",
        revision="bigint",
        asked="bigint",
        backfill="boolean",
        requested_at="timestamptz",
        asked_at="timestamptz",
        answered_at="timestamptz",
        is_deferred="boolean",
        detail="text",
    ),
    key=("owner", "portal", "activity_key"),
    indexes=(("activity_id",), ("is_waiting", "asked_at")),
)


class ReplicaLedger:
    """Fills the ledger. A replica waits while it is requested, not reversed, and its account is open."""

    name = "replica_ledger"
    tables = (REPLICAS,)
    stream_kind = "specialist"

    def rows(self, aggregate: Aggregate, _: Catalogue) -> Iterator[tuple[str, Row]]:
        """The replicas of one specialist."""
        if not isinstance(aggregate, Specialist) or aggregate.absorbed_into:
            return
        for (portal, key), replica in aggregate.replicas.items():
            is_wanted = key not in aggregate.reversals and aggregate.is_open(portal)
            yield (
                REPLICAS.name,
                (
                    aggregate.id,
                    portal.value,
                    replica.account.account_id,
                    key,
                    aggregate.entries[key].activity_id,
                    replica.state.value,
                    is_wanted and replica.state is ReplicaState.REQUESTED,
                    replica.revision,
                    replica.asked,
                    replica.backfill,
                    replica.requested_at,
                    replica.asked_at,
                    replica.answered_at,
                    replica.deferred,
                    replica.detail,
                ),
            )
