"""The messages as pydantic models, for the peers: what anybody would write for the types that benchmarks send."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, Field, TypeAdapter

from simulation.codes import canonical

Identifier = Annotated[str, Field(min_length=1, max_length=200)]
Words = Annotated[str, Field(min_length=1, max_length=2000)]
Portal = Literal["/portals/sovetnmo", "/portals/edu"]
SOVETNMO, EDU = "/portals/sovetnmo", "/portals/edu"


class Envelope(BaseModel):
    """What all messages have."""

    specversion: Literal["1.0"]
    id: Identifier
    source: Identifier
    time: AwareDatetime


class Accreditation(BaseModel):
    """What an activity is worth to whom."""

    audience: Literal["doctors", "nurses"]
    education_level: Literal["higher", "higher_nursing", "secondary"]
    credits: float
    specialties: list[Words]


class Publication(BaseModel):
    """An activity as the catalogue describes it."""

    activity_id: Identifier
    kind: Literal["event", "module", "programme"]
    title: Words
    provider: Words
    foreign: bool = False
    held_on: date | None = None
    place: Words | None = None
    accreditation: list[Accreditation]


class Issue(BaseModel):
    """Codes for an activity."""

    activity_id: Identifier
    audience: Literal["doctors", "nurses"]
    codes: list[Identifier]


class Registration(BaseModel):
    """A new account."""

    account_id: Identifier
    email: Words
    full_name: Words | None = None
    education_level: Literal["higher", "higher_nursing", "secondary"]
    audience: Literal["doctors", "nurses"]
    specialties: list[Words]
    registered_at: AwareDatetime


class Activation(BaseModel):
    """A code as it was typed."""

    account_id: Identifier
    code: Annotated[str, Field(max_length=200)]
    activity_id: Identifier | None = None
    activated_at: AwareDatetime


class ModuleDone(BaseModel):
    """A completed module."""

    account_id: Identifier
    module_id: Identifier
    completed_on: date


class ProgrammeDone(BaseModel):
    """A completed programme."""

    account_id: Identifier
    programme_id: Identifier
    hours: float
    distance_hours: float
    completed_on: date
    organisation: Words


class Request(BaseModel):
    """The edu half of a link."""

    account_id: Identifier
    sovetnmo_account_id: Identifier
    request_id: Identifier
    requested_at: AwareDatetime


class Confirmation(BaseModel):
    """The sovetnmo half of a link."""

    account_id: Identifier
    edu_account_id: Identifier
    request_id: Identifier
    confirmed_at: AwareDatetime


class ActivityPublished(Envelope):
    """The catalogue describes an activity."""

    type: Literal["ru.nmo.activity.published.v1"]
    data: Publication


class CodesIssued(Envelope):
    """The provider issued codes."""

    type: Literal["ru.nmo.codes.issued.v1"]
    data: Issue


class AccountRegistered(Envelope):
    """Somebody opened an account."""

    source: Portal
    type: Literal["ru.nmo.account.registered.v1"]
    data: Registration


class CodeActivated(Envelope):
    """Somebody typed a code."""

    source: Portal
    type: Literal["ru.nmo.code.activated.v1"]
    data: Activation


class ModuleCompleted(Envelope):
    """Somebody completed a module."""

    source: Portal
    type: Literal["ru.nmo.module.completed.v1"]
    data: ModuleDone


class ProgrammeCompleted(Envelope):
    """Somebody completed a programme."""

    source: Portal
    type: Literal["ru.nmo.programme.completed.v1"]
    data: ProgrammeDone


class LinkRequested(Envelope):
    """Somebody asked to link their accounts."""

    source: Literal["/portals/edu"]
    type: Literal["ru.nmo.link.requested.v1"]
    data: Request


class LinkConfirmed(Envelope):
    """Somebody confirmed that both accounts are theirs."""

    source: Literal["/portals/sovetnmo"]
    type: Literal["ru.nmo.link.confirmed.v1"]
    data: Confirmation


Completed = ModuleCompleted | ProgrammeCompleted
Linking = LinkRequested | LinkConfirmed
Incoming = ActivityPublished | CodesIssued | AccountRegistered | CodeActivated | Completed | Linking

read = TypeAdapter[Incoming](Annotated[Incoming, Field(discriminator="type")]).validate_json
"""The message that some bytes are; raises ValidationError."""


def account_of(source: str, account_id: str) -> str:
    """An account's name, the same for every mention of it."""
    return f"{source}#{account_id}"


def accounts_in(message: Incoming) -> tuple[str, ...]:
    """The accounts that a message names; of a link the edu account first."""
    if isinstance(message, ActivityPublished | CodesIssued):
        return ()
    if isinstance(message, LinkRequested):
        said = message.data
        return account_of(EDU, said.account_id), account_of(SOVETNMO, said.sovetnmo_account_id)
    if isinstance(message, LinkConfirmed):
        return account_of(EDU, message.data.edu_account_id), account_of(SOVETNMO, message.data.account_id)
    return (account_of(message.source, message.data.account_id),)


def code_in(message: Incoming) -> str | None:
    """The code that an activation names, if it is one."""
    return canonical(message.data.code) if isinstance(message, CodeActivated) else None


def activity_in(message: Completed) -> str:
    """Which activity was completed."""
    return message.data.module_id if isinstance(message, ModuleCompleted) else message.data.programme_id


def key_of(message: Completed) -> str:
    """What makes the completion the same as another."""
    kind = "module" if isinstance(message, ModuleCompleted) else "programme"
    return f"{kind}:{activity_in(message)}:{message.data.completed_on}"
