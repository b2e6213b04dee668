"""The confirmation code (ИКП): issued for what, tried by whom, credited to whom, revoked when."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

import msgspec

from sync_service.aggregates.aggregate import Aggregate, Event, Fact, Journal, evolves
from sync_service.aggregates.erased_facts import HolderErased
from sync_service.aggregates.values import Account, Portal, Reason, code_stream

if TYPE_CHECKING:
    from uuid import UUID

    from sync_service.aggregates.activity import Activity


class Issued(Fact, frozen=True):
    """The provider issued the code for an activity: the first issue record names the activity for good."""

    TYPE = "code.issued.v1"
    code: str
    activity_id: str
    audience: str


class AudienceCorrected(Fact, frozen=True):
    """A later issue record for the same activity corrected whom the code is for."""

    TYPE = "code.audience_corrected.v1"
    audience: str


class Attempted(Fact, frozen=True):
    """Somebody named the code in an activation or a module completion, with this outcome.

    `at` is the activation's instant; a module completion has only `completed_on`. `vouched_for` is the activity that
    the portal named beside the code.
    """

    TYPE = "code.attempted.v1"
    code: str
    account: Account
    typed: str
    outcome: Reason
    at: datetime | None = None
    completed_on: date | None = None
    vouched_for: str | None = None


class AttemptRejudged(Fact, frozen=True):
    """An earlier attempt has another outcome now. `attempt` counts from 0 in order of arrival."""

    TYPE = "code.attempt_rejudged.v1"
    attempt: int
    outcome: Reason


class Revoked(Fact, frozen=True):
    """The provider withdrew the code; of several withdrawals the earliest stands."""

    TYPE = "code.revoked.v1"
    code: str
    reason: str
    at: datetime


class Moved(Fact, frozen=True):
    """Two members of staff moved the code to its rightful owner, `account`; why stands in both people's histories."""

    TYPE = "code.moved.v1"
    code: str
    account: Account


class Attempt(msgspec.Struct):
    """One row of a code's attempts: who named it, and the latest outcome. `cause` is the message's id."""

    account: Account
    typed: str
    at: datetime | None = None
    completed_on: date | None = None
    vouched_for: str | None = None
    outcome: Reason = Reason.CODE_UNKNOWN
    cause: str | None = None

    def is_after(self, instant: datetime) -> bool:
        """Whether it happened after the instant; a completion, having only a date, goes by the date as written."""
        if self.at is not None:
            return self.at > instant
        return self.completed_on is not None and self.completed_on > instant.date()


class ConfirmationCode(Aggregate):
    """One code. Its stream's id is derived from the code, so that two takers conflict instead of both winning.

    `veiled` stands for the code where its holder was erased: it stays taken, and is written nowhere any more.
    """

    def __init__(self, code: str, journal: Journal | None = None, stream: UUID | None = None) -> None:
        super().__init__(stream or code_stream(code), journal)
        self.code = code
        self.veiled: str | None = None
        self.activity_id: str | None = None
        self.audience: str | None = None
        self.owner: Account | None = None
        self.revoked_at: datetime | None = None
        self.revoked_for: str | None = None
        self.attempts: list[Attempt] = []

    def judge(self, attempt: Attempt, accounts: frozenset[Account], activity: Activity | None) -> Reason:
        """What an attempt by a person with these accounts is worth; reasons in the order of CONTRACT.md, «Codes».

        `activity` is what the code is for, by its issue record or else by the portal's word.
        """
        if self.owner is not None:
            return Reason.CODE_ALREADY_YOURS if self.owner in accounts else Reason.CODE_TAKEN
        if self.revoked_at is not None and attempt.is_after(self.revoked_at):
            return Reason.CODE_REVOKED
        if activity is None:
            return Reason.CODE_UNKNOWN
        if activity.withdrawn_at is not None and attempt.is_after(activity.withdrawn_at):
            return Reason.ACTIVITY_WITHDRAWN
        return Reason.ACCEPTED

    def attempt(self, attempt: Attempt) -> None:
        """Record an attempt with its outcome; an accepted one makes the code that account's."""
        self.record(
            Attempted(
                code=self.code,
                account=attempt.account,
                typed=attempt.typed,
                outcome=attempt.outcome,
                at=attempt.at,
                completed_on=attempt.completed_on,
                vouched_for=attempt.vouched_for,
            ),
        )

    def rejudge(self, attempt: int, outcome: Reason) -> None:
        """Record that an earlier attempt has another outcome now."""
        self.record(AttemptRejudged(attempt=attempt, outcome=outcome))

    def issue(self, activity_id: str, audience: str) -> bool:
        """Record what the provider issued it for; True if that says anything new.

        A later record for another activity changes nothing: the first names the activity for good.
        """
        if self.activity_id is None:
            self.record(Issued(code=self.code, activity_id=activity_id, audience=audience))
        elif self.activity_id == activity_id and self.audience != audience:
            self.record(AudienceCorrected(audience=audience))
        else:
            return False
        return True

    def revoke(self, reason: str, at: datetime) -> bool:
        """Record the withdrawal of the code, unless an earlier one stands; True if it was recorded."""
        if self.revoked_at is not None and self.revoked_at <= at:
            return False
        self.record(Revoked(code=self.code, reason=reason, at=at))
        return True

    def move(self, account: Account) -> None:
        """Record whose it is by a decision of people."""
        self.record(Moved(code=self.code, account=account))

    @evolves(HolderErased)
    def _holder_erased(self, fact: HolderErased, _: object) -> None:
        """A code of which this store knows no holder was theirs all the same (`erase --reapply`)."""
        self.veiled = fact.code or self.veiled
        if fact.code is not None and self.owner is None:
            self.owner = Account(Portal.EDU, fact.code)

    @evolves(Moved)
    def _moved(self, fact: Moved, _: object) -> None:
        self.owner = fact.account

    @evolves(Issued)
    def _issued(self, fact: Issued, _: object) -> None:
        self.activity_id = fact.activity_id
        self.audience = fact.audience

    @evolves(AudienceCorrected)
    def _audience_corrected(self, fact: AudienceCorrected, _: object) -> None:
        self.audience = fact.audience

    @evolves(Attempted)
    def _attempted(self, fact: Attempted, event: Event) -> None:
        self.attempts.append(
            Attempt(
                account=fact.account,
                typed=fact.typed,
                at=fact.at,
                completed_on=fact.completed_on,
                vouched_for=fact.vouched_for,
                outcome=fact.outcome,
                cause=event.cause_id,
            ),
        )
        if fact.outcome is Reason.ACCEPTED:
            self.owner = fact.account

    @evolves(AttemptRejudged)
    def _attempt_rejudged(self, fact: AttemptRejudged, _: object) -> None:
        attempt = self.attempts[fact.attempt]
        attempt.outcome = fact.outcome
        if fact.outcome is Reason.ACCEPTED:
            self.owner = attempt.account

    @evolves(Revoked)
    def _revoked(self, fact: Revoked, _: object) -> None:
        self.revoked_at = fact.at
        self.revoked_for = fact.reason
