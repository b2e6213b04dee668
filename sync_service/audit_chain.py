"""The chain of the audit log: each row's link is a keyed hash over the link before it and everything in the row.

Whoever can write to the database but has not the key cannot alter, remove, insert or reorder rows unseen; that the
newest rows were cut off is seen by an anchor, the newest number and link, kept elsewhere.
"""

from __future__ import annotations

import hmac
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from sync_service.auditing import AuditFault

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sync_service.auditing import Look

FIRST_LINK = bytes(32)
"""What stands in for the link before row 1."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Anchor(msgspec.Struct, frozen=True):
    """The newest row as it was when the anchor was cast."""

    number: int
    link: bytes


class Chained(NamedTuple):
    """A row as it is hashed and as it is read back, whatever somebody made of it: no value is interpreted.

    `at_us` are microseconds since 1970 (UTC), None for an instant that is none.
    """

    number: int
    at_us: int | None
    who: str
    name: str
    roles: tuple[str, ...]
    door: str
    act: str
    whom: bytes | None
    case: str | None
    detail: str | None
    link: bytes = b""


def chained(number: int, at: datetime, look: Look) -> Chained:
    """A look on its way into the log."""
    whom = look.whom.bytes if look.whom is not None else None
    at_us = (at - _EPOCH) // _MICROSECOND
    return Chained(
        number, at_us, look.who, look.name, look.roles, look.door.value, look.act, whom, look.case, look.detail
    )


def link_of(key: bytes, previous: bytes, row: Chained) -> bytes:
    """The link of a row: HMAC-SHA256 over the link before it and the row as MessagePack, whose lengths stand first."""
    return hmac.digest(key, previous + msgspec.msgpack.encode(row[:-1]), "sha256")


def walk(key: bytes, rows: Iterable[Chained], anchor: Anchor | None) -> Iterator[AuditFault]:
    """Every place where the chain does not hold; after a fault it goes on from the link that stands there.

    The rows come by number; `anchor` was read before the first of them, as the log may grow meanwhile.
    """
    number, link = 0, FIRST_LINK
    for row in rows:
        if row.number <= number:
            yield AuditFault(row.number, "the number stands twice")
        elif row.number > number + 1:
            yield AuditFault(number + 1, _missing(number + 1, row.number - 1))
        elif not hmac.compare_digest(row.link, link_of(key, link, row)):
            yield AuditFault(row.number, "the row, or the one before it, is not what was recorded")
        if anchor is not None and row.number == anchor.number and row.link != anchor.link:
            yield AuditFault(row.number, "the row is not the one that was anchored")
        number, link = row.number, row.link
    if anchor is not None and anchor.number > number:
        yield AuditFault(number + 1, f"{_missing(number + 1, anchor.number)}: the log is anchored up to there")


def _missing(first: int, last: int) -> str:
    return f"row {first} is missing" if first == last else f"rows {first} to {last} are missing"
