"""How people type the codes that are printed on their certificates: messily, and now and then wrongly."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulation.chance import happens
from simulation.codes import ALPHABET, CODE_LENGTH, printed

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

_CYRILLIC = str.maketrans("ABEKMHPCTYX", "АВЕКМНРСТУХ")
_WIDE = {ord(character): ord(character) + 0xFEE0 for character in ALPHABET}
_DASHES = ("\u2010", "\u2011", "\u2013", "\u2014", "\u2212", " - ", "", "--")
_QUOTES = (("«", "»"), ('"', '"'), ("„", "“"), ("", "."), ("", "\n"))
_STRANGERS = "ЖЩЯЮЪ"


def new_code(random: Random) -> str:
    """An invented code in its canonical form."""
    return "".join(random.choices(ALPHABET, k=CODE_LENGTH))


def typed(code: str, random: Random) -> str:
    """The code as somebody types it: often messy, always readable."""
    text = printed(code)
    for habit in random.choices(_HABITS, weights=_HABIT_WEIGHTS, k=random.choice((1, 1, 1, 2))):
        text = habit(text, random)
    return text


def mistyped(code: str, random: Random) -> str:
    """The code with a slip: a code that nobody issued, or no code at all."""
    place = random.randrange(CODE_LENGTH)
    slips = (
        code[:place] + random.choice(ALPHABET.replace(code[place], "")) + code[place + 1 :],
        code[:place] + code[place + 1 :],
        code[:place] + random.choice(_STRANGERS) + code[place + 1 :],
        code + code[place],
        "",
    )
    slip = random.choices(slips, weights=(5, 3, 2, 2, 1))[0]
    return printed(slip) if slip else ""


def _as_printed(text: str, _random: Random) -> str:
    return text


def _in_lower_case(text: str, _random: Random) -> str:
    return text.lower()


def _in_cyrillic(text: str, random: Random) -> str:
    return "".join(sign.translate(_CYRILLIC) if happens(random, 0.7) else sign for sign in text)


def _with_letter_o(text: str, random: Random) -> str:
    return text.replace("0", random.choice("OoОо"))


def _with_other_dash(text: str, random: Random) -> str:
    return text.replace("-", random.choice(_DASHES))


def _with_blanks(text: str, random: Random) -> str:
    place = random.randrange(1, len(text)) if text else 0
    blank = random.choice((" ", "\u00a0", "\u200b", "\t", "  "))
    return f"{blank}{text[:place]}{blank}{text[place:]} "


def _in_quotes(text: str, random: Random) -> str:
    opening, closing = random.choice(_QUOTES)
    return f"{opening}{text}{closing}"


def _in_full_width(text: str, _random: Random) -> str:
    return text.translate(_WIDE)


_HABITS: tuple[Callable[[str, Random], str], ...] = (
    _as_printed,
    _in_lower_case,
    _in_cyrillic,
    _with_letter_o,
    _with_other_dash,
    _with_blanks,
    _in_quotes,
    _in_full_width,
)
_HABIT_WEIGHTS = (44, 14, 12, 10, 8, 6, 5, 1)
