"""What goes wrong, as `application/problem+json` (RFC 9457): every fault named, and never a personal value."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final

import msgspec

from sync_service.aggregates import errors
from sync_service.console.person.hiding import hidden_codes
from sync_service.event_store import Conflict
from sync_service.projections.rebuild_orders import NotNow
from sync_service.projections.view_store import ViewMoved

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

PROBLEM_JSON: Final = "application/problem+json"
TYPE_PREFIX: Final = "urn:sync-service:problem:"
TRY_AGAIN_S: Final = 5


class Fault(msgspec.Struct, frozen=True):
    """One thing that is wrong with what was asked; `where` is the name of a field, a parameter or a header."""

    where: str
    text: str


class ProblemShown(msgspec.Struct, frozen=True, rename={"kind": "type"}):
    """What went wrong. `type` says which problem it is, for programs; `faults` names everything wrong with the request.

    `case` is the number under which an unexpected error stands in the service's log.
    """

    kind: str
    title: str
    status: int
    detail: str = ""
    faults: tuple[Fault, ...] = ()
    case: str | None = None


class Problem(Exception):
    """Something stands against an answer; said to whoever asked, with this status."""

    def __init__(
        self,
        status: HTTPStatus,
        kind: str,
        detail: str,
        faults: Iterable[Fault] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(kind)
        self.status = status
        self.kind = kind
        self.detail = detail
        self.faults = tuple(faults)
        self.headers = dict(headers or {})

    def shown(self, case: str | None = None) -> bytes:
        """The body of the answer."""
        told = ProblemShown(
            f"{TYPE_PREFIX}{self.kind}", self.status.phrase, self.status.value, self.detail, self.faults, case
        )
        return msgspec.json.encode(told)


def not_there() -> Problem:
    """What the address names does not exist."""
    return Problem(HTTPStatus.NOT_FOUND, "not-found", "There is nothing under this address, or not with this id.")


def wrong(faults: Iterable[Fault]) -> Problem:
    """What was asked is JSON, and not what can be asked here."""
    return Problem(
        HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", "What was asked cannot be taken: see the faults.", faults
    )


def silent_database() -> Problem:
    """The database is away."""
    return Problem(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "unavailable",
        "The database is silent. Nothing was changed; try again.",
        headers={"retry-after": str(TRY_AGAIN_S)},
    )


_STATUSES: Final[Mapping[type[Exception], tuple[HTTPStatus, str]]] = {
    errors.AccountMalformed: (HTTPStatus.UNPROCESSABLE_ENTITY, "account-malformed"),
    errors.AccountErased: (HTTPStatus.NOT_FOUND, "person-erased"),
    errors.AccountUnknown: (HTTPStatus.NOT_FOUND, "account-unknown"),
    errors.CodeMalformed: (HTTPStatus.UNPROCESSABLE_ENTITY, "code-malformed"),
    errors.LetterClosed: (HTTPStatus.CONFLICT, "letter-closed"),
    errors.DecisionImpossible: (HTTPStatus.CONFLICT, "decision-impossible"),
    errors.DecisionUnsigned: (HTTPStatus.UNPROCESSABLE_ENTITY, "decision-unsigned"),
    errors.MovedOn: (HTTPStatus.CONFLICT, "moved-on"),
    errors.OwnProposal: (HTTPStatus.FORBIDDEN, "own-proposal"),
    errors.ProposalClosed: (HTTPStatus.CONFLICT, "proposal-closed"),
    errors.ProposalUnknown: (HTTPStatus.NOT_FOUND, "proposal-unknown"),
    errors.ProposedAlready: (HTTPStatus.CONFLICT, "proposed-already"),
    errors.DomainError: (HTTPStatus.CONFLICT, "refused"),
}
"""The one table from the rules' errors to statuses; a class stands for those that have no line of their own."""

_RACES: Final = (Conflict, ViewMoved, NotNow)
"""Somebody else was quicker, all the time."""


def problem_of(error: Exception) -> Problem | None:
    """An expected error as it is told, None for a bug."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, _RACES):
        return Problem(HTTPStatus.CONFLICT, "moved-on", "It has moved on meanwhile: look again, then ask again.")
    found = next((_STATUSES[kind] for kind in type(error).__mro__ if kind in _STATUSES), None)
    return Problem(*found, hidden_codes(str(error))) if found else None
