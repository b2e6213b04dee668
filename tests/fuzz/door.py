"""What a door is to the fuzzer: it makes an input by a seed, and takes it; only a defect raises."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from random import Random

    Enter = Callable[[Any], str]


class Door(Protocol):
    """Where bytes come in from outside.

    `name` is the word on the command line. `lasts` is after how many inputs it is opened anew: what it stores by right
    is then no growth of memory. `share` is its part of all inputs, as a weight.
    """

    name: str
    lasts: int
    share: int

    def make(self, chance: Random) -> Any:  # noqa: ANN401 - each door has inputs of its own kind
        """Make an input, from nothing but this chance."""

    def open(self) -> AbstractContextManager[Enter]:
        """Open the door: what is given takes an input, and says in a word what became of it.

        It raises, whatever the error, only if the door has a defect.
        """


@contextmanager
def always(enter: Enter) -> Iterator[Enter]:
    """Open a door that keeps nothing."""
    yield enter
