"""Removes what names a person from files: lines of the embedded default's topics, and mails that were written."""

from __future__ import annotations

import fcntl
import os
import re
from typing import TYPE_CHECKING, Any, Final

import msgspec

from sync_service.adapters.file_mailer import SUFFIX
from sync_service.footprints import squeeze, unescaped
from sync_service.messages.outcome_messages import SYNC
from sync_service.messages.topic_lines import blanks_for, identity_of, parts_of
from sync_service.topic_names import PORTAL_OF_SOURCE, portal_of_topic

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from pathlib import Path
    from uuid import UUID

    from sync_service.aggregates.values import Portal
    from sync_service.footprints import Footprints

_HEAD_BYTES_MAX: Final = 4096
_LETTER_HEADER: Final = "dlq-letter"
_STRING: Final = re.compile(rb'"(?:[^"\\]|\\.)*"')
_CATALOGUE: Final = "/catalogue"


def erase_lines(directory: Path, footprints: Footprints) -> int:
    """Overwrite with blanks every line of the topic files that names the person; how many there were.

    Blanks are as long as what they stand for, so no offset changes. Of what the catalogue says only the codes go.
    """
    return sum(_erase_in(path, footprints) for path in sorted(directory.glob("*.ndjson")))


def remove_mails(directory: Path, mails: Collection[UUID], is_theirs: Callable[[Path], bool]) -> int:
    """Remove the mail files with these ids, and those that are the person's; how many there were."""
    named = {str(mail) for mail in mails}
    removed = 0
    for path in sorted([*directory.glob(f"*{SUFFIX}"), *directory.glob("*.part")]):
        if any(mail in path.name for mail in named) or is_theirs(path):
            path.unlink(missing_ok=True)
            removed += 1
    return removed


def _erase_in(path: Path, footprints: Footprints) -> int:
    """Go through one file under the lock that its writers take."""
    erased = 0
    with path.open("r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        for start, line in _lines(file):
            left = _left_of(line, footprints, portal_of_topic(path.stem))
            if left is None:
                continue
            if start == 0:
                left = _first(line, left)
            os.pwrite(file.fileno(), left, start)
            erased += 1
        if erased:
            os.fsync(file.fileno())
    return erased


def _lines(file: Any) -> Iterator[tuple[int, bytes]]:  # noqa: ANN401 - an open binary file
    start = 0
    for whole in file:
        line = whole.removesuffix(b"\n")
        if line and not line.isspace():
            yield start, line
        start += len(whole)


def _first(line: bytes, left: bytes) -> bytes:
    """A topic file is known by its first line, which therefore goes as a whole, and leaves what it was known by."""
    try:
        return blanks_for(line, identity_of(line[:_HEAD_BYTES_MAX]))
    except ValueError:
        return left


def _left_of(line: bytes, footprints: Footprints, portal: Portal | None) -> bytes | None:
    """What stays of a line of a topic with the accounts of this portal; None if all of it does."""
    value, key, headers = parts_of(line)
    if value is line and _event(value).get("source") == _CATALOGUE:
        return _without_codes(line, footprints)
    letter = dict(headers).get(_LETTER_HEADER, b"").decode("ascii", errors="replace")
    event = _event(value)
    about = _account_id(event)
    said = PORTAL_OF_SOURCE.get(str(event.get("source")), portal)
    is_of_another = about is not None and not footprints.name_account(about, said)
    contents = [value, key, *(content for _, content in headers)]
    answers = event.get("source") == SYNC and event.get("cause") in footprints.messages and not is_of_another
    names = answers or letter in map(str, footprints.letters)
    names = names or footprints.are_in(*contents, another=about if is_of_another else None)
    return blanks_for(line) if names else None


def _event(value: bytes) -> dict[str, Any]:
    try:
        event = msgspec.json.decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return {}
    return event if isinstance(event, dict) else {}


def _account_id(event: dict[str, Any]) -> str | None:
    body = event.get("data")
    named = body.get("account_id") if isinstance(body, dict) else None
    for account_id in (named, event.get("subject")):
        if isinstance(account_id, str) and account_id:
            return account_id
    return None


def _without_codes(line: bytes, footprints: Footprints) -> bytes | None:
    """A line with each text that is one of the codes blanked out, and the comma that parted it from its neighbour."""
    left = bytearray(line)
    for match in _STRING.finditer(line):
        if squeeze(unescaped(match[0])) in footprints.codes:
            left[match.start() : match.end()] = b" " * len(match[0])
            comma = _comma(left, match.start(), match.end())
            if comma is not None:
                left[comma] = ord(" ")
    return bytes(left) if left != line else None


def _comma(line: bytearray, start: int, end: int) -> int | None:
    after = end + len(line[end:]) - len(line[end:].lstrip())
    if line[after : after + 1] == b",":
        return after
    before = len(line[:start].rstrip()) - 1
    return before if line[before : before + 1] == b"," else None
