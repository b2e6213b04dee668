"""How the rows of a view's table are stored: what leads to a person as a keyed hash, or sealed with its owner's key.

A stored row has the plain and the hashed columns in their order, and last, where there are any, all values that are not
plain in one sealed value. It is a function of the row and of keys alone, so that rebuilt rows are equal to the byte.
"""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any, cast

import msgspec

from sync_service.adapters.key_ring import NOBODY
from sync_service.projections.view import Column, Kept
from sync_service.sealing import KeyDestroyed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from uuid import UUID

    from sync_service.adapters.ciphers import Seal
    from sync_service.adapters.key_ring import KeyRing
    from sync_service.projections.view import Key, Row, Table, View

SEALED = Column("sealed", "bytea")

_OWNER: Callable[[Sequence[Any]], Any] = itemgetter(0)
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(list[Any]).decode


def stored_columns(table: Table) -> tuple[Column, ...]:
    """The columns of the stored rows."""
    shown = [
        column if column.kept is Kept.PLAIN else Column(column.name, "bytea")
        for column in table.columns
        if column.kept is not Kept.SEALED
    ]
    is_open = all(column.kept is Kept.PLAIN for column in table.columns)
    return tuple(shown) if is_open else (*shown, SEALED)


class SealedRows:
    """Turns the rows of one table into stored ones, and back. Code streams have no keys of their own."""

    def __init__(self, view: View, table: Table, keys: KeyRing) -> None:
        self._keys = keys
        self._has_own_keys = getattr(view, "stream_kind", "") == "specialist"
        self._place = f"{view.name}.{table.name}".encode()
        self._columns = table.columns
        self._names = table.names
        self._key = table.key
        kept = [column.kept for column in table.columns]
        stored = [place for place, one in enumerate(kept) if one is not Kept.SEALED]
        self._hashed = {at: table.names[place] for at, place in enumerate(stored) if kept[place] is Kept.HASHED}
        self._sealed = [place for place, one in enumerate(kept) if one is not Kept.PLAIN]
        self._in_sight_of = _values(stored)
        self._to_seal_of = _values(self._sealed)
        places = {place: at for at, place in enumerate(stored)}
        places |= {place: at for at, place in enumerate(self._sealed, len(stored))}
        self._row_of = _values([places[place] for place in range(len(kept))])

    def owners(self, rows: Iterable[Sequence[object]]) -> set[UUID]:
        """Whose keys seal or open these rows, stored or not; nobody's, where the store's own does or none is needed."""
        return {cast("UUID", row[0]) for row in rows} if self._sealed and self._has_own_keys else set()

    def hashed(self, name: str, value: object) -> object:
        """What a plain or hashed column holds for a value, to find rows by; raises LookupError for a sealed one."""
        place = self._names.index(name)
        if self._columns[place].kept is Kept.SEALED:
            raise LookupError(name)
        is_hashed = self._columns[place].kept is Kept.HASHED and value is not None
        return self._keys.hashed(name, str(value)) if is_hashed else value

    def stored(self, rows: Iterable[Row]) -> Iterator[Sequence[object]]:
        """The stored rows; an owner's key is looked up once for rows that stand together."""
        if not self._sealed:
            yield from rows
            return
        for owner, run in groupby(rows, _OWNER):
            seal, context = self._seal_of(owner)
            for row in run:
                stored = self._in_sight(row)
                stored.append(seal.seal(_encode(self._to_seal_of(row)), *context))
                yield stored

    def sought(self, owner: UUID, key: Key) -> Sequence[object]:
        """A stored row of which only owner and key are filled, to find another by."""
        values: dict[str, object] = dict(zip(self._key, key, strict=True)) | {"owner": owner}
        row = self._in_sight(tuple(map(values.get, self._names)))
        return [*row, None] if self._sealed else row

    def _in_sight(self, row: Row) -> list[Any]:
        """The plain and hashed columns of a stored row."""
        values: list[Any] = list(self._in_sight_of(row))
        for at, name in self._hashed.items():
            if values[at] is not None:
                values[at] = self._keys.hashed(name, values[at])
        return values

    def rows(self, stored: Iterable[Sequence[Any]]) -> Iterator[Row]:
        """The rows that are stored. Those of a person who was erased and not yet projected anew are not there."""
        if not self._sealed:
            yield from map(tuple, stored)
            return
        for owner, run in groupby(stored, _OWNER):
            try:
                seal, context = self._seal_of(owner)
            except KeyDestroyed:
                continue
            for *in_sight, sealed in run:
                try:
                    values = _decode(self._opened(owner, seal, sealed, context))
                except KeyDestroyed:
                    continue
                yield self._row_of((*in_sight, *values))

    def _opened(self, owner: UUID, seal: Seal, sealed: bytes, context: Sequence[bytes]) -> bytes:
        """What a row has sealed; the key at hand may have been replaced elsewhere. Raises KeyDestroyed, SealBroken."""
        try:
            return seal.open(sealed, *context)
        except KeyDestroyed:
            return self._keys.open(owner if self._has_own_keys else None, sealed, *context[:-1])

    def _seal_of(self, owner: UUID) -> tuple[Seal, Sequence[bytes]]:
        """What seals and opens the owner's rows, and the context that they are sealed with; raises KeyDestroyed."""
        plain = owner.bytes
        if self._has_own_keys:
            return self._keys.seal_of(owner), (self._place, plain, plain)
        return self._keys.seal_of(None), (self._place, plain, NOBODY)


def _values(places: Sequence[int]) -> Callable[[Row], Row]:
    """Reads some values of a row."""
    if len(places) > 1:
        return itemgetter(*places)
    return lambda row: tuple(row[place] for place in places)
