"""Spellings that the contract makes equal or measures: codes, СНИЛС, instants, dates and the names of specialties."""

import re
import unicodedata
from datetime import date, datetime
from functools import cache

LOOK_ALIKES = str.maketrans("АВЕКМНОРСТУХ", "ABEKMHOPCTYX")
CODE = re.compile(r"[0-9A-NP-Z]{12}")
INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])"
)
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
SNILS = re.compile(r"[0-9]{11}")
SNILS_WITHOUT_CHECKSUM = 1001998
ALIASES = {"клинической фармакология": "клиническая фармакология"}


def _letters_and_digits(text: str) -> str:
    return "".join(char for char in text if unicodedata.category(char)[0] == "L" or unicodedata.category(char) == "Nd")


@cache
def canonical_code(typed: str) -> str | None:
    """Return the 12 characters that were meant, or None for a malformed code (DOMAIN.md, "The code")."""
    plain = _letters_and_digits(unicodedata.normalize("NFKC", typed)).upper().translate(LOOK_ALIKES).replace("O", "0")
    return plain if CODE.fullmatch(plain) else None


def snils_digits(written: str) -> str | None:
    """Return the 11 digits of a СНИЛС, or None when they are not 11 or the checksum is wrong."""
    digits = _letters_and_digits(written)
    if not SNILS.fullmatch(digits):
        return None
    if int(digits[:9]) <= SNILS_WITHOUT_CHECKSUM:
        return digits
    total = sum(int(digit) * weight for digit, weight in zip(digits[:9], range(9, 0, -1), strict=True))
    return digits if total % 101 % 100 == int(digits[9:]) else None


def instant(text: str) -> datetime | None:
    """Return the instant that an RFC 3339 text with an offset means, or None."""
    if not INSTANT.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text.upper())
    except ValueError:
        return None


@cache
def moment(text: str) -> datetime:
    """Return the instant of a text that a stored message carries, which is one; raise ValueError otherwise."""
    meant = instant(text)
    if meant is None:
        raise ValueError(text)
    return meant


def is_date(text: str) -> bool:
    """Tell whether the text is a day of the calendar, written as YYYY-MM-DD and nothing more."""
    if not DATE.fullmatch(text):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def written_date(text: str) -> str:
    """Return the calendar date as an instant was written, unconverted."""
    return text[:10]


def specialty_name(name: str) -> str:
    """Return what names of specialties are compared by: blanks folded, case ignored, aliases replaced."""
    folded = " ".join(name.split()).casefold()
    return ALIASES.get(folded, folded)
