"""Lets Kafka's client read records whose header names are no UTF-8: one of them would stop its partition for ever.

The protocol says that a header's name is text, and no broker looks. The client refuses the record as corrupt, again at
every attempt; yet one bad message must hold back nobody. Such names mean nothing to us, so that it is enough to read
them as something: each byte that is no ASCII as a question mark. Key, value and the other headers stay as they came.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kafka.record import memory_records
from kafka.record.default_records import DefaultRecordBatch
from kafka.record.util import decode_varint

if TYPE_CHECKING:
    from collections.abc import Iterator

ASCII = 0x80
VARINTS_BEFORE_KEY = 4
"""The record's length, its attributes, and how far its time and its offset are from the batch's."""


class TolerantBatch(DefaultRecordBatch):
    """A batch of records as the client reads it, but for names that it would refuse."""

    _buffer: bytearray
    _pos: int

    def _read_msg(self) -> object:
        try:
            return super()._read_msg()  # type: ignore[misc]
        except UnicodeDecodeError:
            for start, end in self._names():
                self._buffer[start:end] = _readable(self._buffer[start:end])
            return super()._read_msg()  # type: ignore[misc]

    def _names(self) -> Iterator[tuple[int, int]]:
        """Where each header's name begins and ends, in the record that is read next."""
        at = self._pos
        for _ in range(VARINTS_BEFORE_KEY):
            _, at = decode_varint(self._buffer, at)
        at = self._skip(self._skip(at))
        count, at = decode_varint(self._buffer, at)
        for _ in range(count):
            length, at = decode_varint(self._buffer, at)
            yield at, at + length
            at = self._skip(at + length)

    def _skip(self, at: int) -> int:
        """Step over bytes that stand behind their length; a length below zero is that of none."""
        length: int
        following: int
        length, following = decode_varint(self._buffer, at)
        return following + max(0, length)


def _readable(name: bytearray) -> bytes:
    """Give a name of the same length that is UTF-8: the name itself if it is."""
    try:
        return name.decode().encode()
    except UnicodeDecodeError:
        return bytes(byte if byte < ASCII else ord("?") for byte in name)


def accept_any_header_name() -> None:
    """Make every consumer of this process read such records; may be called again."""
    memory_records.DefaultRecordBatch = TolerantBatch  # type: ignore[attr-defined]
