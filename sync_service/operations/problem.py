"""A problem as operators read it: what stands, since when and why, who waits, what to do, what will not be lost."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec

from sync_service.sentences.words import Sentence


class Severity(StrEnum):
    """How bad it is: something stands, something is unusual, or it only takes a while."""

    BAD = "bad"
    WARN = "warn"
    NOTE = "note"


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One problem; it is gone by itself when what it speaks of is mended.

    `people` is how many people wait because of it, None if nobody can say; `page` is where it can be dealt with.
    """

    kind: str
    severity: Severity
    subject: str
    what: Sentence
    remedy: Sentence
    command: str | None = None
    since: datetime | None = None
    people: int | None = None
    page: str | None = None
