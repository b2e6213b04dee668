"""Everything known about one confirmation code, as `code --json` shows it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec

from sync_service.aggregates.values import Account, Portal, account_stream, canonical_code, code_stream, printed_code
from sync_service.questions.people import listed_owner

if TYPE_CHECKING:
    from sync_service.projections.view_store import ViewStore

_VIEW = "code_register"


class CodeIssue(msgspec.Struct, frozen=True):
    """What the provider issued a code for."""

    activity_id: str
    audience: str | None


class CodeOwner(msgspec.Struct, frozen=True):
    """Whose a code is, and by which account it became theirs."""

    specialist_id: UUID
    portal: str
    account_id: str


class CodeAttempt(msgspec.Struct, frozen=True):
    """Somebody named the code. `at` is as the portal wrote it; a completion has `completed_on` instead."""

    portal: str
    account_id: str
    typed: str
    at: str | None
    outcome: str
    completed_on: date | None
    vouched_for: str | None


class CodeStory(msgspec.Struct, frozen=True):
    """One code: issued for what, revoked when and why, whose it is, and every attempt in order of arrival."""

    code: str
    printed: str
    issued: CodeIssue | None
    revoked: bool
    revoked_at: str | None
    revoked_for: str | None
    owner: CodeOwner | None
    attempts: tuple[CodeAttempt, ...]


def code(views: ViewStore, typed: str) -> CodeStory:
    """What is known of a code, however it is typed; raises CodeMalformed. Nothing is known of one never heard of."""
    canonical = canonical_code(typed)
    stream = code_stream(canonical)
    found = views.find(_VIEW, "codes", owner=stream)
    row: dict[str, Any] = found[0] if found else {}
    attempts = views.find(_VIEW, "attempts", owner=stream)
    activity_id = row.get("activity_id")
    return CodeStory(
        code=canonical,
        printed=printed_code(canonical),
        issued=CodeIssue(activity_id, row.get("audience")) if activity_id else None,
        revoked=row.get("revoked_at") is not None,
        revoked_at=row.get("revoked_at"),
        revoked_for=row.get("revoked_for"),
        owner=_owner(views, row) if row.get("owner_portal") else None,
        attempts=msgspec.convert(attempts, tuple[CodeAttempt, ...]),
    )


def _owner(views: ViewStore, row: dict[str, Any]) -> CodeOwner:
    """The owner by the directory; an account that it does not know yet is still a person of its own."""
    account = Account(Portal(row["owner_portal"]), row["owner_account"])
    specialist = listed_owner(views, account) or account_stream(account)
    return CodeOwner(specialist, account.portal, account.account_id)
