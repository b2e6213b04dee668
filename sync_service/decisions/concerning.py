"""Whom a decision concerns: the streams that the audit log names when somebody looks at it or decides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_service.aggregates.values import account_stream, code_stream

if TYPE_CHECKING:
    from uuid import UUID

    from sync_service.aggregates.deciding import Decision


def concerned(decision: Decision) -> tuple[UUID, ...]:
    """The people, by their accounts, and the code."""
    people = (account_stream(account) for account in decision.accounts)
    return (*people, *((code_stream(decision.code),) if decision.code else ()))
