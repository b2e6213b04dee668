"""How people type a code: rightly against appearances, and wrongly."""

from random import Random

from tests.model.vocabulary import SNILS

CYRILLIC = dict(zip("ABEKMH0PCTYX", "АВЕКМНОРСТУХ", strict=True))
NOISE = ("-", "–", "—", "\u2011", "\u2212", " ", "\u00a0", "\u200b", "\ufeff", ".", "_", "/", "🙂")
QUOTES = (("«", "»"), ('"', '"'), (" ", " "), ("\t", "\r"), ("(", ")"), ("", ""))
FULL_WIDTH = 0xFEE0


def spelled(chance: Random, code: str) -> str:
    """Return a spelling of which the canonical form is this code."""
    if chance.random() < 0.3:
        return f"{code[:4]}-{code[4:]}"
    rate = chance.choice((0.0, 0.2, 0.8))
    typed = [_letter(chance, char) if chance.random() < rate else char for char in code]
    typed.insert(4, chance.choice((*NOISE, "")))
    if chance.random() < 0.3:
        typed.insert(chance.randint(0, len(typed)), chance.choice(NOISE))
    opening, closing = chance.choice(QUOTES)
    text = opening + "".join(typed) + closing
    return text.lower() if chance.random() < 0.3 else text


def _letter(chance: Random, char: str) -> str:
    if char == "0" and chance.random() < 0.5:
        return "O"
    if char in CYRILLIC and chance.random() < 0.8:
        return CYRILLIC[char]
    return chr(ord(char) + FULL_WIDTH) if chance.random() < 0.5 else char.lower()


def misspelled(chance: Random, code: str) -> str:
    """Return what no code can be made of."""
    at = chance.randint(0, 11)
    wrong = chance.choice(("Ж", "я", "И", "Ü", "Ω", "中", "٣"))
    return chance.choice(("", " - ", code[:-1], code + code[0], f"№ {code}", code[:at] + wrong + code[at + 1 :]))


def punctuated(chance: Random, snils: str) -> str:
    """Return another spelling of the same СНИЛС."""
    digits = [char for char in snils if char.isdigit()]
    if chance.random() < 0.5:
        return snils
    for _ in range(chance.randint(0, 3)):
        digits.insert(chance.randint(0, len(digits)), chance.choice(("-", " ", "\u00a0", "—", "/")))
    return "".join(digits)


def a_snils(chance: Random, person: int) -> str:
    """Return the number of a person, or now and then somebody else's."""
    number = SNILS[person % len(SNILS)] if chance.random() < 0.6 else chance.choice(SNILS)
    return punctuated(chance, number)
