"""What an address of the JSON API is: who may use it, what it is asked, what it answers, and how a look is recorded."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from sync_service.access import Right
from sync_service.auditing import Act

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sync_service.api.call import Call

    Run = Callable[[Call, Any], object]

READING = "GET"
JSON = "application/json"


class Nothing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Nothing is asked beyond the address."""


class Whom(Enum):
    """Whom a use of an address concerns, and so how it is recorded before anything is sent.

    `NAMED`: the person, code, message or proposal whose id stands in the address; recorded before the code runs.
    `FOUND`: only the code can tell; it records with `Call.look`, and an answer without that is never sent.
    `NOBODY`: what concerns no one person (lists, rebuilds, the audit log itself), recorded before the code runs.
    `UNRECORDED`: what shows nobody and changes nothing, such as the standing of the service.
    """

    NAMED = "named"
    FOUND = "found"
    NOBODY = "nobody"
    UNRECORDED = "unrecorded"


class Download(NamedTuple):
    """A file as an answer, whole or in parts that are made while it is sent."""

    content: bytes | Iterator[bytes]
    media_type: str
    name: str


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """One address and method under `/api/v1`.

    `run` gets the call and what was asked: an `asks`, read from the address's parameters for GET and from the JSON body
    otherwise. It gives an `answers`, or a Download of one of the `media` types. `act` names the use in the audit log.
    `masks` hides personal values and codes in the answer, whatever `run` put into it; without it, `run` answers for
    what it shows. `refusals` are the statuses that it may answer beyond those of every address. `searches` are those
    whose use is limited as the console's search is.
    """

    method: str
    path: str
    right: Right
    run: Run
    asks: type[msgspec.Struct] = Nothing
    answers: Any = Nothing
    status: HTTPStatus = HTTPStatus.OK
    act: Act | None = None
    whom: Whom
    masks: bool = True
    media: tuple[str, ...] = (JSON,)
    refusals: frozenset[HTTPStatus] = frozenset()
    searches: bool = False

    def __post_init__(self) -> None:
        """Refuse a line of the table that would leave a use without its record."""
        if (self.whom is Whom.UNRECORDED) != (self.act is None):
            raise ValueError(f"{self.name}: what is recorded has the name of its act, and nothing else has one")
        if self.method != READING and self.whom is Whom.UNRECORDED:
            raise ValueError(f"{self.name}: what changes something is recorded")

    @property
    def name(self) -> str:
        """Its only name, also the description's `operationId`: `POST people/{specialist_id}/repair`."""
        return f"{self.method} {self.path}"

    @property
    def needs_case(self) -> bool:
        """Whether the number of a case must be said: whoever looks at people, codes or parked messages has a reason."""
        return self.whom in {Whom.NAMED, Whom.FOUND}
