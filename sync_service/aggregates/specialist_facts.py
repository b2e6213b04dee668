"""What can happen to a specialist: every kind of fact of that stream, in business words."""

from __future__ import annotations

from datetime import date, datetime

from sync_service.aggregates.aggregate import Fact
from sync_service.aggregates.decided_facts import (
    CodeMovedAway,
    CodeMovedHere,
    CreditReversed,
    LinkAllowed,
    LinkKept,
    LinkRefusalUpheld,
    LinkUndone,
    SeparatedFrom,
)
from sync_service.aggregates.erased_facts import MessageRefusedAsErased, PartnerErased, SpecialistErased
from sync_service.aggregates.link_facts import (
    AbsorbedInto,
    IdentityConflictNoticed,
    LinkCompleted,
    LinkConfirmed,
    LinkDeclined,
    LinkProgressed,
    LinkRefused,
    LinkRequested,
    ReplicaApplied,
    ReplicaDeferred,
    ReplicaRejected,
    ReplicaRequested,
    ReplicaWithdrawn,
    SpecialistAbsorbed,
)
from sync_service.aggregates.values import Account, Reason

__all__ = [
    "AbsorbedInto",
    "AccountClosed",
    "AccountNoticed",
    "AccountReopened",
    "ActivationRecorded",
    "ActivationRefused",
    "ActivationRepeated",
    "ActivityReversed",
    "CodeCorrected",
    "CodeMovedAway",
    "CodeMovedHere",
    "CodeNoted",
    "CodeRevoked",
    "CompletionRecorded",
    "CompletionRefused",
    "CreditReversed",
    "CycleOpened",
    "IdentityConflictNoticed",
    "LinkAllowed",
    "LinkCompleted",
    "LinkConfirmed",
    "LinkDeclined",
    "LinkKept",
    "LinkProgressed",
    "LinkRefusalUpheld",
    "LinkRefused",
    "LinkRequested",
    "LinkUndone",
    "MessageNoted",
    "MessageRefusedAsErased",
    "PartnerErased",
    "PersonalDetailsReported",
    "ProgrammeRecorded",
    "QualificationReported",
    "ReplicaApplied",
    "ReplicaDeferred",
    "ReplicaRejected",
    "ReplicaRequested",
    "ReplicaWithdrawn",
    "SeparatedFrom",
    "SpecialistAbsorbed",
    "SpecialistErased",
]

# Who the person is


class AccountNoticed(Fact, frozen=True):
    """A message named the account for the first time; from here on it exists."""

    TYPE = "specialist.account_noticed.v1"
    account: Account


class QualificationReported(Fact, frozen=True):
    """The portal said what the person is trained in; field by field the latest `at` stands."""

    TYPE = "specialist.qualification_reported.v1"
    account: Account
    at: datetime
    education_level: str | None = None
    audience: str | None = None
    specialties: tuple[str, ...] | None = None


class PersonalDetailsReported(Fact, frozen=True):
    """The portal said who the person is. Apart from all else, so that it can be encrypted per person and erased."""

    TYPE = "specialist.personal_details_reported.v1"
    account: Account
    at: datetime
    email: str | None = None
    full_name: str | None = None
    snils: str | None = None


class AccountClosed(Fact, frozen=True):
    """The account was closed; it refuses nothing that its portal reports, but no replicas are requested to it."""

    TYPE = "specialist.account_closed.v1"
    account: Account
    at: datetime


class AccountReopened(Fact, frozen=True):
    """The account was opened again; the replicas that it missed are requested."""

    TYPE = "specialist.account_reopened.v1"
    account: Account
    at: datetime


class CycleOpened(Fact, frozen=True):
    """A five-year cycle for one specialty began; the same cycle id again replaces it."""

    TYPE = "specialist.cycle_opened.v1"
    account: Account
    cycle_id: str
    specialty: str
    education_level: str
    starts_on: date
    ends_on: date
    policy: str | None = None


# What the person did


class ActivationRecorded(Fact, frozen=True):
    """The person typed a confirmation code, and it became theirs.

    `audience` is whom the code was issued for, None when only the portal vouched. `vouched_for` stands where the portal
    named another activity than the issue record. `answers` is the message that is answered, if it is not the cause.
    """

    TYPE = "specialist.activation_recorded.v1"
    account: Account
    code: str
    activated_at: datetime
    activity_id: str
    audience: str | None = None
    vouched_for: str | None = None
    answers: str | None = None


class ActivationRefused(Fact, frozen=True):
    """The person typed a code that could not become theirs; judged again, it says so again.

    `code` is the canonical form, None if there is none; `position` is then the place of the first impossible character.
    """

    TYPE = "specialist.activation_refused.v1"
    account: Account
    typed: str
    reason: Reason
    activated_at: datetime
    code: str | None = None
    position: int | None = None
    answers: str | None = None


class ActivationRepeated(Fact, frozen=True):
    """The person named a code that is theirs already: the same outcome again, no second credit.

    `key` is the entry that has it: a code that came with a module completion has no entry of its own.
    """

    TYPE = "specialist.activation_repeated.v1"
    account: Account
    code: str
    key: str | None = None
    activated_at: datetime | None = None
    answers: str | None = None


class CompletionRecorded(Fact, frozen=True):
    """The person completed a module; a code beside it was an attempt at that code with `code_outcome`."""

    TYPE = "specialist.completion_recorded.v1"
    account: Account
    module_id: str
    completed_on: date
    code: str | None = None
    code_outcome: Reason | None = None


class ProgrammeRecorded(Fact, frozen=True):
    """The person completed a programme of further training, counted in academic hours."""

    TYPE = "specialist.programme_recorded.v1"
    account: Account
    programme_id: str
    completed_on: date
    hours: float
    distance_hours: float
    organisation: str


class CompletionRefused(Fact, frozen=True):
    """A completion of a module or programme came after its accreditation was lost."""

    TYPE = "specialist.completion_refused.v1"
    account: Account
    key: str
    completed_on: date
    reason: Reason


class CodeNoted(Fact, frozen=True):
    """A completion that is known already came with a code: an attempt at that code, with this outcome.

    No replica carries a code, so it is no echo: if the link that made the completion known is undone, it is this
    account's own.
    """

    TYPE = "specialist.code_noted.v1"
    account: Account
    key: str
    code: str | None
    outcome: Reason


class ActivityReversed(Fact, frozen=True):
    """A portal took a credit back; a key that the person does not have yet is reversed when it arrives."""

    TYPE = "specialist.activity_reversed.v1"
    account: Account
    key: str
    reason: str
    at: datetime


class CodeCorrected(Fact, frozen=True):
    """The issue record of a code says otherwise than what was recorded when it was activated."""

    TYPE = "specialist.code_corrected.v1"
    code: str
    activity_id: str
    audience: str


class CodeRevoked(Fact, frozen=True):
    """The provider withdrew a code that is this person's."""

    TYPE = "specialist.code_revoked.v1"
    code: str
    reason: str
    at: datetime


class MessageNoted(Fact, frozen=True):
    """A portal's message was stored and changed nothing, for what it says is known or was never asked."""

    TYPE = "specialist.message_noted.v1"
    account: Account
    message_type: str
    key: str | None = None
