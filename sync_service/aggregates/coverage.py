"""Which rows of an activity's accreditation cover a person, and how many credits they give.

The name of a specialty is ambiguous, so the key is (education level, name); names compare after aliases, with blanks
folded and case ignored (DOMAIN.md, «Credits and targets»).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sync_service.aggregates.activity import AccreditationRow
    from sync_service.aggregates.specialist_state import AccountState

ALIASES = {"клинической фармакология": "клиническая фармакология"}
"""Spellings of the leaflets that mean another name."""

Pair = tuple[str, str]
"""An education level and the name of a specialty."""


def specialty_name(written: str) -> str:
    """A specialty's name as it compares."""
    folded = " ".join(written.split()).casefold()
    return ALIASES.get(folded, folded)


def pairs_of(accounts: Iterable[AccountState]) -> frozenset[Pair]:
    """The (education level, specialty) pairs of all the person's accounts, by the latest facts of each."""
    return frozenset(
        (account.get("education_level"), specialty_name(name))
        for account in accounts
        if account.get("education_level")
        for name in account.get("specialties") or ()
    )


def covering_rows(
    rows: Iterable[AccreditationRow],
    audiences: frozenset[str],
    pairs: frozenset[Pair],
) -> list[AccreditationRow]:
    """The rows for one of the audiences that have one of the pairs."""
    return [
        row
        for row in rows
        if row.audience in audiences
        and any((row.education_level, specialty_name(name)) in pairs for name in row.specialties)
    ]


def credits_of(
    rows: Iterable[AccreditationRow],
    audiences: frozenset[str],
    pairs: frozenset[Pair],
) -> float | None:
    """The highest credits of the covering rows, None if no row covers."""
    return max((row.credits for row in covering_rows(rows, audiences, pairs)), default=None)
