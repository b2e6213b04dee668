"""Answers one use of an address: recorded first, then found, then masked; nothing is sent that was not recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from sync_service.api.endpoint import JSON, READING, Download, Nothing, Whom
from sync_service.api.masking import masked
from sync_service.api.reading import from_body, from_parameters

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from http import HTTPStatus

    from sync_service.api.call import Call


class Answer(NamedTuple):
    """What is sent."""

    status: HTTPStatus
    body: bytes | Iterator[bytes]
    headers: Mapping[str, str]


def answer(call: Call, parameters: Sequence[tuple[str, str]], body: bytes) -> Answer:
    """Let the endpoint answer; raises Problem, the rules' errors and the ports' errors."""
    endpoint = call.endpoint
    is_reading = endpoint.method == READING
    asked: object = from_parameters(endpoint.asks if is_reading else Nothing, parameters)
    if not is_reading:
        asked = from_body(endpoint.asks, body)
    if endpoint.whom is Whom.NAMED:
        call.look(call.id(next(iter(call.path))))
    elif endpoint.whom is Whom.NOBODY:
        call.look(None)
    found = endpoint.run(call, asked)
    if not (call.is_recorded or endpoint.whom is Whom.UNRECORDED):
        raise RuntimeError(f"{endpoint.name} found somebody and recorded nothing")
    return _written(found, endpoint.status, masks=endpoint.masks)


def _written(found: object, status: HTTPStatus, *, masks: bool) -> Answer:
    if isinstance(found, Download):
        disposition = f'attachment; filename="{found.name}"'
        return Answer(status, found.content, {"content-type": found.media_type, "content-disposition": disposition})
    return Answer(status, msgspec.json.encode(masked(found) if masks else found), {"content-type": JSON})
