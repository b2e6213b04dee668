"""What people decided for a specialist: facts that no portal reports, each with who wanted it and why."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sync_service.aggregates.aggregate import Fact
from sync_service.aggregates.values import Account


class Decided(Fact, frozen=True):
    """One member of staff proposed it with a reason, and a second one approved it."""

    reason: str
    proposed_by: str
    approved_by: str


class LinkAllowed(Decided, frozen=True):
    """The accounts may be joined although their СНИЛС differ; stands in both histories, and the joining follows."""

    TYPE = "specialist.link_allowed.v1"
    request_id: str
    edu: str
    sovetnmo: str


class LinkRefusalUpheld(Decided, frozen=True):
    """The accounts stay apart, as their СНИЛС differ; stands in both histories, and this attempt is over for good."""

    TYPE = "specialist.link_refusal_upheld.v1"
    request_id: str
    edu: str
    sovetnmo: str


class LinkKept(Decided, frozen=True):
    """The accounts stay joined although СНИЛС that differ came; the ones that are known now raise no case again."""

    TYPE = "specialist.link_kept.v1"
    request_id: str
    edu: str
    sovetnmo: str


class LinkUndone(Decided, frozen=True):
    """The link was wrong: two people again. Stands in the stream that spoke for both.

    From here on it speaks for the edu account alone, as if the events after version `joined_version` that the other
    account brought about had never been.
    """

    TYPE = "specialist.link_undone.v1"
    request_id: str
    edu: str
    sovetnmo: str
    joined_version: int


class SeparatedFrom(Fact, frozen=True):
    """The link was wrong: the sovetnmo account has a history of its own again.

    It goes on from where it was absorbed, with those events of the other stream between the versions `joined_version`
    and `undone_version` that this account brought about.
    """

    TYPE = "specialist.separated_from.v1"
    specialist: UUID
    request_id: str
    edu: str
    sovetnmo: str
    joined_version: int
    undone_version: int


class CodeMovedAway(Decided, frozen=True):
    """The code is another person's: the credit that it gave here is reversed."""

    TYPE = "specialist.code_moved_away.v1"
    account: Account
    code: str


class CodeMovedHere(Decided, frozen=True):
    """The code is this person's, who has the credit as of the time of the activation.

    `activated_at` is that instant, None where the code came with a completion. `answers` is the message by which this
    account had asked for the code before. `key` is the person's completion that came with the code: it is the
    credit, and the code gives no second one.
    """

    TYPE = "specialist.code_moved_here.v1"
    account: Account
    code: str
    activity_id: str
    completed_on: date
    activated_at: datetime | None = None
    audience: str | None = None
    answers: str | None = None
    key: str | None = None


class CreditReversed(Fact, frozen=True):
    """Support took a credit back, which needs one person only."""

    TYPE = "specialist.credit_reversed.v1"
    key: str
    reason: str
    by: str
