"""Cuts a stream of chunks into lines, each with its place in the stream, in memory that a long line cannot exhaust."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

CHUNK_BYTES = 1024 * 1024
LINE_BYTES_MAX = 16 * 1024 * 1024
"""What is kept of a line; a message may have 256 KiB, and more is kept only to show what came."""


class Line(msgspec.Struct, frozen=True):
    """One line without its line end, from byte `start`; the next line begins at byte `following`."""

    start: int
    following: int
    content: bytes


class LineCutter:
    """Cuts lines from the chunks it is fed in order; `start` is where the line begins that has not ended yet."""

    def __init__(self, start: int) -> None:
        self.start = start
        self._open_bytes = 0
        self._kept: list[bytes] = []
        self._kept_bytes = 0

    def feed(self, chunk: bytes) -> Iterator[Line]:
        """Give the lines that end in this chunk, but for blank ones; to be exhausted before the next chunk."""
        *ended, rest = chunk.split(b"\n")
        for piece in ended:
            content = self._with_kept(piece) if self._open_bytes else piece
            start, self.start = self.start, self.start + self._open_bytes + len(piece) + 1
            self._open_bytes = 0
            if content and not content.isspace():
                yield Line(start, self.start, content.removesuffix(b"\r"))
        self._keep(rest)

    def finish(self) -> Iterator[Line]:
        """Give the last line, if it has no line end and is not blank."""
        content = self._with_kept(b"")
        start, self.start = self.start, self.start + self._open_bytes
        self._open_bytes = 0
        if content and not content.isspace():
            yield Line(start, self.start, content.removesuffix(b"\r"))

    def _with_kept(self, piece: bytes) -> bytes:
        self._keep(piece)
        self._open_bytes -= len(piece)
        content = b"".join(self._kept)
        self._kept, self._kept_bytes = [], 0
        return content

    def _keep(self, piece: bytes) -> None:
        self._open_bytes += len(piece)
        kept = piece[: LINE_BYTES_MAX - self._kept_bytes]
        if kept:
            self._kept.append(kept)
            self._kept_bytes += len(kept)
