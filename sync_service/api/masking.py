"""Masks what an answer holds of people and codes, whatever endpoint made it: the default for all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from sync_service.aggregates.values import masked_code
from sync_service.console.masks import DOTS, masked_email, masked_name, masked_snils
from sync_service.console.person.hiding import hidden_codes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_SHOWN_OF_CODES: Final = 4


def _code(code: str) -> str:
    return masked_code(code) if len(code) >= _SHOWN_OF_CODES else DOTS


def _nothing(_: str) -> str:
    return DOTS


_MASKS: Final[Mapping[str, Callable[[str], str]]] = {
    "code": _code,
    "printed": _code,
    "typed": lambda typed: f"{typed[:1]}{DOTS}",
    "email": masked_email,
    "full_name": masked_name,
    "snils": lambda _: masked_snils(),
    "email_look_up": _nothing,
    "name_look_up": _nothing,
    "snils_look_up": _nothing,
}
"""By the field's name. A value that is masked already stays as it is."""

_NAMES: Final = frozenset(
    {
        *("account", "account_id", "accounts", "accounts_after", "accounts_before", "edu", "other", "sovetnmo"),
        *("activity_id", "counts_in", "cycle_id", "group_id", "id", "instance", "message_id", "request_id", "topic"),
        *("by", "decided_by", "proposed_by", "who"),
        *("cause", "seen", "source"),
    }
)
"""Fields that name things by ids which may look like a code and are none: they stay as they are."""


def masked(answer: object) -> Any:  # noqa: ANN401 - JSON
    """An answer as JSON's values, with every personal value and every code masked, at any depth."""
    return _hidden(msgspec.to_builtins(answer, str_keys=True))


def _hidden(value: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, dict):
        return {name: _field(name, member) for name, member in value.items()}
    if isinstance(value, list | tuple):
        return [_hidden(member) for member in value]
    return hidden_codes(value) if isinstance(value, str) else value


def _field(name: str, value: Any) -> Any:  # noqa: ANN401 - JSON
    if name in _NAMES and (isinstance(value, str) or _is_texts(value)):
        return value
    mask = _MASKS.get(name)
    return mask(value) if mask and isinstance(value, str) else _hidden(value)


def _is_texts(value: object) -> bool:
    """Whether it is an account, written as [portal, id], or a list of accounts or ids."""
    return isinstance(value, list | tuple) and all(isinstance(each, str) or _is_texts(each) for each in value)
