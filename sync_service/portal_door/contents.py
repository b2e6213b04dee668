"""Takes the body of a request apart into events: one, a batch, lines, or one whose attributes are headers."""

from __future__ import annotations

import json
import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote_to_bytes

import msgspec

from sync_service.messages.content_modes import BINARY, STRUCTURED
from sync_service.messages.decoding import IDENTIFIED_BYTES_MAX
from sync_service.messages.faults import TEXTS
from sync_service.messages.json_values import NotReadable, read_json
from sync_service.portal_door.faults import Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    Split = Callable[[bytes, Mapping[str, str]], Iterator[bytes]]

BATCH: Final = "application/cloudevents-batch+json"
LINES: Final = "application/x-ndjson"

BATCH_COMMAS_MAX: Final = 1_000_000
"""More in one batch are refused: each may part two values, and a body of nothing but tiny values takes much memory."""

_ATTRIBUTE = "ce-"
_LINE = re.compile(rb"[^ \t\r\n][^\n]*")
_batch_decoder = msgspec.json.Decoder(list[msgspec.Raw])


def events_of(body: bytes, headers: Mapping[str, str], events_max: int) -> list[bytes]:
    """The events of a body, each as the JSON of a structured CloudEvent, none of them judged yet.

    `headers` have names in lower case.

    Raises:
        Refused: the body is not what its type says (400), or holds too many events (413).
    """
    media_type = media_type_of(headers)
    split = _binary if media_type == BINARY and _has_attributes(headers) else _SPLITTERS[media_type]
    found: list[bytes] = []
    for event in split(body, headers):
        if len(found) == events_max:
            raise _too_many(f"больше {events_max} событий / more than {events_max} events")
        found.append(event)
    return found


def media_type_of(headers: Mapping[str, str]) -> str:
    """The media type that a request names, without its parameters; raises Refused (415) for none that is taken."""
    media_type, _, parameters = headers.get("content-type", "").partition(";")
    media_type = media_type.strip().lower()
    charset = re.search(r"charset=\"?([^\s;\"]+)", parameters, re.IGNORECASE)
    if media_type not in _SPLITTERS or (charset and charset[1].lower() not in {"utf-8", "utf8", "us-ascii"}):
        raise Refused(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "content-type",
            f"принимается {STRUCTURED}, {BATCH}, {LINES} в UTF-8, или {BINARY} с заголовками ce-*"
            f" / {STRUCTURED}, {BATCH}, {LINES} in UTF-8 are taken, or {BINARY} with headers ce-*",
        )
    return media_type


def _structured(body: bytes, _: Mapping[str, str]) -> Iterator[bytes]:
    """One event; what is wrong in it is its own error, but what is no JSON is no event."""
    _must_be_json(body)
    yield body.strip()


def _lines(body: bytes, _: Mapping[str, str]) -> Iterator[bytes]:
    """An event a line, blank ones aside; each line stands for itself, whatever is in it."""
    for line in _LINE.finditer(body):
        yield line[0].rstrip()


def _batch(body: bytes, _: Mapping[str, str]) -> Iterator[bytes]:
    if body.count(b",") > BATCH_COMMAS_MAX:
        raise _too_many("слишком много значений в пакете / too many values in the batch")
    try:
        events = _batch_decoder.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        yield from _batch_slowly(body)
    else:
        yield from map(bytes, events)


def _batch_slowly(body: bytes) -> Iterator[bytes]:
    """Half a surrogate pair is the error of the event that holds it; what else that decoder refuses is no JSON."""
    events = _read(body)
    if not isinstance(events, list):
        raise _malformed("нужен массив событий / an array of events is needed")
    yield from (json.dumps(event).encode() for event in events)


def _binary(body: bytes, headers: Mapping[str, str]) -> Iterator[bytes]:
    """The attributes are headers, in percent-encoded UTF-8 (the CloudEvents HTTP binding); the body is the data."""
    _must_be_json(body)
    event: dict[str, object] = {}
    for name, value in headers.items():
        if name.startswith(_ATTRIBUTE):
            try:
                event[name.removeprefix(_ATTRIBUTE)] = unquote_to_bytes(value.encode("latin-1")).decode()
            except UnicodeDecodeError:
                raise _malformed("заголовок ce-* не в UTF-8 / a header ce-* is not UTF-8") from None
    yield msgspec.json.encode(event | {"data": msgspec.Raw(body.strip())})


def _must_be_json(body: bytes) -> None:
    """Raise Refused (400) for what is no JSON; what is far over a message's limit is not read for that."""
    if len(body) <= IDENTIFIED_BYTES_MAX:
        _read(body)


def _read(body: bytes) -> object:
    try:
        return read_json(body)
    except NotReadable as error:
        russian, english = (text.format(**error.facts) for text in TEXTS[error.kind])
        raise _malformed(f"{russian} / {english}") from None


def _has_attributes(headers: Mapping[str, str]) -> bool:
    return any(name.startswith(_ATTRIBUTE) for name in headers)


def _malformed(detail: str) -> Refused:
    return Refused(HTTPStatus.BAD_REQUEST, "malformed", detail)


def _too_many(detail: str) -> Refused:
    return Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too-many", detail)


_SPLITTERS: Final[Mapping[str, Split]] = {
    STRUCTURED: _structured,
    BATCH: _batch,
    LINES: _lines,
    "application/ndjson": _lines,
    BINARY: _structured,
}
"""By media type; plain JSON without headers `ce-*` is a structured event, as on Kafka."""
