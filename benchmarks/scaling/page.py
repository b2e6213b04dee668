"""Puts tables into docs/scaling.md, between the marks that name them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

PAGE = Path(__file__).parents[2] / "docs" / "scaling.md"


class Table(msgspec.Struct, frozen=True):
    """Heads and rows of text; what is in the columns after the first is figures."""

    heads: list[str]
    rows: list[list[str]]

    def markdown(self) -> str:
        """As it stands on the page."""
        lines = [self.heads, ["---"] * len(self.heads), *self.rows]
        return "\n".join(f"| {' | '.join(line)} |" for line in lines)

    def plain(self) -> str:
        """As it is printed: in columns."""
        lines = [self.heads, *self.rows]
        widths = [max(len(line[place]) for line in lines) for place in range(len(self.heads))]
        return "\n".join(
            "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip() for line in lines
        )


def filled(text: str, tables: Mapping[str, Table]) -> str:
    """The page with these tables in their places; raises LookupError for a table that has none."""
    for name, table in tables.items():
        first, last = f"<!-- {name} -->\n", f"<!-- /{name} -->"
        before, found, rest = text.partition(first)
        _, closed, after = rest.partition(last)
        if not found or not closed:
            raise LookupError(f"docs/scaling.md has no place for the table {name}")
        text = f"{before}{first}\n{table.markdown()}\n\n{last}{after}"
    return text


def write(tables: Mapping[str, Table]) -> None:
    """Write the tables into the page."""
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8"), tables), encoding="utf-8")


def percent(share: float) -> str:
    """A share in percent, small ones with a decimal."""
    return f"{share:.1%}" if share < 0.1 else f"{share:,.0%}"  # noqa: PLR2004 - digits
