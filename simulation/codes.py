"""Confirmation codes and activity keys as anybody outside the service can derive them (contract, section 1)."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import date

CODE_LENGTH: Final = 12
PREFIX_LENGTH: Final = 4
ALPHABET: Final = "0123456789ABCDEFGHIJKLMNPQRSTUVWXYZ"
"""The characters of a code: digits and Latin letters, except O (DOMAIN.md, «The code»)."""

_CODE = re.compile(rf"[{ALPHABET}]{{{CODE_LENGTH}}}")
_AS_LATIN = str.maketrans("АВЕКМНОРСТУХO", "ABEKMH0PCTYX0")


def canonical(text: str) -> str | None:
    """The code that was typed, or None where it is none."""
    letters = "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text))).upper().translate(_AS_LATIN)
    return letters if _CODE.fullmatch(letters) else None


def printed(code: str) -> str:
    """A code as certificates print it: `XXXX-XXXXXXXX`."""
    return f"{code[:PREFIX_LENGTH]}-{code[PREFIX_LENGTH:]}"


def masked(code: str) -> str:
    """A code as it may be shown to anybody."""
    return f"{code[:PREFIX_LENGTH]}-••••••••"


def code_key(code: str) -> str:
    """The identity of a credit that a code gave."""
    return f"code:{code}"


def module_key(module_id: str, completed_on: date | str) -> str:
    """The identity of a completed module."""
    return f"module:{module_id}:{completed_on}"


def programme_key(programme_id: str, completed_on: date | str) -> str:
    """The identity of a completed programme."""
    return f"programme:{programme_id}:{completed_on}"
