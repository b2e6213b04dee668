"""The CloudEvent around every message, which types of message come in, and who may send each."""

from collections.abc import Callable, Mapping
from typing import Final, Generic, Literal, NotRequired, TypeVar

import msgspec
from pydantic import TypeAdapter
from typing_extensions import TypedDict

from sync_service.messages.catalogue_messages import CATALOGUE, CATALOGUE_BODIES, Accreditation
from sync_service.messages.fields import Id, IncomingBody, OwnId, Part
from sync_service.messages.moments import Instant
from sync_service.messages.portal_messages import EDU, PORTAL_BODIES, SOVETNMO

SUPPORT: Final = "/support"
SOURCES: Final = frozenset({SOVETNMO, EDU, CATALOGUE, SUPPORT})
"""Every source that the contract names; `/support` may not send anything yet, and what it sends is parked."""

BodyT = TypeVar("BodyT", bound=IncomingBody)


class Attributes(TypedDict):
    """The attributes of a CloudEvent that the service reads; all others are ignored."""

    # It stays a dictionary: an object would be taken apart at once. Whether `source` and `type` are known is asked
    # of SOURCES and CONTRACTS, which says more than a limit on their length.
    __pydantic_config__ = Part.model_config  # type: ignore[misc]

    specversion: Literal["1.0"]
    id: OwnId
    source: str
    type: str
    subject: NotRequired[Id | None]
    time: Instant


class Event(Attributes, Generic[BodyT]):
    """A whole CloudEvent of one type."""

    __pydantic_config__ = Part.model_config  # type: ignore[misc]

    data: BodyT


class Contract(msgspec.Struct, frozen=True):
    """One type of incoming message: the model of its `data`, who may send it, and what reads a whole event of it.

    `read_event` raises ValidationError with every error of the event; its `context` is a Receipt.
    """

    body: type[IncomingBody]
    sources: frozenset[str]
    fields: frozenset[str]
    read_event: Callable[..., Event[IncomingBody]]

    def known(self, data: Mapping[str, object]) -> dict[str, object]:
        """What this version reads of a message's data: unknown fields are ignored, and null is absent.

        So a portal that resends what it sent before it grew a field still repeats itself.
        """
        return {
            name: value if type(value) is str else _known_value(value)
            for name, value in data.items()
            if value is not None and name in self.fields
        }


def _known_value(value: object) -> object:
    """A value as it compares: 36.0 is the number 36, and of an accreditation's rows the known fields count."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if not isinstance(value, list) or not value or not isinstance(value[0], dict):
        return value
    fields = Accreditation.model_fields
    return [
        {name: _known_value(field) for name, field in row.items() if field is not None and name in fields}
        for row in value
    ]


def _contract(body: type[IncomingBody]) -> Contract:
    event = TypeAdapter(Event[body])  # type: ignore[valid-type]
    return Contract(body, body.SOURCES, frozenset(body.model_fields), event.validator.validate_python)


CONTRACTS: Final[Mapping[str, Contract]] = {body.TYPE: _contract(body) for body in (*PORTAL_BODIES, *CATALOGUE_BODIES)}
"""The contract of each type that this version knows, by its full name."""

read_attributes: Final[Callable[..., Attributes]] = TypeAdapter(Attributes).validator.validate_python
"""Reads the attributes alone, for a type that nobody knows."""
