"""Describes the HTTP API as an OpenAPI 3.1 document, made of the table of endpoints and the types that they name.

`python -m sync_service.api.openapi docs/openapi.json` writes it.
"""

from __future__ import annotations

import inspect
import json
import sys
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from sync_service.api.endpoint import JSON, READING, Nothing
from sync_service.api.entering import CASE_HEADER, CSRF_HEADER
from sync_service.api.refusals import BY_ALL, WITH_BODY, every_refusal, refusals
from sync_service.api.schemas import Schemas
from sync_service.api.table import ENDPOINTS
from sync_service.portal_door import description as portal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from msgspec.structs import FieldInfo

    from sync_service.api.endpoint import Endpoint
    from sync_service.api.schemas import Schema

OWN_PATH: Final = "/api/openapi.json"
API_VERSION: Final = "1.0.0"
_PATH_ID: Final = "_id}"
_CASE: Final = {"$ref": "#/components/parameters/case"}
_SECURITY: Final[Schema] = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "The token of a service account, from `sync-service credentials add NAME --role ROLE`.",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "session",
        "description": "The console's session (`__Host-session` over TLS).",
    },
    "csrf": {
        "type": "apiKey",
        "in": "header",
        "name": CSRF_HEADER,
        "description": "The session's token, for whatever changes something with a session.",
    },
}


@cache
def as_json() -> bytes:
    """The document as it is served and committed."""
    return (json.dumps(described(), ensure_ascii=False, indent=2) + "\n").encode()


def described(endpoints: Iterable[Endpoint] = ENDPOINTS) -> Schema:
    """The whole document."""
    table = tuple(endpoints)
    schemas = Schemas(table)
    paths: dict[str, Schema] = {}
    for endpoint in table:
        paths.setdefault(f"/api/v1{endpoint.path}", {})[endpoint.method.lower()] = _operation(endpoint, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Account synchronization of sovetnmo and edu",
            "version": API_VERSION,
            "description": "Everything that the support console shows and does, in JSON. Personal values and codes are"
            " masked unless an address says that it reveals; every look is recorded before it is answered.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "paths": {OWN_PATH: {"get": _own()}} | paths | portal.paths(),
        "components": {
            "schemas": schemas.components | portal.schemas(),
            "responses": every_refusal(schemas),
            "parameters": {"case": _case_header()},
            "securitySchemes": _SECURITY | portal.security_schemes(),
        },
    }


def _operation(endpoint: Endpoint, schemas: Schemas) -> Schema:
    said = inspect.getdoc(getattr(endpoint.run, "func", endpoint.run)) or ""
    summary, _, more = said.partition("\n\n")
    is_reading = endpoint.method == READING
    parameters = [_path_parameter(part) for part in endpoint.path.split("/") if part.startswith("{")]
    if is_reading:
        parameters += [_query_parameter(field, schemas) for field in msgspec.structs.fields(endpoint.asks)]
    operation: Schema = {
        "operationId": _operation_id(endpoint),
        "tags": [endpoint.path.split("/")[1]],
        "summary": " ".join(summary.partition(" Raises ")[0].split()),
        "description": " ".join([*more.split(), f"Needs the right `{endpoint.right}`.", _recorded(endpoint)]),
        "security": [{"bearer": []}, {"session": []} if is_reading else {"session": [], "csrf": []}],
        "parameters": [*parameters, *([_CASE] if endpoint.needs_case else [])],
        "responses": _responses(endpoint, schemas),
    }
    if not is_reading:
        operation["requestBody"] = {
            "required": endpoint.asks is not Nothing,
            "content": {JSON: {"schema": schemas.of(endpoint.asks)}},
        }
    return {name: value for name, value in operation.items() if value != []}


def _recorded(endpoint: Endpoint) -> str:
    return f"Recorded as `{endpoint.act}`." if endpoint.act else "Shows nobody, and is not recorded."


def _operation_id(endpoint: Endpoint) -> str:
    words = [word.strip("{}") for word in endpoint.path.split("/") if word]
    return "_".join([endpoint.method.lower(), *words]).replace("-", "_")


def _responses(endpoint: Endpoint, schemas: Schemas) -> Schema:
    content = {
        media: {"schema": schemas.of(endpoint.answers) if media == JSON else {"type": "string"}}
        for media in endpoint.media
    }
    refused = [*BY_ALL, *(() if endpoint.method == READING else WITH_BODY), *endpoint.refusals]
    return {str(endpoint.status.value): {"description": endpoint.status.phrase, "content": content}} | refusals(refused)


def _path_parameter(part: str) -> Schema:
    schema = {"type": "string", "format": "uuid"} if part.endswith(_PATH_ID) else {"type": "string"}
    return {"name": part.strip("{}"), "in": "path", "required": True, "schema": schema}


def _query_parameter(field: FieldInfo, schemas: Schemas) -> Schema:
    schema = dict(schemas.of(field.type))
    choices = [each for each in schema.get("anyOf", ()) if each != {"type": "null"}]
    if len(choices) == 1:  # what is not asked for is left out of an address
        schema = {name: value for name, value in schema.items() if name != "anyOf"} | choices[0]
    if field.default not in {None, msgspec.NODEFAULT}:
        schema["default"] = msgspec.to_builtins(field.default)
    return {"name": field.encode_name, "in": "query", "required": field.required, "schema": schema}


def _own() -> Schema:
    """This document describes itself; it needs no role and holds nobody's data."""
    responses = {"200": {"description": "OK", "content": {JSON: {"schema": {"type": "object"}}}}}
    return {
        "operationId": "get_description",
        "tags": ["description"],
        "summary": "This description.",
        "security": [{}],
        "responses": responses | refusals([HTTPStatus.METHOD_NOT_ALLOWED]),
    }


def _case_header() -> Schema:
    return {
        "name": CASE_HEADER,
        "in": "header",
        "required": True,
        "description": "The number of the case that somebody is looked at for, percent-encoded UTF-8. It is recorded."
        " With a session of the console, the session's own case stands in for it.",
        "schema": {
            "type": "string",
            "pattern": "^[0-9A-Za-z_ %#./:()-]*[0-9][0-9A-Za-z_ %#./:()-]*$",
            "maxLength": 300,
            "examples": ["4711", "%E2%84%96%204711"],
        },
    }


def write(path: Path) -> None:
    """Write the document to a file."""
    path.write_bytes(as_json())


if __name__ == "__main__":
    write(Path(sys.argv[1]))
