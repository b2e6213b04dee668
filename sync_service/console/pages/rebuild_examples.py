"""The rows of a comparison as a table shows them: whose row, which column, and the values of both versions."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import msgspec

from sync_service.console.pages.rebuild_words import TABLES, column_word
from sync_service.projections.comparing import MASK
from sync_service.sentences.words import Sentence

if TYPE_CHECKING:
    from sync_service.projections.comparing import Comparison, Example, Lack

OF_CODES = "code_register"


class Shown(msgspec.Struct, frozen=True):
    """One line: the row by its owner and key, and one column that differs, if it stands in both.

    `key` are the key's columns and values. A value of None is none; `is_hidden` says that both are masked.
    """

    address: str | None
    owner: str
    table: Sentence
    key: tuple[tuple[Sentence, str], ...]
    column: Sentence | None = None
    live: str | None = None
    other: str | None = None
    is_hidden: bool = False


def examples_of(view: str, comparison: Comparison, lack: Lack) -> list[Shown]:
    """The examples of one kind of difference, a line for each column."""
    return [line for example in comparison.examples if example.lack is lack for line in _lines(view, example)]


def _lines(view: str, example: Example) -> list[Shown]:
    owner = example.key.get("owner")
    plain = Shown(
        address=_address(view, owner),
        owner=f"{owner[:4]}…{owner[-4:]}" if owner else "",
        table=TABLES.get(example.table, Sentence(example.table, example.table)),
        key=tuple((column_word(name), value or "—") for name, value in example.key.items() if name != "owner"),
    )
    if not example.columns:
        return [plain]
    return [
        msgspec.structs.replace(
            plain, column=column_word(name), live=live, other=other, is_hidden=MASK in {live, other}
        )
        for name, (live, other) in example.columns.items()
    ]


def _address(view: str, owner: str | None) -> str | None:
    if owner is None:
        return None
    try:
        found = UUID(owner)
    except ValueError:
        return None
    return f"/console/codes/{found}" if view == OF_CODES else f"/console/people/{found}"
