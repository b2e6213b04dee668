"""The code register: what each confirmation code was issued for, who tried it, and whose it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_service.aggregates.confirmation_code import ConfirmationCode
from sync_service.projections.view import Table, columns

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sync_service.aggregates.aggregate import Aggregate
    from sync_service.projections.view import Catalogue, Row

CODES = Table(
    "codes",
    columns(
        sealed=("code", "revoked_for", "owner_account"),
        owner="uuid",
        code="text",
        activity_id="text",
        audience="text",
        revoked_at="text",
        revoked_for="text",
        owner_portal="text",
        owner_account="text",
    ),
    key=("owner",),
)
ATTEMPTS = Table(
    "attempts",
    columns(
        sealed=("account_id", "typed", "vouched_for"),
        owner="uuid",
        number="bigint",
        portal="text",
        account_id="text",
        typed="text",
        at="text",
        completed_on="date",
        vouched_for="text",
        outcome="text",
    ),
    key=("owner", "number"),
)


def written(instant: datetime) -> str:
    """An instant as RFC 3339 with the offset that it was given with, UTC as Z."""
    return instant.isoformat().replace("+00:00", "Z")


class CodeRegister:
    """Fills the register: one row a code, and one row an attempt with its latest outcome."""

    name = "code_register"
    tables = (CODES, ATTEMPTS)
    stream_kind = "code"

    def rows(self, aggregate: Aggregate, _: Catalogue) -> Iterator[tuple[str, Row]]:
        """The code and its attempts. Instants stand as they were written, with their offset."""
        if not isinstance(aggregate, ConfirmationCode):
            return
        holder = aggregate.owner
        yield (
            CODES.name,
            (
                aggregate.id,
                aggregate.veiled or aggregate.code,
                aggregate.activity_id,
                aggregate.audience,
                written(aggregate.revoked_at) if aggregate.revoked_at else None,
                aggregate.revoked_for,
                holder.portal.value if holder else None,
                holder.account_id if holder else None,
            ),
        )
        for number, attempt in enumerate(aggregate.attempts):
            yield (
                ATTEMPTS.name,
                (
                    aggregate.id,
                    number,
                    attempt.account.portal.value,
                    attempt.account.account_id,
                    attempt.typed,
                    written(attempt.at) if attempt.at else None,
                    attempt.completed_on,
                    attempt.vouched_for,
                    attempt.outcome.value,
                ),
            )
