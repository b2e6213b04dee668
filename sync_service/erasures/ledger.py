"""The ledger of erasures: kept outside the database, so that a restored older copy can be made to forget again."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

import msgspec

from sync_service.aggregates.errors import DomainError
from sync_service.aggregates.identifiers import named

if TYPE_CHECKING:
    from sync_service.footprints import Erased


class ErasureUnknown(DomainError):
    """The ledger has no erasure of this person."""

    def __init__(self) -> None:
        super().__init__("такого стирания в журнале нет / the ledger has no such erasure")


class Entry(msgspec.Struct, frozen=True, omit_defaults=True):
    """One erasure: whose streams, which codes' streams, when and why. It names nobody; staff sign it.

    It is written before anything is erased, and again when everything is: `is_done`, with how many mails and lines of
    topic files went.
    """

    id: UUID
    streams: tuple[UUID, ...]
    at: datetime
    reason: str
    proposed_by: str
    approved_by: str
    codes: tuple[UUID, ...] = ()
    is_done: bool = False
    mails: int = 0
    lines: int = 0

    @classmethod
    def begun(cls, erased: Erased) -> Entry:
        """The first line of an erasure; the same person's has the same id."""
        name = "erasure:" + ",".join(map(str, erased.streams))
        return cls(
            id=named(name),
            streams=erased.streams,
            at=erased.at,
            reason=erased.reason,
            proposed_by=erased.proposed_by,
            approved_by=erased.approved_by,
            codes=erased.codes,
        )


class Ledger(Protocol):
    """Keeps entries for good; what is added is safe on the disk when it returns."""

    def add(self, entry: Entry) -> None:
        """Add a line."""

    def entries(self) -> list[Entry]:
        """The latest line of each erasure, in the order in which they began."""


def entry_of(ledger: Ledger, stream: UUID) -> Entry:
    """The latest erasure that names a stream; raises ErasureUnknown."""
    found = [entry for entry in ledger.entries() if stream in entry.streams]
    if not found:
        raise ErasureUnknown
    return found[-1]
