"""What a backup says of itself: which rows of which tables it holds, as of when, and how each part is verified."""

from __future__ import annotations

from datetime import datetime
from typing import Final, Protocol

import msgspec

FORMAT: Final = 1
"""The form of the archive. A version of the service that changes it reads the older ones too."""


class Column(msgspec.Struct, frozen=True):
    """A column of a table, with its type in PostgreSQL's words."""

    name: str
    type: str


class TableShape(msgspec.Struct, frozen=True):
    """A table and the columns of it that are kept."""

    name: str
    columns: tuple[Column, ...]


class Part(msgspec.Struct, frozen=True):
    """The rows of one table: how many, in how many bytes, and their SHA-256."""

    table: TableShape
    rows: int
    size_bytes: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True):
    """The last member of an archive. `head` is the newest event's position, `published` how far the publisher was."""

    format: int
    version: str
    taken_at: datetime
    server: str
    head: int
    published: int
    parts: tuple[Part, ...]

    @property
    def rows(self) -> int:
        """How many rows it holds in all."""
        return sum(part.rows for part in self.parts)

    def part(self, table: str) -> Part | None:
        """The rows of a table, None if there are none of it."""
        return next((part for part in self.parts if part.table.name == table), None)


class Sink(Protocol):
    """Where bytes go."""

    def write(self, data: bytes, /) -> object:
        """Take the bytes."""


class Snapshot(Protocol):
    """Everything that a store keeps, as it was at one moment, while the service runs on."""

    taken_at: datetime
    server: str
    head: int
    published: int

    def tables(self) -> list[TableShape]:
        """The tables that are kept."""

    def copy(self, table: TableShape, sink: Sink) -> int:
        """Write a table's rows, in PostgreSQL's binary COPY form; how many there were."""


class BackupRefused(RuntimeError):
    """An archive, or the store that it was to be restored into, is not what is needed; each line is one reason."""

    def __init__(self, *reasons: str) -> None:
        self.reasons = reasons
        super().__init__("; ".join(reasons))
