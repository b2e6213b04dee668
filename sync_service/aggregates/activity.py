"""The catalogue's activity: what is accredited, for whom, with how many credits."""

from __future__ import annotations

from datetime import date, datetime

import msgspec

from sync_service.aggregates.aggregate import Aggregate, Fact, Journal, evolves
from sync_service.aggregates.values import activity_stream


class AccreditationRow(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One row of the matrix audience × education level × specialties → credits (DOMAIN.md, «Credits and targets»)."""

    audience: str
    education_level: str
    credits: float
    specialties: tuple[str, ...]


class ActivityPublished(Fact, frozen=True):
    """The catalogue described the activity; a second description replaces the first."""

    TYPE = "activity.published.v1"
    activity_id: str
    kind: str
    title: str
    provider: str
    place: str | None = None
    held_on: date | None = None
    foreign: bool = False
    accreditation: tuple[AccreditationRow, ...] = ()


class ActivityWithdrawn(Fact, frozen=True):
    """The activity lost its accreditation; of several withdrawals the earliest stands, and none is undone."""

    TYPE = "activity.withdrawn.v1"
    activity_id: str
    reason: str
    at: datetime


class CodesIssued(Fact, frozen=True):
    """The provider issued codes for the activity; each code's own stream has the rest."""

    TYPE = "activity.codes_issued.v1"
    activity_id: str
    audience: str
    codes: int


class CodesRevoked(Fact, frozen=True):
    """The provider withdrew codes of the activity; each code's own stream has the rest."""

    TYPE = "activity.codes_revoked.v1"
    activity_id: str
    reason: str
    codes: int
    at: datetime


class Activity(Aggregate):
    """One activity of the catalogue, known or only named so far."""

    def __init__(self, activity_id: str, journal: Journal | None = None) -> None:
        super().__init__(activity_stream(activity_id), journal)
        self.activity_id = activity_id
        self.published: ActivityPublished | None = None
        self.withdrawn_at: datetime | None = None
        self.withdrawn_for: str | None = None

    @property
    def title(self) -> str | None:
        """Its title, None as long as the catalogue has not described it."""
        return self.published.title if self.published else None

    @property
    def held_on(self) -> date | None:
        """The day of an event; a local date without a time."""
        return self.published.held_on if self.published else None

    def is_withdrawn_for(self, completed_on: date) -> bool:
        """Whether a completion of this date came after the withdrawal, by the date written in it."""
        return self.withdrawn_at is not None and completed_on > self.withdrawn_at.date()

    @evolves(ActivityPublished)
    def _published(self, fact: ActivityPublished, _: object) -> None:
        self.published = fact

    @evolves(ActivityWithdrawn)
    def _withdrawn(self, fact: ActivityWithdrawn, _: object) -> None:
        if self.withdrawn_at is None or fact.at < self.withdrawn_at:
            self.withdrawn_at = fact.at
            self.withdrawn_for = fact.reason

    @evolves(CodesIssued, CodesRevoked)
    def _codes_told(self, _fact: object, _: object) -> None:
        """The codes' own streams hold what matters."""
