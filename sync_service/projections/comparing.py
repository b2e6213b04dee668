"""How two generations of a view differ: counts by table, and examples in which nothing personal stands."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

EXAMPLES_MAX: Final = 20
"""How many examples of each kind of difference are kept."""

MASK: Final = "••••••"
PERSONAL: Final = frozenset(
    {
        *("full_name", "name_look_up", "email", "email_look_up", "snils", "snils_look_up"),
        *("account_id", "origin_account", "owner_account", "edu", "sovetnmo"),
        *("code", "typed", "detail", "organisation", "reversed_for", "revoked_for", "vouched_for"),
    }
)
"""The columns whose values are never kept in an example. Some are what other people wrote."""

_CODE_KEY = "code:"
_CODE_SHOWN = 4


class Lack(StrEnum):
    """How one row is not the same in both generations."""

    ONLY_IN_LIVE = "only_in_live"
    ONLY_IN_OTHER = "only_in_other"
    DIFFERS = "differs"


class Example(msgspec.Struct, frozen=True):
    """One row that is not the same: its key, and for one that stands in both the columns that differ.

    Values are texts, those of the live generation first; personal ones are masked.
    """

    table: str
    lack: Lack
    key: dict[str, str | None]
    columns: dict[str, tuple[str | None, str | None]] = {}


class TableComparison(msgspec.Struct, frozen=True):
    """How the rows of one table differ. `columns` counts the differing rows in which each column is not the same."""

    table: str
    live: int
    other: int
    only_in_live: int
    only_in_other: int
    differing: int
    columns: dict[str, int] = {}

    @property
    def equal(self) -> int:
        """How many rows are equal to the byte."""
        return self.live - self.only_in_live - self.differing


class Comparison(msgspec.Struct, frozen=True):
    """How two generations of one view differ at one position of the log."""

    position: int
    tables: tuple[TableComparison, ...]
    examples: tuple[Example, ...] = ()

    @property
    def rows(self) -> int:
        """The rows of the other generation."""
        return sum(table.other for table in self.tables)

    @property
    def equal(self) -> int:
        """The rows that are equal to the byte."""
        return sum(table.equal for table in self.tables)

    @property
    def only_in_live(self) -> int:
        """The rows that only the live generation has."""
        return sum(table.only_in_live for table in self.tables)

    @property
    def only_in_other(self) -> int:
        """The rows that only the other generation has."""
        return sum(table.only_in_other for table in self.tables)

    @property
    def differing(self) -> int:
        """The rows that both have, and that are not the same."""
        return sum(table.differing for table in self.tables)

    @property
    def is_equal(self) -> bool:
        """Whether there is no difference."""
        return not (self.only_in_live or self.only_in_other or self.differing)

    def count(self, lack: Lack) -> int:
        """How many rows are not the same in this way."""
        return {
            Lack.ONLY_IN_LIVE: self.only_in_live,
            Lack.ONLY_IN_OTHER: self.only_in_other,
            Lack.DIFFERS: self.differing,
        }[lack]

    def columns(self) -> dict[str, int]:
        """In how many differing rows each column is not the same, the most frequent first."""
        counted: dict[str, int] = {}
        for table in self.tables:
            for column, count in table.columns.items():
                counted[column] = counted.get(column, 0) + count
        return dict(sorted(counted.items(), key=lambda item: (-item[1], item[0])))


def example_of(
    table: str, key: tuple[str, ...], live: Mapping[str, object] | None, other: Mapping[str, object] | None
) -> Example:
    """One row that is not the same, by its values on both sides; at least one side has it."""
    known = live if live is not None else other or {}
    named = {column: shown(column, known[column]) for column in key}
    if live is None or other is None:
        return Example(table, Lack.ONLY_IN_OTHER if live is None else Lack.ONLY_IN_LIVE, named)
    columns = {
        column: (shown(column, live[column]), shown(column, other[column]))
        for column in live
        if live[column] != other[column]
    }
    return Example(table, Lack.DIFFERS, named, columns)


def shown(column: str, value: object) -> str | None:
    """A value as an example shows it: masked if it is personal, and a code by its first characters only."""
    if value is None:
        return None
    if column in PERSONAL:
        return MASK
    plain = msgspec.to_builtins(value)
    text = plain if isinstance(plain, str) else msgspec.json.encode(plain).decode()
    if text.startswith(_CODE_KEY):
        return text[: len(_CODE_KEY) + _CODE_SHOWN] + MASK
    return text
