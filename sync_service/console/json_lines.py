"""A message as numbered lines, with each error at the line that it is about."""

from __future__ import annotations

import json
import re
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

import msgspec

from sync_service.console.reasons_told import reason_sentence, type_of
from sync_service.sentences.words import Sentence

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

Path = tuple[str, ...]
_PLACE = re.compile(r"(?:на месте|at place) (\d+)")
LINES_SHOWN_MAX = 2_000


class Line(msgspec.Struct):
    """One line: `path` leads to what stands in it; `notes` are its errors; `mark` is "err", "fixd" or nothing."""

    number: int
    text: str
    path: Path = ()
    mark: str = ""
    notes: list[Sentence] = []


def pretty(value: bytes) -> str:
    """The message as people edit it: JSON by lines, anything else as it came, with what is no UTF-8 escaped."""
    try:
        return json.dumps(json.loads(value), ensure_ascii=False, indent=2)
    except (ValueError, RecursionError):
        return value.decode(errors="backslashreplace")


def lines_of(value: bytes, reasons: Iterable[str] = ()) -> list[Line]:
    """The message by lines, with the reasons at theirs; a missing field's reason stands where its object begins."""
    try:
        found = [Line(0, text, path) for path, text in _laid_out((), json.loads(value), "", "")]
    except (ValueError, RecursionError):
        found = [Line(0, text) for text in pretty(value).splitlines() or [""]]
    for number, line in enumerate(found, start=1):
        line.number = number
    message_type = type_of(value)
    for reason in reasons:
        _note(found, reason, reason_sentence(reason, message_type))
    return found[:LINES_SHOWN_MAX]


def mark_changes(before: Sequence[Line], after: Sequence[Line]) -> None:
    """Mark the lines of `after` that `before` has not."""
    matcher = SequenceMatcher(None, [line.text for line in before], [line.text for line in after], autojunk=False)
    for kind, _, _, start, end in matcher.get_opcodes():
        if kind in {"replace", "insert"}:
            for line in after[start:end]:
                line.mark = "fixd"


def _laid_out(path: Path, value: object, before: str, after: str) -> Iterator[tuple[Path, str]]:
    """The lines of one value; `before` is its name, `after` the comma behind it."""
    depth = "  " * len(path)
    if isinstance(value, dict) and value:
        yield path, f"{depth}{before}{{"
        yield from _members(path, [(name, f"{_json(name)}: ", member) for name, member in value.items()])
        yield path, f"{depth}}}{after}"
    elif isinstance(value, list) and any(isinstance(member, dict | list) for member in value):
        yield path, f"{depth}{before}["
        yield from _members(path, [(str(place), "", member) for place, member in enumerate(value, start=1)])
        yield path, f"{depth}]{after}"
    else:
        yield path, f"{depth}{before}{_json(value)}{after}"


def _members(path: Path, members: list[tuple[str, str, object]]) -> Iterator[tuple[Path, str]]:
    for number, (step, before, member) in enumerate(members, start=1):
        yield from _laid_out((*path, step), member, before, "," if number < len(members) else "")


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _note(lines: Sequence[Line], reason: str, told: Sentence) -> None:
    """Put a reason at the first line of what it is about, or of the nearest thing around it."""
    if not lines:
        return
    field = tuple(reason.partition(": ")[0].split("."))
    place = _PLACE.search(reason)
    wanted = _with_place(lines, field, place[1] if place else None)
    while wanted and not any(line.path == wanted for line in lines):
        wanted = wanted[:-1]
    line = next((line for line in lines if line.path == wanted), lines[0])
    line.notes = [*line.notes, told]
    if line.path == _with_place(lines, field, place[1] if place else None):
        line.mark = "err"


def _with_place(lines: Sequence[Line], field: Path, place: str | None) -> Path:
    """A reason names fields, and the place in a list by its number alone: the path with the number where it belongs."""
    if place is None:
        return field
    known = {line.path for line in lines}
    for at in range(len(field), 0, -1):
        path = (*field[:at], place, *field[at:])
        if path in known or (path[:-1] in known and at < len(field)):
            return path
    return field
