"""Hides UUIDs on their way to PostgreSQL, and reveals them on their way back, whatever statement they are in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from psycopg.adapt import Dumper, Loader
from psycopg.pq import Format

from sync_service.adapters.binary_copy import array_head

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg
    from psycopg.abc import Buffer

    from sync_service.adapters.ciphers import Identifiers

UUID_OID = 2950
UUIDS_OID = 2951
_LENGTH = b"\0\0\0\x10"


class Ids(list[UUID]):
    """Many UUIDs as one parameter, hidden all at once."""


def hide_ids(connection: psycopg.Connection[Any], identifiers: Identifiers) -> None:
    """Let every UUID that crosses this connection be another one in the database."""
    text_loader, binary_loader = _loaders(identifiers)
    adapters = connection.adapters  # by the class itself: its name is looked up only until it was found once
    for kind, dumper in _dumpers(identifiers):
        adapters.register_dumper(kind, dumper)
    adapters.register_loader("uuid", text_loader)
    adapters.register_loader("uuid", binary_loader)


def _dumpers(identifiers: Identifiers) -> Iterator[tuple[type, type[Dumper]]]:
    hidden = identifiers.hidden

    class TextDumper(Dumper):
        oid = UUID_OID

        def dump(self, obj: UUID) -> Buffer:
            return hidden(obj).hex().encode()

    class BinaryDumper(TextDumper):
        format = Format.BINARY

        def dump(self, obj: UUID) -> Buffer:
            return hidden(obj)

    class IdsDumper(Dumper):
        oid = UUIDS_OID
        format = Format.BINARY

        def dump(self, obj: Ids) -> Buffer:
            head = array_head(UUID_OID, len(obj))
            return _LENGTH.join((head, *identifiers.all_hidden(one.bytes for one in obj)))

    yield from ((UUID, TextDumper), (UUID, BinaryDumper), (Ids, IdsDumper))


def _loaders(identifiers: Identifiers) -> tuple[type[Loader], type[Loader]]:
    revealed = identifiers.revealed

    class TextLoader(Loader):
        def load(self, data: Buffer) -> UUID:
            return revealed(bytes.fromhex(bytes(data).decode().replace("-", "")))

    class BinaryLoader(Loader):
        format = Format.BINARY
        last: tuple[bytes, UUID] = b"", UUID(int=0)

        def load(self, data: Buffer) -> UUID:
            found = bytes(data)
            if found != self.last[0]:  # the rows of a stream stand together, and are then known by `is`
                self.last = found, revealed(found)
            return self.last[1]

    return TextLoader, BinaryLoader
