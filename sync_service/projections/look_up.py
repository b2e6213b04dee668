"""How personal values are compared when a person is looked up: whole, and without regard to how they are written."""

from __future__ import annotations

import unicodedata

_YO = str.maketrans("ё", "е")


def email_look_up(email: str) -> str:
    """An e-mail address without regard to case and blanks around it."""
    return _folded(email).strip()


def name_look_up(full_name: str) -> str:
    """A full name without regard to case, blanks, «ё», and the order of its words: forms ask for it in either order."""
    return " ".join(sorted(_folded(full_name).translate(_YO).split()))


def snils_look_up(snils: str) -> str:
    """The digits of a СНИЛС, whatever stands between them."""
    return "".join(character for character in unicodedata.normalize("NFKC", snils) if character in "0123456789")


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
