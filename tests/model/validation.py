"""What makes a line a message, and every error of one that is none (CONTRACT.md sections 1 and 5, "Schema")."""

import json
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tests.model.schema import (
    ACCREDITATION,
    CODES_ISSUED_MAX,
    ENUMS,
    ENVELOPE,
    MESSAGE_BYTES_MAX,
    NESTING_MAX,
    PREFIX,
    TEXT_LENGTH_MAX,
    TYPES,
    VERSION,
    Field,
)
from tests.model.values import canonical_code, instant, is_date, snils_digits

STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
BRACKET = re.compile(r"[\[\]{}]")
NO_TEXT = re.compile("[\0\ud800-\udfff]")
AHEAD_MAX = timedelta(days=1)


@dataclass(frozen=True)
class Reading:
    """What a line says, as far as it could be read, and the paths of all its wrong or missing fields."""

    source: str | None
    id: str | None
    kind: str
    said: dict[str, Any]
    errors: frozenset[str]


def read(line: bytes, now: datetime) -> Reading:
    """Read one line that was received at this instant; a line with errors parks."""
    event = parse(line)
    if isinstance(event, str):
        return Reading(None, None, "", {}, frozenset({event}))
    errors = set(_wrong_fields(ENVELOPE, event, "", now))
    kind, said = type_name(event.get("type")), event.get("data")
    if kind in TYPES:
        if "source" not in errors and event["source"] not in TYPES[kind].senders:
            errors.add("source")
        if isinstance(said, dict):
            errors.update(_wrong_fields(TYPES[kind].fields, said, "data.", now))
            errors.update(_missing_for_an_event(kind, said))
    source, identity = (event.get(name) if isinstance(event.get(name), str) else None for name in ("source", "id"))
    return Reading(source, identity, kind, meaning(kind, said), frozenset(errors))


def parse(line: bytes) -> dict[str, Any] | str:
    """Return the JSON object of a line, or one word that says why it is none."""
    if len(line) > MESSAGE_BYTES_MAX:
        return "too_large"
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        return "not_utf8"
    if _nesting(text) > NESTING_MAX:
        return "too_deep"
    try:
        event = json.loads(text, parse_constant=_refuse_constant)
    except ValueError:
        return "not_json"
    return event if isinstance(event, dict) else "not_an_object"


def type_name(written: object) -> str:
    """Return "code.activated" for "ru.nmo.code.activated.v1", and "" for what is no type of this version."""
    if not isinstance(written, str) or not written.startswith(PREFIX) or not written.endswith(VERSION):
        return ""
    name = written.removeprefix(PREFIX).removesuffix(VERSION)
    return name if name in TYPES else ""


def meaning(kind: str, said: object) -> dict[str, Any]:
    """Return the known fields that are not null: what two messages are compared by, and what is stored."""
    if kind not in TYPES or not isinstance(said, dict):
        return {}
    known = {field.name: said[field.name] for field in TYPES[kind].fields if said.get(field.name) is not None}
    if isinstance(known.get("accreditation"), list):
        names = [field.name for field in ACCREDITATION]
        known["accreditation"] = [
            {name: row[name] for name in names if name in row}
            for row in known["accreditation"]
            if isinstance(row, dict)
        ]
    return known


def _refuse_constant(constant: str) -> float:
    raise ValueError(constant)


def _nesting(text: str) -> int:
    """Return how deep brackets stand in brackets, outside of JSON strings."""
    depth = deepest = 0
    for bracket in BRACKET.findall(STRING.sub("", text)):
        depth += 1 if bracket in "[{" else -1
        deepest = max(deepest, depth)
    return deepest


def _missing_for_an_event(kind: str, said: dict[str, Any]) -> Iterator[str]:
    if kind == "activity.published" and said.get("kind") == "event" and said.get("held_on") is None:
        yield "data.held_on"


def _wrong_fields(fields: tuple[Field, ...], said: dict[str, Any], path: str, now: datetime) -> Iterator[str]:
    for field in fields:
        if said.get(field.name) is not None:
            yield from _wrong(field.sort, said[field.name], path + field.name, now)
        elif field.required:
            yield path + field.name


def _wrong(sort: str, value: Any, path: str, now: datetime) -> Iterator[str]:  # noqa: ANN401 - any JSON value
    if sort in {"texts", "codes", "accreditation"}:
        yield from _wrong_in_list(sort, value, path, now)
    elif not _is_right(sort, value, now):
        yield path


def _wrong_in_list(sort: str, value: Any, path: str, now: datetime) -> Iterator[str]:  # noqa: ANN401 - any JSON value
    if not isinstance(value, list):
        yield path
        return
    if sort == "codes" and len(value) > CODES_ISSUED_MAX:
        yield path
    for index, item in enumerate(value):
        if sort == "texts" and not _is_text(item, "text"):
            yield f"{path}.{index}"
        if sort == "codes" and not (_is_text(item, "code") and canonical_code(item)):
            yield f"{path}.{index}"
        if sort == "accreditation" and not isinstance(item, dict):
            yield f"{path}.{index}"
        elif sort == "accreditation":
            yield from _wrong_fields(ACCREDITATION, item, f"{path}.{index}.", now)


def _is_right(sort: str, value: Any, now: datetime) -> bool:  # noqa: ANN401 - any JSON value
    if sort == "instant":
        meant = instant(value) if _is_text(value, "text") else None
        return meant is not None and meant <= now + AHEAD_MAX
    if sort in TEXT_LENGTH_MAX:
        return _is_text(value, sort)
    if sort in ENUMS:
        return isinstance(value, str) and value in ENUMS[sort]
    return SORTS[sort](value)


def _is_text(value: object, sort: str) -> bool:
    if not isinstance(value, str) or len(value) > TEXT_LENGTH_MAX[sort]:
        return False
    return not NO_TEXT.search(value) and (value != "" or sort == "code")


SORTS: dict[str, Callable[[Any], bool]] = {
    "object": lambda value: isinstance(value, dict),
    "number": lambda value: type(value) in {int, float} and math.isfinite(value) and value >= 0,
    "bool": lambda value: isinstance(value, bool),
    "type": lambda value: type_name(value) != "",
    "snils": lambda value: _is_text(value, "text") and snils_digits(value) is not None,
    "date": lambda value: _is_text(value, "text") and is_date(value),
}
