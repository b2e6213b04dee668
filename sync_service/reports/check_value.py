"""The check value that every page of a report bears: it finds the report again, and says whether it is the same.

64 letters and digits of base 32, in eight groups: the form, the specialist, the log's position, the moment, and a
digest of all that the report says. A receiver can read it out over a telephone: there is no 0, 1, 8 or 9 in it.
"""

from __future__ import annotations

import re
from base64 import b32decode, b32encode
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING
from unicodedata import normalize
from uuid import UUID

import msgspec

from sync_service.aggregates.errors import DomainError
from sync_service.reports.report import Standing

if TYPE_CHECKING:
    from sync_service.reports.report import Report

_FORM = 1
_DIGEST_BYTES = 13
_NUMBER_BYTES = 5
_GROUP = 8
_WRITTEN = re.compile(rb"(?:[A-Z2-7]{8}-){7}[A-Z2-7]{8}")
_CANONICAL = re.compile(r"[A-Z2-7]{64}")
_LOOK_ALIKES = str.maketrans("АВЕКМНОРСТУХ01", "ABEKMHOPCTYXOI")


class CheckValueMalformed(DomainError):
    """A text is no check value."""

    def __init__(self) -> None:
        super().__init__(
            "это не контрольное значение: в нём 64 буквы и цифры, восемь групп по восемь"
            " / no check value: it has 64 letters and digits, eight groups of eight"
        )


class CheckValue(msgspec.Struct, frozen=True):
    """What a check value says: whose report it is, as of when, and the digest of what it says."""

    specialist_id: UUID
    standing: Standing
    digest: bytes

    def __str__(self) -> str:
        numbers = (self.standing.position, int(self.standing.at.timestamp()))
        written = b"".join(number.to_bytes(_NUMBER_BYTES, "big") for number in numbers)
        text = b32encode(bytes([_FORM]) + self.specialist_id.bytes + written + self.digest).decode()
        return "-".join(text[place : place + _GROUP] for place in range(0, len(text), _GROUP))

    @classmethod
    def parse(cls, typed: str) -> CheckValue:
        """Read a check value in any case, spacing and with Cyrillic look-alikes; raises CheckValueMalformed."""
        text = "".join(filter(str.isalnum, normalize("NFKC", typed))).upper().translate(_LOOK_ALIKES)
        if not _CANONICAL.fullmatch(text):
            raise CheckValueMalformed
        form, rest = b32decode(text)[0], b32decode(text)[1:]
        specialist, position, seconds = rest[:16], rest[16:21], rest[21:26]
        try:
            at = datetime.fromtimestamp(int.from_bytes(seconds, "big"), UTC)
        except (OverflowError, ValueError) as impossible:
            raise CheckValueMalformed from impossible
        if form != _FORM:
            raise CheckValueMalformed
        return cls(UUID(bytes=specialist), Standing(int.from_bytes(position, "big"), at), rest[26:])


def check_value(report: Report) -> CheckValue:
    """The check value of a report; equal reports have equal ones."""
    digest = sha256(b"report:%d:" % _FORM + msgspec.json.encode(report)).digest()[:_DIGEST_BYTES]
    return CheckValue(report.specialist_id, report.standing, digest)


def written_in(content: bytes) -> str | None:
    """The first check value that stands in a file as plain text; reports of both formats bear it so."""
    found = _WRITTEN.search(content)
    return found.group().decode() if found else None
