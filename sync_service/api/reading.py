"""Reads what was asked into the endpoint's own type, and names everything that is wrong with it at once."""

from __future__ import annotations

import types
from enum import Enum
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Literal, TypeVar, Union, get_args, get_origin

import msgspec

from sync_service.aggregates.values import is_text
from sync_service.api.problems import Fault, Problem, wrong

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Asked = TypeVar("Asked", bound=msgspec.Struct)

_NUMBERS = (int, float, bool)


def from_body(kind: type[Asked], body: bytes) -> Asked:
    """What a JSON body asks; an empty one asks nothing. Raises Problem (400 for what is no JSON object, else 422)."""
    try:
        given = msgspec.json.decode(body) if body.strip() else {}
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Problem(HTTPStatus.BAD_REQUEST, "not-json", "The body is not JSON in UTF-8.") from None
    if not isinstance(given, dict):
        raise Problem(HTTPStatus.BAD_REQUEST, "not-an-object", "The body is not a JSON object.")
    return _read(kind, given, [])


def from_parameters(kind: type[Asked], given: Sequence[tuple[str, str]]) -> Asked:
    """What the parameters of an address ask; raises Problem (422)."""
    values: dict[str, Any] = {}
    faults = []
    for name, value in given:
        if name in values:
            faults.append(Fault(name, "is given more than once"))
        values[name] = value
    numbers = {field.encode_name: field.type for field in msgspec.structs.fields(kind) if _is_number(field.type)}
    for name in numbers.keys() & values.keys():
        values[name] = _number(values[name])
    return _read(kind, values, faults)


def _read(kind: type[Asked], given: Mapping[str, Any], faults: list[Fault]) -> Asked:
    fields = {field.encode_name: field for field in msgspec.structs.fields(kind)}
    read: dict[str, Any] = {}
    for name, field in fields.items():
        if name not in given:
            if field.required:
                faults.append(Fault(name, "is missing"))
            continue
        if not _is_storable(given[name]):
            faults.append(Fault(name, "holds U+0000 or half of a surrogate pair"))
            continue
        try:
            read[field.name] = msgspec.convert(given[name], field.type)
        except (msgspec.ValidationError, OverflowError) as error:
            faults.append(Fault(name, _sentence(error, field.type)))
    if given.keys() - fields.keys():  # their names are the asker's own, and not repeated
        faults.append(Fault("", f"there are other fields than {', '.join(fields) or 'none'}"))
    if faults:
        raise wrong(faults)
    return kind(**read)


def _is_storable(value: object) -> bool:
    """Whether every text in it is one that can be stored and looked up."""
    if isinstance(value, str):
        return is_text(value)
    if isinstance(value, dict):
        return all(_is_storable(each) for pair in value.items() for each in pair)
    return all(map(_is_storable, value)) if isinstance(value, list) else True


def _sentence(error: Exception, wanted: Any) -> str:  # noqa: ANN401 - any type
    """What is wrong, in msgspec's words but for those that repeat what was given."""
    told = str(error).partition(" - at ")[0]
    if not told.startswith("Expected"):
        choices = _choices(wanted)
        return f"is none of {', '.join(choices)}" if choices else "cannot be read"
    return f"{told[:1].lower()}{told[1:]}"


def _choices(wanted: Any) -> list[str]:  # noqa: ANN401 - any type
    if isinstance(wanted, type) and issubclass(wanted, Enum):
        return [str(member.value) for member in wanted]
    if get_origin(wanted) is Literal:
        return sorted(map(str, get_args(wanted)))
    return [choice for part in get_args(wanted) for choice in _choices(part)]


def _is_number(wanted: Any) -> bool:  # noqa: ANN401 - any type
    if get_origin(wanted) in {Union, types.UnionType}:
        return any(_is_number(part) for part in get_args(wanted))
    if hasattr(wanted, "__metadata__"):
        return _is_number(wanted.__origin__)
    return wanted in _NUMBERS


def _number(text: str) -> object:
    """A number or a truth value as an address writes it; the text itself if it is none."""
    try:
        found = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return text
    return found if isinstance(found, _NUMBERS) else text
