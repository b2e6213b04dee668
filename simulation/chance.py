"""Chance that repeats: every draw comes from the seed and from what is drawn for, never from the clock."""

from __future__ import annotations

import hashlib
from random import Random
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

Thing = TypeVar("Thing")

_WHOLE = 2**64


def generator(seed: int | str, *purpose: object) -> Random:
    """A generator of its own for one purpose, so that a draw added to one does not move the others."""
    return Random("/".join(map(str, (seed, *purpose))))


def fate(seed: int | str, *of: object) -> float:
    """A number in [0, 1) that is always the same for the same things, in whatever order they are asked about."""
    return int(digest(seed, *of), 16) / _WHOLE


def happens(random: Random, share: float) -> bool:
    """Whether it happens this time, which it does in this share of the cases."""
    return random.random() < share


def digest(*of: object) -> str:
    """Sixteen hexadecimal digits that stand for these things."""
    return hashlib.blake2b("/".join(map(str, of)).encode(), digest_size=8).hexdigest()


def chosen(random: Random, things: Sequence[Thing], share: float) -> list[Thing]:
    """About this share of the things, in their own order, and at least one: a small world has everything too."""
    if not things:
        return []
    count = min(len(things), max(1, round(len(things) * share)))
    return [things[place] for place in sorted(random.sample(range(len(things)), count))]
