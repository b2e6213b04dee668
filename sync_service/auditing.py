"""The port of the audit log: who looked at whom, or changed what, through which door, why and when.

A look is recorded before anything is shown (promise 8 of CONTRACT.md). Rows are chained by hashes.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator


class Door(StrEnum):
    """Where somebody came in."""

    CONSOLE = "console"
    API = "api"
    COMMAND_LINE = "cli"


class Look(msgspec.Struct, frozen=True):
    """What somebody is about to see or to change.

    `act` names it (`person.seen`, `value.revealed`, `code.seen`, `letter.retried`, …); `whom` is the stream of the
    specialist, code or parked message that it concerns; `case` is the number of the case that it is for; `detail` says
    which part (`email@edu`, `pdf`), and never holds a personal value, a code, or an activity key.
    """

    who: str
    name: str
    roles: tuple[str, ...]
    door: Door
    act: str
    whom: UUID | None = None
    case: str | None = None
    detail: str | None = None


class AuditRow(msgspec.Struct, frozen=True):
    """A recorded look. `number` counts from 1 without a gap; `link` is the hash that chains it to all before it."""

    number: int
    at: datetime
    look: Look
    link: bytes


class AuditWanted(msgspec.Struct, frozen=True):
    """Which rows an auditor asks for; what is None is not asked about. Newest first, `before` a number (for paging)."""

    since: datetime | None = None
    until: datetime | None = None
    who: str | None = None
    whom: UUID | None = None
    act: str | None = None
    case: str | None = None
    door: Door | None = None
    before: int | None = None
    limit: int = 100


class AuditFault(msgspec.Struct, frozen=True):
    """A place where the chain does not hold: the row's number, and what is wrong there."""

    number: int
    fault: str


class AuditLog(Protocol):
    """Keeps looks, in order, for good."""

    def record(self, look: Look) -> int:
        """Store a look, and return its number; what it is about may be shown only after that."""

    def find(self, wanted: AuditWanted) -> list[AuditRow]:
        """The rows that fit, the newest first."""

    def verify(self) -> Iterator[AuditFault]:
        """Walk the whole chain and the anchor that is kept elsewhere; every place where it does not hold."""
