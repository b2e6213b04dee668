"""What can happen to a specialist's link, and to the copies of activities in the other account."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sync_service.aggregates.aggregate import Fact
from sync_service.aggregates.values import Account, Reason

# The one-time link


class LinkRequested(Fact, frozen=True):
    """The person asked in the edu account to link the sovetnmo account; stands in both histories."""

    TYPE = "specialist.link_requested.v1"
    request_id: str
    edu: str
    sovetnmo: str
    at: datetime


class LinkConfirmed(Fact, frozen=True):
    """The sovetnmo portal confirmed the link after its own sign-in; stands in both histories."""

    TYPE = "specialist.link_confirmed.v1"
    request_id: str
    edu: str
    sovetnmo: str
    at: datetime


class LinkDeclined(Fact, frozen=True):
    """The person declined the link at sovetnmo; a new request id starts anew."""

    TYPE = "specialist.link_declined.v1"
    request_id: str
    edu: str
    sovetnmo: str
    at: datetime
    reason: str


class LinkRefused(Fact, frozen=True):
    """The accounts cannot be linked, for this reason; stands in both histories."""

    TYPE = "specialist.link_refused.v1"
    request_id: str
    edu: str
    sovetnmo: str
    reason: Reason


class SpecialistAbsorbed(Fact, frozen=True):
    """The two accounts are one person: the edu account's history absorbed the sovetnmo account's.

    `to_edu` and `to_sovetnmo` count the replicas that are requested by it.
    """

    TYPE = "specialist.absorbed.v1"
    absorbed: UUID
    absorbed_version: int
    request_id: str
    edu: str
    sovetnmo: str
    to_edu: int
    to_sovetnmo: int


class AbsorbedInto(Fact, frozen=True):
    """This history goes on in another specialist's, where both accounts are."""

    TYPE = "specialist.absorbed_into.v1"
    specialist: UUID
    request_id: str
    edu: str
    sovetnmo: str


class LinkProgressed(Fact, frozen=True):
    """Another tenth of the earlier history is shown on the other side."""

    TYPE = "specialist.link_progressed.v1"
    request_id: str
    edu: str
    sovetnmo: str
    to_edu: int
    to_sovetnmo: int
    applied: int


class LinkCompleted(Fact, frozen=True):
    """Every replica of the earlier history was answered or is no longer wanted; from here on the flow is continuous."""

    TYPE = "specialist.link_completed.v1"
    request_id: str
    edu: str
    sovetnmo: str
    to_edu: int
    to_sovetnmo: int
    applied: int


class IdentityConflictNoticed(Fact, frozen=True):
    """A СНИЛС that differs came after the accounts were joined; nothing changes until support decides."""

    TYPE = "specialist.identity_conflict_noticed.v1"
    account: Account


# Showing it in the other account


class ReplicaRequested(Fact, frozen=True):
    """The account's portal is asked to show the activity; the same revision again reminds it, the `asked`-th time."""

    TYPE = "specialist.replica_requested.v1"
    account: Account
    key: str
    revision: int
    kind: str
    activity_id: str
    completed_on: date
    origin: Account
    origin_recorded_at: datetime
    title: str | None = None
    credits: float | None = None
    backfill: bool = False
    asked: int = 1


class ReplicaWithdrawn(Fact, frozen=True):
    """The account's portal is told no longer to show the activity: it was reversed, or is not this person's."""

    TYPE = "specialist.replica_withdrawn.v1"
    account: Account
    key: str
    revision: int
    reason: str


class ReplicaApplied(Fact, frozen=True):
    """The portal shows the replica, or had the activity already (`duplicate`); nothing changes that."""

    TYPE = "specialist.replica_applied.v1"
    account: Account
    key: str
    at: datetime
    remote_ref: str | None = None
    duplicate: bool = False


class ReplicaRejected(Fact, frozen=True):
    """The portal will not show the replica."""

    TYPE = "specialist.replica_rejected.v1"
    account: Account
    key: str
    at: datetime
    detail: str | None = None


class ReplicaDeferred(Fact, frozen=True):
    """The portal cannot show the replica for now; it is asked again."""

    TYPE = "specialist.replica_deferred.v1"
    account: Account
    key: str
    at: datetime
    detail: str | None = None
