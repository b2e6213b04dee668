"""A message with everything masked that may be personal: what is shown of a parked one until somebody asks."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sync_service.console.json_lines import lines_of
from sync_service.console.masks import DOTS
from sync_service.console.person.hiding import hidden_codes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sync_service.console.json_lines import Line

_SHOWN = frozenset(
    {
        *("specversion", "id", "source", "type", "subject", "time", "datacontenttype", "dataschema", "data"),
        *(
            "account_id",
            "sovetnmo_account_id",
            "edu_account_id",
            "activity_id",
            "module_id",
            "programme_id",
            "cycle_id",
        ),
        *("request_id", "activity_key", "remote_ref", "codes", "kind", "title", "provider", "place", "foreign"),
        *("accreditation", "audience", "education_level", "specialty", "specialties", "credits", "policy", "hours"),
        *("distance_hours", "organisation", "reason", "held_on", "completed_on", "starts_on", "ends_on"),
    }
)
"""What the contract's fields are called that hold nobody's name, address, number or code; codes in them are masked."""

_INSTANT = "_at"


def masked_lines(value: bytes, reasons: Iterable[str] = ()) -> list[Line]:
    """The message by lines with the reasons at theirs, masked; of what is no JSON nothing is shown."""
    try:
        shown = _masked(json.loads(value))
    except (ValueError, RecursionError):
        return lines_of(DOTS.encode(), reasons)
    return lines_of(json.dumps(shown, ensure_ascii=False).encode(errors="backslashreplace"), reasons)


def _masked(stored: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(stored, dict):
        return {name: _masked(value) if _is_shown(name) else _dots(value) for name, value in stored.items()}
    if isinstance(stored, list):
        return [_masked(each) for each in stored]
    if isinstance(stored, str):
        return DOTS if "@" in stored else hidden_codes(stored)
    return stored


def _is_shown(name: str) -> bool:
    return name in _SHOWN or name.endswith(_INSTANT)


def _dots(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Nothing of the value but its shape: an empty or missing one is what is wrong with many a message."""
    if isinstance(value, dict | list):
        return [DOTS] if value else value
    return value if value is None or value == "" or isinstance(value, bool) else DOTS
