"""Which rows of an activity's accreditation cover a person, and how many credits they give.

The name of a specialty is ambiguous, so the key is (education level, name); names compare after aliases, with blanks
folded and case ignored (DOMAIN.md, «Credits and targets»).
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sync_service.aggregates.activity import AccreditationRow

ALIASES = {"клинической фармакология": "клиническая фармакология"}
"""Spellings of the leaflets that mean another name."""

Pair = tuple[str, str]
"""An education level and the name of a specialty, as it compares."""


class Qualification(msgspec.Struct, frozen=True):
    """What is known of a person's training, by the latest facts of all their accounts."""

    education_level: str | None
    audience: str | None
    specialties: tuple[str, ...] | None

    @property
    def is_complete(self) -> bool:
        """Whether audience, education level and specialties are known."""
        return None not in (self.audience, self.education_level, self.specialties)

    @property
    def pairs(self) -> frozenset[Pair]:
        """Their (education level, specialty) pairs; none as long as one half is not known."""
        return _pairs(self.education_level, self.specialties)


@lru_cache(maxsize=10_000)
def specialty_name(written: str) -> str:
    """A specialty's name as it compares."""
    folded = " ".join(written.split()).casefold()
    return ALIASES.get(folded, folded)


@lru_cache(maxsize=10_000)
def _pairs(education_level: str | None, specialties: tuple[str, ...] | None) -> frozenset[Pair]:
    if education_level is None or specialties is None:
        return frozenset()
    return frozenset((education_level, specialty_name(name)) for name in specialties)


@lru_cache(maxsize=10_000)
def pairs_of(row: AccreditationRow) -> frozenset[Pair]:
    """The (education level, specialty) pairs that a row covers."""
    return frozenset((row.education_level, specialty_name(name)) for name in row.specialties)


def rows_for(rows: Iterable[AccreditationRow], audience: str | None) -> list[AccreditationRow]:
    """The rows for an audience."""
    return [row for row in rows if row.audience == audience]


def highest_credits(rows: Iterable[AccreditationRow], pairs: frozenset[Pair]) -> float | None:
    """The highest credits of the rows that have one of the pairs, None if none has."""
    return max((row.credits for row in rows if pairs & pairs_of(row)), default=None)
