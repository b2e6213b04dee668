"""What a transport delivers: the bytes of one message and where they stood."""

from __future__ import annotations

import msgspec


class Record(msgspec.Struct, frozen=True):
    """One record as a transport delivered it.

    `place` names the stored position that the record belongs to, such as `kafka:<topic>:<topic id>:<partition>` or
    `file:<digest>`; `offset` is where the record began there and `next_offset` where reading goes on after it.
    `topic` is the Kafka (or file) topic it came by, and None where there is none, as for `ingest`.
    """

    value: bytes
    place: str
    offset: int
    next_offset: int
    key: bytes | None = None
    headers: tuple[tuple[str, bytes], ...] = ()
    topic: str | None = None


class Outgoing(msgspec.Struct, frozen=True):
    """One message on its way out, as every transport takes it; `key` keeps one account's messages in order."""

    topic: str
    value: bytes
    key: bytes | None = None
    headers: tuple[tuple[str, bytes], ...] = ()
