"""How somebody typed a code, under its mask: which characters were read as others, and which were left out."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, NamedTuple

from sync_service.console.typed_code import TypedCharacter, read_characters
from sync_service.sentences.words import NOTHING, Sentence, listed

if TYPE_CHECKING:
    from collections.abc import Sequence

CLEAR_CHARACTERS = 4
"""So many letters and digits of a code are shown; the rest is a mask of the same length for every code."""

DOT = "•"
USUAL_BREAKS = frozenset("-\N{HYPHEN}\N{EN DASH}\N{EM DASH}␣")


class Typing(NamedTuple):
    """The characters as typed, masked; and what was made of those that no code has, empty if there are none."""

    characters: list[TypedCharacter]
    explained: Sentence


def typing_of(typed: str) -> Typing:
    """What may be shown of a typed code."""
    read = read_characters(typed)
    plain = unicodedata.normalize("NFKC", typed)[: len(read)]
    shown: list[TypedCharacter] = []
    letters: list[int] = []
    zeros: list[int] = []
    place = 0
    for character, reading in zip(plain, read, strict=True):
        if reading.reading == "drop":
            shown.append(reading)
            continue
        place += 1
        shown.append(TypedCharacter(character if place <= CLEAR_CHARACTERS else DOT, reading.reading))
        if reading.reading == "fix":
            (zeros if reading.shown == "0" else letters).append(place)
    dropped = {one.shown for one in shown if one.reading == "drop"} - USUAL_BREAKS
    return Typing(shown, _explained(letters, zeros, has_dropped=bool(dropped)))


def _explained(letters: Sequence[int], zeros: Sequence[int], *, has_dropped: bool) -> Sentence:
    told = NOTHING
    if letters:
        places = _places(letters)
        told += (
            Sentence(f"Русская буква прочитана как латинская: {places.ru}.", f"Cyrillic read as Latin: {places.en}.")
            if len(letters) == 1
            else Sentence(
                f"Русские буквы прочитаны как латинские: {places.ru}.", f"Cyrillic letters read as Latin: {places.en}."
            )
        )
    if zeros:
        places = _places(zeros)
        told += Sentence(f"Буква «О» прочитана как ноль: {places.ru}.", f"The letter O read as zero: {places.en}.")
    if has_dropped:
        told += Sentence("Лишние знаки отброшены.", "Other characters were left out.")
    return told


def _places(places: Sequence[int]) -> Sentence:
    numbers = listed(Sentence(str(place), str(place)) for place in places)
    one = len(places) == 1
    return Sentence(f"{'знак' if one else 'знаки'} {numbers.ru}", f"character{'' if one else 's'} {numbers.en}")
