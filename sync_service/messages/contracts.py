"""The CloudEvent around every message, which types of message come in, and who may send each."""

from collections.abc import Mapping
from typing import Final, Generic, Literal, TypeVar

import msgspec

from sync_service.messages.catalogue_messages import CATALOGUE, CATALOGUE_BODIES
from sync_service.messages.fields import Id, IncomingBody, Part, Text
from sync_service.messages.moments import Instant
from sync_service.messages.portal_messages import EDU, PORTAL_BODIES, SOVETNMO

SUPPORT: Final = "/support"
SOURCES: Final = frozenset({SOVETNMO, EDU, CATALOGUE, SUPPORT})
"""Every source that the contract names; `/support` may not send anything yet, and what it sends is parked."""

BodyT = TypeVar("BodyT", bound=IncomingBody)


class Attributes(Part):
    """The attributes of a CloudEvent that the service reads; all others are ignored."""

    specversion: Literal["1.0"]
    id: Id
    source: Text
    type: Text
    subject: Id | None = None
    time: Instant


class Event(Attributes, Generic[BodyT]):
    """A whole CloudEvent of one type."""

    data: BodyT


class Contract(msgspec.Struct, frozen=True):
    """One type of incoming message: the model of its event, and the sources that may send it."""

    event: type[Event[IncomingBody]]
    sources: frozenset[str]


CONTRACTS: Final[Mapping[str, Contract]] = {
    body.TYPE: Contract(event=Event[body], sources=body.SOURCES)  # type: ignore[valid-type]
    for body in (*PORTAL_BODIES, *CATALOGUE_BODIES)
}
"""The contract of each type that this version knows, by its full name."""
