"""Link progress: every attempt to link two accounts, and how much of the earlier history is shown on the other side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_service.aggregates.specialist import Specialist
from sync_service.projections.view import Table, columns

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync_service.aggregates.aggregate import Aggregate
    from sync_service.aggregates.specialist_state import Link, LinkAttempt, LinkKey
    from sync_service.projections.view import Catalogue, Row

LINKS = Table(
    "links",
    columns(
        hashed=("request_id", "edu", "sovetnmo"),
        owner="uuid",
        request_id="text",
        edu="text",
        sovetnmo="text",
        attempt="bigint",
        is_joined="boolean",
        state="text",
        reason="text",
        to_edu="bigint",
        to_sovetnmo="bigint",
        applied="bigint",
        begun_at="timestamptz",
        completed_at="timestamptz",
    ),
    key=("owner", "request_id", "edu", "sovetnmo"),
    indexes=(("state",),),
)


class LinkProgress:
    """Fills the links of every specialist; `attempt` counts them from 0 as they began."""

    name = "link_progress"
    tables = (LINKS,)
    stream_kind = "specialist"

    def rows(self, aggregate: Aggregate, _: Catalogue) -> Iterator[tuple[str, Row]]:
        """The link attempts of one specialist."""
        if not isinstance(aggregate, Specialist) or aggregate.absorbed_into:
            return
        for number, attempt in enumerate(aggregate.attempts.values()):
            link = aggregate.link if aggregate.link and aggregate.link.key == attempt.key else None
            yield LINKS.name, (aggregate.id, *_key(attempt.key), number, *_standing(attempt, link))


def _key(key: LinkKey) -> Row:
    return key.request_id, key.edu, key.sovetnmo


def _standing(attempt: LinkAttempt, link: Link | None) -> Row:
    if link is None:
        reason = attempt.reason.value if attempt.reason else None
        return False, attempt.state, reason, 0, 0, 0, attempt.begun_at, None
    return True, link.state, None, link.to_edu, link.to_sovetnmo, link.applied, attempt.begun_at, link.completed_at
