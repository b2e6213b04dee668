"""Takes a record apart into a CloudEvent's attributes and data, in either content mode of the Kafka binding."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from sync_service.messages.contracts import Attributes
from sync_service.messages.faults import Kind, wrong_type
from sync_service.messages.json_values import NotReadable, read_json
from sync_service.messages.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sync_service.messages.records import Record

STRUCTURED: Final = "application/cloudevents+json"
BINARY: Final = "application/json"

_ATTRIBUTE_PREFIX = "ce_"
_EVENT_FORMATS = "application/cloudevents"
_CHOICES = {"choices": f"{STRUCTURED}, {BINARY}"}


class Opened(msgspec.Struct):
    """A CloudEvent as far as it could be read, `data` among its attributes, before any rule about them is applied."""

    event: dict[str, object]
    problems: list[Problem]
    is_whole: bool = True
    """Whether all attributes could be looked at; a structured event is all or nothing."""


def open_record(record: Record) -> Opened:
    """Read the record's event: from the value alone, or from `ce_` headers with the data in the value."""
    if not record.headers:
        return _structured(record.value)
    headers = {name.lower(): value for name, value in record.headers}
    media_type = headers.get("content-type", b"").decode("latin-1").partition(";")[0].strip().lower()
    if media_type == STRUCTURED:
        return _structured(record.value)
    if media_type.startswith(_EVENT_FORMATS):
        return Opened({}, [Problem(("content-type",), Kind.CONTENT_TYPE, _CHOICES)], is_whole=False)
    if any(name.startswith(_ATTRIBUTE_PREFIX) for name in headers):
        return _binary(record.value, headers, media_type)
    return _structured(record.value)


def _structured(value: bytes) -> Opened:
    """The whole event is in the value."""
    try:
        event = read_json(value)
    except NotReadable as error:
        return Opened({}, [Problem(("message",), error.kind, error.facts)], is_whole=False)
    if not isinstance(event, dict):
        return Opened({}, [Problem(("message",), Kind.TYPE, wrong_type("object", event))], is_whole=False)
    return Opened(event, [])


def _binary(value: bytes, headers: Mapping[str, bytes], media_type: str) -> Opened:
    """The attributes are in headers, the data is the value."""
    opened = Opened({}, [])
    if media_type and not media_type.endswith(("/json", "+json")):
        opened.problems.append(Problem(("content-type",), Kind.CONTENT_TYPE, _CHOICES))
    for name in Attributes.__annotations__:
        text = headers.get(_ATTRIBUTE_PREFIX + name)
        if text is not None:
            _add_attribute(opened, name, text)
    try:
        opened.event["data"] = read_json(value)
    except NotReadable as error:
        opened.problems.append(Problem(("data",), error.kind, error.facts))
    return opened


def _add_attribute(opened: Opened, name: str, text: bytes) -> None:
    try:
        opened.event[name] = text.decode()
    except UnicodeDecodeError as error:
        opened.problems.append(Problem((name,), Kind.NOT_UTF_8, {"byte": error.start + 1}))
