"""`make test-fuzz`: a million inputs over all doors, on every core; exit 1 if any door has a defect."""

from __future__ import annotations

import argparse
import logging
import multiprocessing
import os
import secrets
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import structlog

from tests.fuzz.doors import DOORS
from tests.fuzz.fuzzing import Run, fuzz, keep

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

KEPT = Path("build/fuzz")


class Errand(NamedTuple):
    """A part of one door's inputs."""

    door: str
    seed: int
    first: int
    inputs: int


def main(words: Sequence[str] | None = None) -> int:
    """Read the words, run the doors, and say what became of them."""
    asked = words_of(words)
    seed = asked.seed if asked.seed is not None else secrets.randbelow(1_000_000)
    names = asked.door or list(DOORS)
    print(f"{asked.inputs:,} inputs, seed {seed}, {asked.workers} processes", flush=True)  # noqa: T201 - its output
    runs: dict[str, Run] = {}
    for run in carried_out(errands(names, seed, asked), asked.workers):
        runs[run.door] = runs[run.door] + run if run.door in runs else run
    for name in names:
        _tell(runs[name])
    is_clean = all(run.is_clean for run in runs.values())
    inputs = sum(run.inputs for run in runs.values())
    print(f"{inputs:,} inputs, {'nothing found' if is_clean else 'SOMETHING FOUND'}")  # noqa: T201 - its output
    return 0 if is_clean else 1


def errands(names: Sequence[str], seed: int, asked: argparse.Namespace) -> list[Errand]:
    """Divide the inputs among the doors by their shares, and each door's among the processes."""
    whole = sum(DOORS[name].share for name in names)
    found = []
    for name in names:
        first, inputs = asked.first, -(-asked.inputs * DOORS[name].share // whole)
        part = -(-inputs // min(asked.workers, inputs))
        while inputs > 0:
            found.append(Errand(name, seed, first, min(part, inputs)))
            first, inputs = first + part, inputs - part
    return found


def carried_out(wanted: Sequence[Errand], workers: int) -> Iterator[Run]:
    """Run the errands, each in a process of its own, so many at a time; a single one at a time runs here."""
    if workers == 1:
        yield from map(carry_out, wanted)
        return
    with multiprocessing.get_context("spawn").Pool(workers, maxtasksperchild=1) as pool:
        yield from pool.imap_unordered(carry_out, wanted)


def carry_out(errand: Errand) -> Run:
    """Run one errand, without the door's log; inputs that break something are kept in a file."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    run = fuzz(DOORS[errand.door], errand.seed, errand.inputs, first=errand.first)
    keep(DOORS[errand.door], run, KEPT)
    return run


def words_of(words: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--inputs", type=int, default=1_000_000, help="over all doors (1,000,000)")
    parser.add_argument("--seed", type=int, help="the same seed gives the same inputs (any)")
    parser.add_argument("--door", action="append", choices=sorted(DOORS), help="this door alone; may be repeated")
    parser.add_argument("--first", type=int, default=0, help="the number of the first input, to see one again")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="processes (one a core)")
    return parser.parse_args(words)


def _tell(run: Run) -> None:
    print(run.told(), flush=True)  # noqa: T201 - its output
    for defect in run.defects.values():
        print(f"    input {defect.number}: {defect.error}", file=sys.stderr, flush=True)  # noqa: T201 - its output
