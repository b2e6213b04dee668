"""A code as somebody typed it, character by character: what was read as it is, read as another, or left out."""

from __future__ import annotations

import unicodedata
from typing import NamedTuple

from sync_service.aggregates.errors import CodeMalformed
from sync_service.aggregates.values import CODE_LENGTH, canonical_code

_SHOWN_MAX = 40


class TypedCharacter(NamedTuple):
    """One character: `shown` is what it was read as, `reading` is "" as it is, "fix" as another, "drop" left out."""

    shown: str
    reading: str


def read_characters(typed: str) -> list[TypedCharacter]:
    """The first characters of a typed code, each with its reading."""
    return [_read(character) for character in unicodedata.normalize("NFKC", typed)[:_SHOWN_MAX]]


def _read(character: str) -> TypedCharacter:
    if not character.isalnum():
        return TypedCharacter(character if character.isprintable() and character != " " else "␣", "drop")
    canonical = _canonical(character)
    return TypedCharacter(canonical, "" if canonical == character.upper() else "fix")


def _canonical(character: str) -> str:
    """What one letter or digit becomes within a code; one that no code has stays as it is."""
    try:
        return canonical_code(character * CODE_LENGTH)[0]
    except (CodeMalformed, IndexError):
        return character.upper()
