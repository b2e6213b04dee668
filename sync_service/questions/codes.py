"""Everything known about one confirmation code: as `code --json` shows it, and as the console does, by its events."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec

from sync_service.aggregates.activity import ActivityPublished
from sync_service.aggregates.confirmation_code import Attempted, AttemptRejudged, ConfirmationCode, Issued, Moved
from sync_service.aggregates.values import (
    ERASED,
    Account,
    Portal,
    Reason,
    account_stream,
    canonical_code,
    code_key,
    code_stream,
    module_key,
    printed_code,
)
from sync_service.questions.people import catalogue_of, listed_owner

if TYPE_CHECKING:
    from sync_service.aggregates.aggregate import Event
    from sync_service.event_store import EventStore
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


class Judged(msgspec.Struct, frozen=True):
    """An outcome of an attempt, and when the service came to it."""

    outcome: Reason
    at: datetime
    position: int


class TracedAttempt(msgspec.Struct, frozen=True):
    """One attempt with everything that it was judged, first to last; `at` is as the portal wrote it."""

    account: Account
    specialist_id: UUID
    typed: str
    at: datetime | None
    completed_on: date | None
    judged: tuple[Judged, ...]

    @property
    def outcome(self) -> Reason:
        """The latest outcome: the one that stands."""
        return self.judged[-1].outcome

    @property
    def day(self) -> date:
        """The day of the attempt, as the portal wrote it."""
        return self.at.date() if self.at else self.completed_on or self.judged[0].at.date()


class CodeCredit(msgspec.Struct, frozen=True):
    """What the code is worth to its owner, by the live plan."""

    activity_key: str
    counts: str
    credits: float


class CodeTrace(msgspec.Struct, frozen=True):
    """One code by its events: what the console shows of it beyond `CodeStory`.

    `issued_at` is when the first issue record was stored, `moved_at` when people gave the code to whom it is now.
    `activity_id` is the issue record's, or else what the portal vouched for; `published` is the catalogue's word on it.
    """

    stream: UUID
    code: str
    issued_at: datetime | None
    activity_id: str | None
    audience: str | None
    published: ActivityPublished | None
    withdrawn_at: datetime | None
    revoked_at: datetime | None
    revoked_for: str | None
    owner: Account | None
    owner_id: UUID | None
    moved_at: datetime | None
    credit: CodeCredit | None
    attempts: tuple[TracedAttempt, ...]

    @property
    def taken_by(self) -> TracedAttempt | None:
        """The attempt by which it became its owner's; None if nobody owns it, or people moved it."""
        own = (one for one in self.attempts if one.outcome is Reason.ACCEPTED and one.account == self.owner)
        return None if self.moved_at else next(own, None)


def code_by_stream(store: EventStore, views: ViewStore, stream: UUID) -> CodeTrace | None:
    """What the events tell of the code with this stream; None if nobody ever issued, revoked or named one."""
    events = store.load([stream]).get(stream, [])
    canonical = getattr(events[0].fact, "code", None) if events else None
    if canonical is None or (code_stream(canonical) != stream and not canonical.startswith(ERASED)):
        return None
    found = ConfirmationCode(canonical, stream=stream).fold(events)
    attempts = _traced(views, events)
    vouched = [attempt.vouched_for for attempt in found.attempts if attempt.outcome is Reason.ACCEPTED]
    activity_id = found.activity_id or next(filter(None, vouched), None)
    activity = catalogue_of(store, [activity_id], None)(activity_id) if activity_id else None
    owner_id = _person(views, found.owner) if found.owner else None
    return CodeTrace(
        stream=stream,
        code=canonical,
        issued_at=next((event.recorded_at for event in events if isinstance(event.fact, Issued)), None),
        activity_id=activity_id,
        audience=found.audience,
        published=activity.published if activity else None,
        withdrawn_at=activity.withdrawn_at if activity else None,
        revoked_at=found.revoked_at,
        revoked_for=found.revoked_for,
        owner=found.owner,
        owner_id=owner_id,
        moved_at=next((event.recorded_at for event in reversed(events) if isinstance(event.fact, Moved)), None),
        credit=_credit(views, found, owner_id) if owner_id else None,
        attempts=attempts,
    )


def _traced(views: ViewStore, events: list[Event]) -> tuple[TracedAttempt, ...]:
    people: dict[Account, UUID] = {}
    tried: list[tuple[Attempted, list[Judged]]] = []
    for event in events:
        match event.fact:
            case Attempted() as fact:
                tried.append((fact, [Judged(fact.outcome, event.recorded_at, event.position)]))
                people.setdefault(fact.account, _person(views, fact.account))
            case AttemptRejudged(attempt=number, outcome=outcome):
                tried[number][1].append(Judged(outcome, event.recorded_at, event.position))
    return tuple(
        TracedAttempt(fact.account, people[fact.account], fact.typed, fact.at, fact.completed_on, tuple(judged))
        for fact, judged in tried
    )


def _person(views: ViewStore, account: Account) -> UUID:
    return listed_owner(views, account) or account_stream(account)


def _credit(views: ViewStore, found: ConfirmationCode, owner_id: UUID) -> CodeCredit | None:
    """The owner's entry: the code's own, or that of the completion that the code came with."""
    keys = [code_key(found.code)] + [
        module_key(attempt.vouched_for, attempt.completed_on)
        for attempt in found.attempts
        if attempt.account == found.owner and attempt.vouched_for and attempt.completed_on
    ]
    rows = (views.find("learning_plan", "entries", owner=owner_id, activity_key=key) for key in keys)
    row = next((found_rows[0] for found_rows in rows if found_rows), None)
    return CodeCredit(row["activity_key"], row["counts"], row["credits"]) if row else None
