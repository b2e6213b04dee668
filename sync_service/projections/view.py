"""What a read model is: tables whose rows are a function of one aggregate's state, or counts of events.

A view says nothing about storage. Its rows are plain tuples in the order of the table's columns; the first column of a
rows' table is always `owner`, the stream of the aggregate that the row was made from.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from functools import cached_property
from operator import itemgetter
from types import NoneType
from typing import TYPE_CHECKING, Protocol, TypeAlias, get_args, get_type_hints
from uuid import UUID

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from sync_service.aggregates.activity import Activity
    from sync_service.aggregates.aggregate import Aggregate, Event

Row: TypeAlias = tuple[object, ...]
Key: TypeAlias = tuple[object, ...]
Rows: TypeAlias = dict[str, dict[Key, Row]]
"""Rows by table and key."""

Catalogue: TypeAlias = "Callable[[str], Activity]"


class Kept(StrEnum):
    """How the values of a column are stored: what leads to a person is not kept in the clear."""

    PLAIN = "plain"
    """As they are."""
    HASHED = "hashed"
    """Sealed, and beside that as a keyed hash, by which rows are found and told apart."""
    SEALED = "sealed"
    """Sealed with the key of the row's owner."""


class Column(msgspec.Struct, frozen=True):
    """One column: its name, its SQL type, and how its values are stored."""

    name: str
    type: str
    kept: Kept = Kept.PLAIN


class Table(msgspec.Struct, frozen=True, dict=True):
    """One table of a view. `key` names the columns that identify a row, `indexes` those that are looked up by."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    indexes: tuple[tuple[str, ...], ...] = ()

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The columns' names."""
        return tuple(column.name for column in self.columns)

    @cached_property
    def key_of(self) -> Callable[[Row], Key]:
        """Reads the key of a row."""
        places = [self.names.index(name) for name in self.key]
        return itemgetter(*places) if len(places) > 1 else itemgetter(slice(places[0], places[0] + 1))

    def by_key(self, rows: Iterable[Row]) -> dict[Key, Row]:
        """Rows by their keys."""
        key_of = self.key_of
        return {key_of(row): row for row in rows}


_SQL_TYPES: dict[object, str] = {
    UUID: "uuid",
    str: "text",
    int: "bigint",
    float: "double precision",
    bool: "boolean",
    date: "date",
    datetime: "timestamptz",
    list[str]: "text[]",
    list[float]: "double precision[]",
}


def columns_of(row: type, *, hashed: Collection[str] = (), sealed: Collection[str] = ()) -> tuple[Column, ...]:
    """Columns in order, by the fields of a named tuple; any of them may be NULL. Names those not kept in the clear."""
    types = {
        name: get_args(kind)[0] if NoneType in get_args(kind) else kind for name, kind in get_type_hints(row).items()
    }
    return columns(hashed=hashed, sealed=sealed, **{name: _SQL_TYPES[kind] for name, kind in types.items()})


def columns(*, hashed: Collection[str] = (), sealed: Collection[str] = (), **types: str) -> tuple[Column, ...]:
    """Columns in order, by name and SQL type; `hashed` and `sealed` name those that are not kept in the clear."""
    kept = dict.fromkeys(hashed, Kept.HASHED) | dict.fromkeys(sealed, Kept.SEALED)
    return tuple(Column(name, kind, kept.get(name, Kept.PLAIN)) for name, kind in types.items())


class View(Protocol):
    """A read model."""

    @property
    def name(self) -> str:
        """Its name, as operators use it."""

    @property
    def tables(self) -> tuple[Table, ...]:
        """Its tables."""


class AggregateView(View, Protocol):
    """A read model whose rows are a function of one aggregate's state and of the catalogue."""

    @property
    def stream_kind(self) -> str:
        """The first word of the event types of its aggregate."""

    def rows(self, aggregate: Aggregate, catalogue: Catalogue) -> Iterator[tuple[str, Row]]:
        """The rows of one aggregate, each with its table's name."""


class CataloguedView(AggregateView, Protocol):
    """A read model whose rows the catalogue changes too, without any event of the aggregate."""

    @property
    def catalogue_table(self) -> str:
        """The table, with a column `activity_id`, whose rows change when the catalogue does."""

    def rejudged(self, rows: Rows, catalogue: Catalogue) -> Iterator[tuple[str, Row]]:
        """The rows of that table anew, from those rows of one aggregate and all its rows of the other tables."""


class CountingView(View, Protocol):
    """A read model that counts events: the last column of its only table is the count."""

    def counted(self, events: Iterable[Event]) -> dict[Key, int]:
        """How often these events count under which keys."""


class Changes(msgspec.Struct):
    """What one batch changes in a view, by table. The rows of `cleared` owners go first, whatever they are."""

    cleared: set[UUID] = set()
    upserts: dict[str, list[Row]] = {}
    deletes: dict[str, list[tuple[UUID, Key]]] = {}
    adds: dict[str, dict[Key, int]] = {}

    def is_empty(self) -> bool:
        """Whether nothing changes but the position."""
        return not (self.cleared or self.upserts or self.deletes or self.adds)


def arranged(view: AggregateView, named: Iterable[tuple[str, Row]]) -> Rows:
    """Rows by table and key; every table of the view is there."""
    rows: dict[str, list[Row]] = {table.name: [] for table in view.tables}
    for name, row in named:
        rows[name].append(row)
    return {table.name: table.by_key(rows[table.name]) for table in view.tables}


def differences(owner: UUID, before: Rows, after: Rows, changes: Changes) -> None:
    """Add to the changes what leads from one state of an owner's rows to another."""
    for name, rows in after.items():
        old = before.get(name, {})
        changed = [row for key, row in rows.items() if old.get(key) != row]
        if changed:
            changes.upserts.setdefault(name, []).extend(changed)
        gone = [(owner, key) for key in old if key not in rows]
        if gone:
            changes.deletes.setdefault(name, []).extend(gone)
