"""What the receiving benchmarks are fed with: an earlier history, and slice after slice of what comes then."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

import msgspec

from simulation.bulk import bulk

if TYPE_CHECKING:
    from collections.abc import Iterator


class Shape(msgspec.Struct, frozen=True, kw_only=True):
    """How long a stream is: `people`, of whom a share is linked, the messages `before`, and those of each slice.

    Contestants who take longer take less of a slice: `slice_of_batches`, `slice_of_rows`. The smaller stream of those
    who cannot load so much has `people_fewer` people with as many messages each. So many `turns` are taken for each
    run: many short ones are steadier than few long ones, as the machine's own speed changes.
    """

    people: int
    before: int
    slice: int
    slices: int = 6
    turns: int = 1
    linked_share: float = 0.4
    slice_of_batches: int = 10_000
    slice_of_rows: int = 500
    people_fewer: int = 500

    def smaller(self, slice_: int | None = None) -> Shape:
        """Fewer people with the same history each, and slices as short as the slowest contestant's, or as named."""
        fewer, each = self.people_fewer, slice_ or self.slice_of_rows
        return msgspec.structs.replace(self, people=fewer, before=self.before * fewer // self.people, slice=each)


WARM: Final = Shape(people=5_000, before=150_000, slice=20_000)
"""5,000 people with about 40 earlier events each."""

WARM_QUICK: Final = Shape(
    people=500, before=15_000, slice=2_000, slice_of_batches=1_000, slice_of_rows=20, people_fewer=20, turns=4
)
COLD: Final = Shape(people=200_000, before=420_000, slice=20_000, linked_share=0.1, people_fewer=2_000)
"""200,000 people with some 5 earlier events each, of whom a slice meets every tenth."""

COLD_QUICK: Final = Shape(people=10_000, before=21_000, slice=3_000, linked_share=0.1, turns=2)


class Stream:
    """Messages as bytes in memory: `before`, which everybody has received, and the slices that are measured."""

    def __init__(self, seed: int, shape: Shape) -> None:
        messages = shape.before + shape.slice * shape.slices
        lines = (line for _, _, line in bulk(seed, messages, shape.people, shape.linked_share))
        self.before = list(islice(lines, shape.before))
        self._slices = [list(islice(lines, shape.slice)) for _ in range(shape.slices)]

    def slices(self, messages: int | None = None) -> Iterator[list[bytes]]:
        """The slices in their order; the first messages of each for a contestant who takes longer over one."""
        return (lines[:messages] for lines in self._slices)
