"""The portal door in the words of OpenAPI 3.1: paths, schemas, the security scheme, drawn from the code's own types."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

import msgspec

from sync_service.credentials import TOKEN
from sync_service.messages.content_modes import BINARY, STRUCTURED
from sync_service.portal_door.contents import BATCH, LINES
from sync_service.portal_door.door import Figures
from sync_service.portal_door.faults import PROBLEM_TYPE, Problem
from sync_service.portal_door.receipts import Receipts

if TYPE_CHECKING:
    from collections.abc import Mapping

EVENTS_PATH: Final = "/portal/v1/events"
BACKFILL_PATH: Final = "/portal/v1/backfill"
STATUS_PATH: Final = "/portal/v1/status"
SCHEME: Final = "portal"

_SCHEMAS_AT = "#/components/schemas/{name}"
_EVENT = {
    "type": "object",
    "description": "A CloudEvents 1.0 event; docs/portals.md and docs/schema say what each type carries.",
    "required": ["specversion", "id", "source", "type", "time", "data"],
    "properties": {
        "specversion": {"const": "1.0"},
        "id": {"type": "string", "minLength": 1, "maxLength": 200},
        "source": {"type": "string"},
        "type": {"type": "string"},
        "subject": {"type": ["string", "null"], "minLength": 1, "maxLength": 200},
        "time": {"type": "string", "format": "date-time"},
        "data": {"type": "object"},
    },
}
_REFUSALS = {
    HTTPStatus.BAD_REQUEST: "The body is no JSON, no batch, or no gzip.",
    HTTPStatus.UNAUTHORIZED: "No valid credential of a portal.",
    HTTPStatus.REQUEST_TIMEOUT: "The body did not come in time.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "Too many bytes, or too many events: send them in parts.",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "Another content type, charset, or packing.",
    HTTPStatus.TOO_MANY_REQUESTS: "Too fast, or the service is behind: the same again after `Retry-After` seconds.",
    HTTPStatus.SERVICE_UNAVAILABLE: "Nothing can be stored now: the same again after `Retry-After` seconds.",
}
_SECURITY: Final[list[dict[str, list[str]]]] = [{SCHEME: []}]
_COMES_AGAIN = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})
_FOR_STATUS = (HTTPStatus.UNAUTHORIZED, HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)


def paths() -> dict[str, Any]:
    """The path items, by path."""
    receipts = {"application/json": {"schema": _reference("Receipts")}}
    taken = {
        "202": {
            "description": "A receipt for each event; at least one is safe, or there was none.",
            "content": receipts,
        },
        "422": {"description": "A receipt for each event: all of them are invalid.", "content": receipts},
    }
    refusals = {str(int(status)): _refusal(status) for status in _REFUSALS}
    figures = {"200": {"description": "Figures.", "content": {"application/json": {"schema": _reference("Figures")}}}}
    return {
        EVENTS_PATH: _sending(
            "send_events", "Send events of one portal, and get a receipt for each once they are safe.", taken | refusals
        ),
        BACKFILL_PATH: _sending(
            "send_backfill",
            "Send history: the same events and receipts, but what comes by the other address never waits for it.",
            taken | refusals,
        ),
        STATUS_PATH: {
            "get": {
                "operationId": "portal_status",
                "summary": "What was received from the portal that asks, and what became of it.",
                "tags": [SCHEME],
                "security": _SECURITY,
                "responses": figures | {str(int(status)): _refusal(status) for status in _FOR_STATUS},
            }
        },
    }


def _sending(operation: str, summary: str, responses: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "post": {
            "operationId": operation,
            "summary": summary,
            "tags": [SCHEME],
            "security": _SECURITY,
            "requestBody": {"required": True, "content": _bodies()},
            "responses": responses,
        }
    }


def schemas() -> dict[str, Any]:
    """The schemas that the paths refer to, by name."""
    _, found = msgspec.json.schema_components((Receipts, Figures), ref_template=_SCHEMAS_AT)
    _, problem = msgspec.json.schema_components((Problem,), ref_template=_SCHEMAS_AT)
    return found | {"PortalProblem": problem["Problem"], "CloudEvent": _EVENT}


def security_schemes() -> dict[str, Any]:
    """How portals prove who they are."""
    return {
        SCHEME: {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": TOKEN.pattern,
            "description": "A portal's credential, made by `sync-service credentials add NAME --portal PORTAL`.",
        }
    }


def _bodies() -> dict[str, Any]:
    event = _reference("CloudEvent")
    return {
        STRUCTURED: {"schema": event},
        BATCH: {"schema": {"type": "array", "items": event}},
        LINES: {"schema": {"type": "string", "description": "One event a line, UTF-8."}},
        BINARY: {"schema": {"type": "object", "description": "`data` alone; the attributes are headers `ce-*`."}},
    }


def _refusal(status: HTTPStatus) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "description": _REFUSALS[status],
        "content": {PROBLEM_TYPE: {"schema": _reference("PortalProblem")}},
    }
    if status in _COMES_AGAIN:
        answer["headers"] = {"Retry-After": {"schema": {"type": "integer", "minimum": 1}}}
    return answer


def _reference(name: str) -> dict[str, str]:
    return {"$ref": _SCHEMAS_AT.format(name=name)}
