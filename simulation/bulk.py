"""Very many messages in the shape of life, made quickly: for fault tests and benchmarks."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Final

from simulation.bulk_lines import Keyed, Pen
from simulation.bulk_world import BulkWorld
from simulation.chance import generator

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

BASE: Final = datetime(2025, 6, 20, 6, 0, tzinfo=UTC)
"""When the first message was sent."""

_REMEMBERED = 20_000


def bulk(
    seed: int | str,
    messages: int,
    people: int,
    linked_share: float,
    repeats_share: float = 0.05,
    *,
    malformed: int = 0,
    prefix: str = "nmo",
) -> Iterator[tuple[str, bytes, bytes]]:
    """Exactly so many messages as (topic, key, line), always the same for the same arguments.

    The catalogue's come first (every code that anybody will type is issued there), then the registrations, then
    activations (70%), modules, programmes and, in between, both halves of the links. The repeats are copies of
    earlier lines; `malformed` lines, which the service must park, are none unless asked for.
    Raises ValueError when there are too few messages for the catalogue, the registrations and the links.
    """
    repeats = round(messages * repeats_share)
    world = BulkWorld(seed, messages - repeats - malformed, people, linked_share)
    lines = world.lines(Pen(prefix, BASE))
    first = list(islice(lines, world.opening))
    yield from first
    extras = [True] * repeats + [False] * malformed
    yield from _mixed(generator(seed, "bulk", "order"), first, lines, extras, world.body, prefix)


def _mixed(
    random: Random, first: list[Keyed], lines: Iterator[Keyed], extras: list[bool], body: int, prefix: str
) -> Iterator[Keyed]:
    """The rest of the lines, with repeats (True) and malformed lines (False) anywhere among them."""
    remembered = random.sample(first, min(len(first), _REMEMBERED))
    random.shuffle(extras)
    draw = random.random  # a few times as fast as randrange, and there are very many lines
    places = sorted(int(draw() * body) for _ in extras)
    taken = 0
    for number, line in enumerate(lines):
        yield line
        if len(remembered) < _REMEMBERED:
            remembered.append(line)
        else:
            remembered[int(draw() * _REMEMBERED)] = line
        while taken < len(places) and places[taken] <= number:
            yield random.choice(remembered) if extras[taken] else _malformed(taken, prefix)
            taken += 1


def _malformed(number: int, prefix: str) -> Keyed:
    """A line that breaks off, with an account of its own, so that no two are alike."""
    account = f"E-broken-{number}".encode()
    return (
        f"{prefix}.edu.events.v1",
        account,
        b'{"specversion":"1.0","id":"broken-%d","data":{"account_id":"' % number + account,
    )
