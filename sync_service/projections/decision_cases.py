"""The cases that wait for people: СНИЛС that differ, before two accounts are joined or after."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - the rows' columns are read from their fields at run time
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID  # noqa: TC003

from sync_service.aggregates.specialist import Specialist
from sync_service.projections.view import Table, columns_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync_service.aggregates.aggregate import Aggregate
    from sync_service.projections.view import Catalogue, Row

MISMATCH = "mismatch"
CONFLICT = "conflict"


class CaseRow(NamedTuple):
    """A row of `cases`."""

    owner: UUID
    kind: str
    request_id: str
    edu: str
    sovetnmo: str
    since: datetime


CASES = Table(
    "cases",
    columns_of(CaseRow, hashed=("request_id", "edu", "sovetnmo")),
    key=("owner", "kind", "request_id", "edu", "sovetnmo"),
    indexes=(("sovetnmo",),),
)


class DecisionCases:
    """Fills the cases; one that is decided on has no row. The edu account's person has the row of both."""

    name = "decision_cases"
    tables = (CASES,)
    stream_kind = "specialist"

    def rows(self, aggregate: Aggregate, _: Catalogue) -> Iterator[tuple[str, Row]]:
        """The cases of one specialist."""
        if not isinstance(aggregate, Specialist) or aggregate.absorbed_into:
            return
        for attempt in aggregate.cases():
            key = attempt.key
            refused_at = attempt.refused_at or attempt.begun_at
            yield CASES.name, CaseRow(aggregate.id, MISMATCH, key.request_id, key.edu, key.sovetnmo, refused_at)
        if aggregate.link is not None and aggregate.conflict_since is not None and aggregate.has_conflict:
            key = aggregate.link.key
            since = aggregate.conflict_since
            yield CASES.name, CaseRow(aggregate.id, CONFLICT, key.request_id, key.edu, key.sovetnmo, since)
