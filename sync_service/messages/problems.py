"""Why a message could not be read: every fault by its place, in Russian with English beside it, never with the value.

A reason is one line, `<path>: <Russian> / <English>`. What is wrong in a list is named by its place, counted from 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import msgspec

from sync_service.messages.faults import TEXTS, Kind, wrong_type

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

REASONS_MAX: Final = 240
"""So many reasons a message may have: together they stay under the 256 KiB of `message.parked`."""

PLACES_MAX: Final = 50
"""So many places one reason names, which keeps it under the 1,000 characters of a text."""

ID_REUSED: Final = (
    "id_reused: тот же номер сообщения уже был с другим содержанием / the id was used before with other content"
)
"""The reason of a message whose (`source`, `id`) is stored with another `type` or `data` (contract section 5)."""

_CODE_RU = ("коды на местах {} списка неверны", "код на месте {} списка неверен")
_CODE_EN = ("the codes at these places are malformed", "the code at place {} is malformed")
_PLACE_RU, _PLACE_EN = ("на местах {}", "на месте {}"), ("at these places", "at place {}")

_EXPECTED_BY_PYDANTIC = {
    "string_type": "text",
    "bool_type": "boolean",
    "list_type": "list",
    "model_type": "object",
}
_KINDS_OF_PYDANTIC = {
    "missing": Kind.MISSING,
    "string_too_short": Kind.EMPTY,
    "string_too_long": Kind.TOO_LONG,
    "string_pattern_mismatch": Kind.NUL,
    "string_unicode": Kind.SURROGATE,
}
_OWN_KINDS: Mapping[str, Kind] = {kind.value: kind for kind in Kind}


class Problem(msgspec.Struct, frozen=True):
    """One fault: `path` leads to it by names and by indices from 0, `facts` fill the text of its kind."""

    path: tuple[str | int, ...]
    kind: Kind
    facts: Mapping[str, object] = {}


def problems_of(error: ValidationError) -> list[Problem]:
    """Every fault that pydantic found, in the order of the fields."""
    return [_problem(found) for found in error.errors(include_url=False)]


def _problem(found: ErrorDetails) -> Problem:
    """What pydantic says, in our words."""
    name, path, given, facts = found["type"], found["loc"], found["input"], found.get("ctx", {})
    if name in _KINDS_OF_PYDANTIC:
        return Problem(path, _KINDS_OF_PYDANTIC[name], {"limit": facts.get("max_length")})
    if given is None:
        return Problem(path, Kind.NULL)
    if name in _OWN_KINDS:
        return Problem(path, _OWN_KINDS[name], facts)
    if name == "literal_error" and isinstance(given, str):
        return Problem(path, Kind.CHOICE, {"choices": str(facts["expected"]).replace("'", "").replace(" or ", ", ")})
    return Problem(path, Kind.TYPE, wrong_type(_EXPECTED_BY_PYDANTIC.get(name, "text"), given))


def reasons_of(problems: Iterable[Problem]) -> tuple[str, ...]:
    """The problems as lines of text, one each; where those are too many, one for each kind's places in a list.

    What still does not fit into REASONS_MAX lines is counted in the last one.
    """
    groups: dict[tuple[str, Kind, str, str], list[str]] = {}
    for problem in problems:
        path = ".".join(step for step in problem.path if isinstance(step, str))
        place = ".".join(str(step + 1) for step in problem.path if isinstance(step, int))
        russian, english = (text.format_map(problem.facts) for text in TEXTS[problem.kind])
        groups.setdefault((path, problem.kind, russian, english), []).append(place)
    reasons: list[str] = []
    for places_max in (1, PLACES_MAX):
        reasons = [line for group, places in groups.items() for line in _lines(*group, places, places_max)]
        if len(reasons) <= REASONS_MAX:
            return tuple(reasons)
    russian, english = (text.format(count=len(reasons) - REASONS_MAX + 1) for text in TEXTS[Kind.MORE])
    return (*reasons[: REASONS_MAX - 1], f"message: {russian} / {english}")


def _lines(path: str, kind: Kind, russian: str, english: str, places: Sequence[str], places_max: int) -> Iterator[str]:
    """One group of problems, so many places a line."""
    for start in range(0, len(places), places_max):
        some = places[start : start + places_max]
        named, one = ", ".join(some), len(some) == 1
        if kind is Kind.CODE_MALFORMED:
            yield f"{path}: {_CODE_RU[one].format(named)}; {russian} / {_CODE_EN[one].format(named)}; {english}"
        elif some[0]:
            yield f"{path}: {_PLACE_RU[one].format(named)}: {russian} / {_PLACE_EN[one].format(named)}: {english}"
        else:
            yield f"{path}: {russian} / {english}"
