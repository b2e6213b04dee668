"""Hides codes and personal values in what was stored, wherever a page shows it as it stands."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sync_service.aggregates.values import CODE_LENGTH, masked_code
from sync_service.console.masks import DOTS, masked_email, masked_name, masked_snils

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_CODE_LIKE = re.compile(
    r"([0-9A-Za-z](?<![0-9A-Za-z-].)[0-9A-Za-z]{3})[\u2010-\u2015-]?([0-9A-Za-z]{8})(?![0-9A-Za-z-])", re.DOTALL
)
"""Twelve letters and digits, with any dash or none after the fourth; a code has at least one digit (`_masked`).

What may not stand before it is looked for behind its first character: a pattern that begins with a class of characters
is searched for twice as fast.
"""
_DIGIT = re.compile("[0-9]")

_KEY = re.compile(r"\bcode:([0-9A-NP-Z]{12})\b")

_PERSONAL: Mapping[str, Callable[[str], str]] = {
    "email": masked_email,
    "full_name": masked_name,
    "snils": lambda _: masked_snils(),
    "code": lambda code: masked_code(code) if len(code) >= 4 else DOTS,  # noqa: PLR2004 - what a mask leaves in sight
    "typed": lambda typed: f"{typed[:1]}{DOTS}",
}


def hidden_codes(text: str) -> str:
    """A text with every code in it masked, printed ones and those in activity keys."""
    if len(text) < CODE_LENGTH:
        return text
    masked = _KEY.sub(lambda found: f"code:{masked_code(found[1])}", text) if "code:" in text else text
    return _CODE_LIKE.sub(_masked, masked)


def _masked(found: re.Match[str]) -> str:
    return masked_code(found[1] + found[2]) if _DIGIT.search(found[0]) else found[0]


def hidden_values(stored: Any) -> Any:  # noqa: ANN401 - JSON
    """Stored data with personal values and codes masked, at any depth."""
    if isinstance(stored, dict):
        return {
            name: _PERSONAL[name](value) if name in _PERSONAL and isinstance(value, str) else hidden_values(value)
            for name, value in stored.items()
        }
    if isinstance(stored, list | tuple):
        return [hidden_values(each) for each in stored]
    return hidden_codes(stored) if isinstance(stored, str) else stored
