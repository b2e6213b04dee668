"""Reads a portal's own export of what its accounts show: NDJSON, `{"account_id", "activity_key"}` a line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable

TEXT_MAX = 1_000


class ShownLine(msgspec.Struct, frozen=True):
    """One entry that an account shows; further fields are ignored."""

    account_id: str
    activity_key: str


class UnreadableLine(msgspec.Struct, frozen=True):
    """A line that says nothing, counted from 1, and why."""

    line: int
    error: str


class Export(msgspec.Struct, frozen=True):
    """What a portal shows, by account; a line that stands twice counts once."""

    lines: int
    shown: dict[str, set[str]]
    unreadable: tuple[UnreadableLine, ...]


def read_export(lines: Iterable[bytes]) -> Export:
    """Read every line; blank ones are left out, bad ones are named."""
    decode = msgspec.json.Decoder(ShownLine).decode
    shown: dict[str, set[str]] = {}
    unreadable: list[UnreadableLine] = []
    count = 0
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        count += 1
        try:
            one = decode(line)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            unreadable.append(UnreadableLine(number, _why(error)))
            continue
        if not one.account_id or not one.activity_key or max(len(one.account_id), len(one.activity_key)) > TEXT_MAX:
            unreadable.append(UnreadableLine(number, "account_id and activity_key are texts of 1 to 1,000 characters"))
            continue
        shown.setdefault(one.account_id, set()).add(one.activity_key)
    return Export(count, shown, tuple(unreadable))


def _why(error: Exception) -> str:
    """What is wrong, without the line's own text: it may hold a code."""
    return str(error) if isinstance(error, msgspec.ValidationError) else "not JSON in UTF-8"
