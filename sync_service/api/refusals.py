"""How every refusal is described: the status, what it means, the headers that come with it."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from sync_service.api.problems import PROBLEM_JSON, ProblemShown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sync_service.api.schemas import Schema, Schemas

BY_ALL: Final = (
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.METHOD_NOT_ALLOWED,
    HTTPStatus.UNPROCESSABLE_ENTITY,
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.SERVICE_UNAVAILABLE,
)
WITH_BODY: Final = (
    HTTPStatus.REQUEST_TIMEOUT,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
)
_MEANINGS: Final = {
    HTTPStatus.BAD_REQUEST: "The body is not JSON, or the case's number is missing or cannot be taken.",
    HTTPStatus.UNAUTHORIZED: "Nobody is known by this token or session, or there is none.",
    HTTPStatus.FORBIDDEN: "None of the roles has the right, or the session's token is missing (`csrf`).",
    HTTPStatus.NOT_FOUND: "There is nothing under this address, or not with this id.",
    HTTPStatus.METHOD_NOT_ALLOWED: "The address has other methods, which `Allow` names.",
    HTTPStatus.REQUEST_TIMEOUT: "The body took too long to come.",
    HTTPStatus.CONFLICT: "As things stand it cannot be, or it has moved on since it was looked at.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The body is too large.",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "The body is not `application/json`, or compressed.",
    HTTPStatus.UNPROCESSABLE_ENTITY: "What was asked cannot be taken: every fault is named.",
    HTTPStatus.TOO_MANY_REQUESTS: "Too often; `Retry-After` says when to go on (seconds).",
    HTTPStatus.SERVICE_UNAVAILABLE: "The database is silent, or the look could not be recorded. Nothing was changed.",
}
_HEADERS: Final[dict[HTTPStatus, Schema]] = {
    HTTPStatus.UNAUTHORIZED: {"WWW-Authenticate": {"schema": {"type": "string"}, "required": True}},
    HTTPStatus.METHOD_NOT_ALLOWED: {"Allow": {"schema": {"type": "string"}, "required": True}},
    HTTPStatus.TOO_MANY_REQUESTS: {"Retry-After": {"schema": {"type": "string"}, "required": True}},
}


def every_refusal(schemas: Schemas) -> Schema:
    """Each refusal once, as components that operations refer to."""
    return {_name_of(status): _refusal(status, schemas) for status in _MEANINGS}


def refusals(statuses: Iterable[HTTPStatus]) -> Schema:
    """The responses of an operation that may refuse with these statuses."""
    return {str(status.value): {"$ref": f"#/components/responses/{_name_of(status)}"} for status in sorted(statuses)}


def _refusal(status: HTTPStatus, schemas: Schemas) -> Schema:
    content = {PROBLEM_JSON: {"schema": schemas.of(ProblemShown)}}
    told: Schema = {"description": _MEANINGS[status], "content": content}
    return told | ({"headers": _HEADERS[status]} if status in _HEADERS else {})


def _name_of(status: HTTPStatus) -> str:
    return "".join(word.capitalize() for word in status.name.split("_"))
