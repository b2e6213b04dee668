"""How the rows of a view's table are stored: what leads to a person as a keyed hash, or sealed with its owner's key.

A stored row has the plain and the hashed columns in their order, and last, where there are any, all values that are not
plain in one sealed value. It is a function of the row and of keys alone, so that rebuilt rows are equal to the byte.
"""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any, cast

import msgspec

from sync_service.projections.view import Column, Kept
from sync_service.sealing import KeyDestroyed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from uuid import UUID

    from sync_service.projections.view import Key, Row, Table, View
    from sync_service.sealing import Sealer

SEALED = Column("sealed", "bytea")

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

    def __init__(self, view: View, table: Table, sealer: Sealer) -> None:
        self._sealer = sealer
        self._has_own_keys = getattr(view, "stream_kind", "") == "specialist"
        self._place = f"{view.name}.{table.name}".encode()
        self._columns = table.columns
        self._names = table.names
        self._key = table.key
        kept = [column.kept for column in table.columns]
        stored = [place for place, one in enumerate(kept) if one is not Kept.SEALED]
        self._hashed = {at: table.names[place] for at, place in enumerate(stored) if kept[place] is Kept.HASHED}
        self._sealed = [place for place, one in enumerate(kept) if one is not Kept.PLAIN]
        self._plain = [(at, place) for at, place in enumerate(stored) if kept[place] is Kept.PLAIN]
        self._in_sight_of = _values(stored)
        self._to_seal_of = _values(self._sealed)

    def owners(self, rows: Iterable[Sequence[object]]) -> set[UUID]:
        """Whose keys seal or open these rows, stored or not; nobody's, where the store's own does or none is needed."""
        return {cast("UUID", row[0]) for row in rows} if self._sealed and self._has_own_keys else set()

    def hashed(self, name: str, value: object) -> object:
        """What a plain or hashed column holds for a value, to find rows by; raises LookupError for a sealed one."""
        place = self._names.index(name)
        if self._columns[place].kept is Kept.SEALED:
            raise LookupError(name)
        is_hashed = self._columns[place].kept is Kept.HASHED and value is not None
        return self._sealer.hashed(name, str(value)) if is_hashed else value

    def stored(self, row: Row) -> Sequence[object]:
        """The stored row."""
        if not self._sealed:
            return row
        owner: Any = row[0]
        values = _encode(self._to_seal_of(row))
        stored = self._in_sight(row)
        stored.append(self._sealer.seal(owner if self._has_own_keys else None, values, self._place, owner.bytes))
        return stored

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
                values[at] = self._sealer.hashed(name, values[at])
        return values

    def rows(self, stored: Iterable[Sequence[object]]) -> Iterator[Row]:
        """The rows that are stored. Those of a person who was erased and not yet projected anew are not there."""
        if not self._sealed:
            yield from map(tuple, stored)
            return
        for one in stored:
            try:
                yield self._opened(one)
            except KeyDestroyed:
                continue

    def _opened(self, stored: Sequence[object]) -> Row:
        owner: Any = stored[0]
        sealed: Any = stored[-1]
        values = _decode(self._sealer.open(owner if self._has_own_keys else None, sealed, self._place, owner.bytes))
        row: list[object] = [None] * len(self._columns)
        for place_stored, place in self._plain:
            row[place] = stored[place_stored]
        for place, value in zip(self._sealed, values, strict=True):
            row[place] = value
        return tuple(row)


def _values(places: Sequence[int]) -> Callable[[Row], Row]:
    """Reads some values of a row."""
    if len(places) > 1:
        return itemgetter(*places)
    return lambda row: tuple(row[place] for place in places)
