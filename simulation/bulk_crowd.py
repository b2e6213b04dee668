"""The people of the bulk generator: their accounts, and who of them does how much."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from random import Random

ACTIVITY_SPREAD: Final = 1.0
"""How unlike people are in what they do (the sigma of a log-normal): one in a hundred does six times the average."""


class Crowd:
    """So many people, of whom the first `linked` have an account on both portals, and the others on one by turns."""

    def __init__(self, random: Random, people: int, linked: int) -> None:
        self.linked = linked
        self.accounts = [_accounts(number, linked) for number in range(people)]
        self._random = random
        self._activity = list(accumulate(random.lognormvariate(0, ACTIVITY_SPREAD) for _ in range(people)))

    def drawn(self, count: int) -> list[int]:
        """The numbers of those who do the next so many things: most of them little, few of them very much."""
        return self._random.choices(range(len(self.accounts)), cum_weights=self._activity, k=count)

    def account(self, number: int) -> str:
        """The account in which they do it: either, if they have two."""
        accounts = self.accounts[number]
        return accounts[self._random.random() < 0.5] if len(accounts) > 1 else accounts[0]  # noqa: PLR2004 - a coin


def _accounts(number: int, linked: int) -> tuple[str, ...]:
    sovetnmo, edu = f"S-{number:07d}", f"E-{number:07d}"
    if number < linked:
        return sovetnmo, edu
    return (edu,) if number % 2 else (sovetnmo,)
