"""What the catalogue sends: activities, their credits and their codes (contract, «From the catalogue»)."""

from datetime import date
from typing import Annotated, ClassVar, Final, Literal

from pydantic import AfterValidator, ConfigDict, Field, ValidationInfo

from sync_service.messages.faults import Kind, fault
from sync_service.messages.fields import Codes, Flag, Id, IncomingBody, Number, Part, Text
from sync_service.messages.moments import Instant, LocalDate
from sync_service.messages.portal_messages import Audience, EducationLevel

CATALOGUE: Final = "/catalogue"

ActivityKind = Literal["event", "module", "programme"]


def _held_on(held_on: date | None, info: ValidationInfo) -> date | None:
    """An event has its day (contract section 5, «Schema»)."""
    if held_on is None and info.data.get("kind") == "event":
        raise fault(Kind.MISSING)
    return held_on


class CatalogueBody(IncomingBody):
    """What the catalogue says of one activity."""

    SOURCES: ClassVar[frozenset[str]] = frozenset({CATALOGUE})

    activity_id: Id


class Accreditation(Part):
    """One row of the matrix: what the activity gives to these specialties of one audience and education level."""

    audience: Audience
    education_level: EducationLevel
    credits: Number
    specialties: list[Text]


class ActivityPublished(CatalogueBody):
    """An activity was accredited, or its record corrected: a second message replaces the first."""

    model_config = ConfigDict(
        json_schema_extra={
            "if": {"properties": {"kind": {"const": "event"}}, "required": ["kind"]},
            "then": {"properties": {"held_on": {"type": "string"}}, "required": ["held_on"]},
        },
    )

    TYPE: ClassVar[str] = "ru.nmo.activity.published.v1"

    kind: ActivityKind
    title: Text
    provider: Text
    place: Text | None = None
    held_on: Annotated[LocalDate | None, AfterValidator(_held_on), Field(validate_default=True)] = None
    foreign: Flag = False
    accreditation: list[Accreditation]


class ActivityWithdrawn(CatalogueBody):
    """The activity lost its accreditation."""

    TYPE: ClassVar[str] = "ru.nmo.activity.withdrawn.v1"

    reason: Text
    withdrawn_at: Instant


class CodesIssued(CatalogueBody):
    """The provider issued these codes, in their canonical form here, to one audience of the activity."""

    TYPE: ClassVar[str] = "ru.nmo.codes.issued.v1"

    audience: Audience
    codes: Codes


class CodesRevoked(CatalogueBody):
    """The provider withdrew these codes, in their canonical form here."""

    TYPE: ClassVar[str] = "ru.nmo.codes.revoked.v1"

    codes: Codes
    reason: Text
    revoked_at: Instant


CATALOGUE_BODIES: Final[tuple[type[CatalogueBody], ...]] = (
    ActivityPublished,
    ActivityWithdrawn,
    CodesIssued,
    CodesRevoked,
)
"""Every message of the catalogue, in the order of the contract's table."""
