"""What the portals send: one model for the `data` of each type (contract, «From the portals»)."""

from typing import ClassVar, Final, Literal

from sync_service.messages.fields import Id, IncomingBody, Number, OwnId, Snils, Text, TypedCode
from sync_service.messages.moments import Instant, LocalDate

SOVETNMO: Final = "/portals/sovetnmo"
EDU: Final = "/portals/edu"

EducationLevel = Literal["higher", "higher_nursing", "secondary"]
Audience = Literal["doctors", "nurses"]
ReplicaRefusal = Literal["duplicate", "rejected", "temporarily"]


class PortalBody(IncomingBody):
    """What either portal says of one of its accounts."""

    SOURCES: ClassVar[frozenset[str]] = frozenset({SOVETNMO, EDU})

    account_id: OwnId


class AccountRegistered(PortalBody):
    """A person opened an account."""

    TYPE: ClassVar[str] = "ru.nmo.account.registered.v1"

    email: Text
    full_name: Text | None = None
    snils: Snils | None = None
    education_level: EducationLevel
    audience: Audience
    specialties: list[Text]
    registered_at: Instant


class AccountChanged(PortalBody):
    """The person's facts changed; what is absent stayed as it was."""

    TYPE: ClassVar[str] = "ru.nmo.account.changed.v1"

    email: Text | None = None
    full_name: Text | None = None
    snils: Snils | None = None
    education_level: EducationLevel | None = None
    audience: Audience | None = None
    specialties: list[Text] | None = None
    changed_at: Instant


class AccountClosed(PortalBody):
    """The account was closed: no replicas are requested to it from now on."""

    TYPE: ClassVar[str] = "ru.nmo.account.closed.v1"

    closed_at: Instant


class AccountReopened(PortalBody):
    """The account is open again, and gets the replicas that it missed."""

    TYPE: ClassVar[str] = "ru.nmo.account.reopened.v1"

    reopened_at: Instant


class CycleOpened(PortalBody):
    """A five-year cycle of one specialty began; the same `cycle_id` again replaces it."""

    TYPE: ClassVar[str] = "ru.nmo.cycle.opened.v1"

    cycle_id: Id
    specialty: Text
    education_level: EducationLevel
    starts_on: LocalDate
    ends_on: LocalDate
    policy: Text | None = None


class CodeActivated(PortalBody):
    """The person typed a confirmation code; `code` is what they typed."""

    TYPE: ClassVar[str] = "ru.nmo.code.activated.v1"

    code: TypedCode
    activated_at: Instant
    activity_id: Id | None = None


class ModuleCompleted(PortalBody):
    """The person completed an e-module, perhaps with a code for it."""

    TYPE: ClassVar[str] = "ru.nmo.module.completed.v1"

    module_id: Id
    completed_on: LocalDate
    code: TypedCode | None = None


class ProgrammeCompleted(PortalBody):
    """The person completed a programme in an educational organisation; both hours are academic hours."""

    TYPE: ClassVar[str] = "ru.nmo.programme.completed.v1"

    programme_id: Id
    hours: Number
    distance_hours: Number
    completed_on: LocalDate
    organisation: Text


class LinkRequested(PortalBody):
    """The person asked, in the edu account, to join it with the sovetnmo account that they named."""

    TYPE: ClassVar[str] = "ru.nmo.link.requested.v1"
    SOURCES: ClassVar[frozenset[str]] = frozenset({EDU})

    sovetnmo_account_id: OwnId
    request_id: Id
    requested_at: Instant


class LinkConfirmed(PortalBody):
    """The same person, signed in at sovetnmo, confirmed that both accounts are theirs."""

    TYPE: ClassVar[str] = "ru.nmo.link.confirmed.v1"
    SOURCES: ClassVar[frozenset[str]] = frozenset({SOVETNMO})

    edu_account_id: OwnId
    request_id: Id
    confirmed_at: Instant


class LinkDeclined(PortalBody):
    """The sovetnmo portal or its user declined the request."""

    TYPE: ClassVar[str] = "ru.nmo.link.declined.v1"
    SOURCES: ClassVar[frozenset[str]] = frozenset({SOVETNMO})

    edu_account_id: OwnId
    request_id: Id
    declined_at: Instant
    reason: Text


class ActivityReversed(PortalBody):
    """The portal took a credit back; the key is compared exactly as sent."""

    TYPE: ClassVar[str] = "ru.nmo.activity.reversed.v1"

    activity_key: Text
    reason: Text
    reversed_at: Instant


class ReplicaApplied(PortalBody):
    """The portal shows the replica in the account."""

    TYPE: ClassVar[str] = "ru.nmo.replica.applied.v1"

    activity_key: Text
    remote_ref: Text | None = None
    applied_at: Instant


class ReplicaRefused(PortalBody):
    """The portal does not show the replica: it has it already, or never will, or cannot for now."""

    TYPE: ClassVar[str] = "ru.nmo.replica.refused.v1"

    activity_key: Text
    reason: ReplicaRefusal
    detail: Text | None = None
    refused_at: Instant


PORTAL_BODIES: Final[tuple[type[PortalBody], ...]] = (
    AccountRegistered,
    AccountChanged,
    AccountClosed,
    AccountReopened,
    CycleOpened,
    CodeActivated,
    ModuleCompleted,
    ProgrammeCompleted,
    LinkRequested,
    LinkConfirmed,
    LinkDeclined,
    ActivityReversed,
    ReplicaApplied,
    ReplicaRefused,
)
"""Every message of the portals, in the order of the contract's table."""
