"""Throws inputs at a door and watches it: for errors, for inputs that take too long, for memory that grows."""

from __future__ import annotations

import gc
import os
import pickle
import resource
import signal
import time
import traceback
from collections import Counter
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

    from tests.fuzz.door import Door, Enter

INPUT_S_MAX = 10.0
"""An input that takes longer hangs. Wide, for what else the machine does counts with it; the slowest is told."""

GROWTH_BYTES_MAX = 48 << 20
WARM_UP = 0.2
"""The share of the inputs after which caches are full and memory is measured for the first time."""

DEFECTS_MAX = 20


class Hang(BaseException):
    """The input took longer than any may; no `except Exception` of the door's own swallows it."""


class Defect(msgspec.Struct, frozen=True):
    """What an input did to a door: `number` and the run's seed make it again."""

    number: int
    error: str
    trace: str


class Run(msgspec.Struct):
    """What became of the inputs of one door."""

    door: str
    seed: int
    inputs: int = 0
    took_s: float = 0.0
    slowest_s: float = 0.0
    slowest: int = 0
    grown_bytes: int = 0
    became: Counter[str] = msgspec.field(default_factory=Counter)
    defects: dict[str, Defect] = msgspec.field(default_factory=dict)

    def __add__(self, other: Run) -> Run:
        """Add up two runs of one door, each in a process of its own; of memory and of time the worse one stands."""
        slower = max(self, other, key=lambda run: run.slowest_s)
        return Run(
            self.door,
            self.seed,
            inputs=self.inputs + other.inputs,
            took_s=max(self.took_s, other.took_s),
            slowest_s=slower.slowest_s,
            slowest=slower.slowest,
            grown_bytes=max(self.grown_bytes, other.grown_bytes),
            became=self.became + other.became,
            defects=self.defects | other.defects,
        )

    @property
    def is_clean(self) -> bool:
        """Whether nothing broke, hung or grew."""
        return not self.defects and self.grown_bytes <= GROWTH_BYTES_MAX

    def told(self) -> str:
        """Say it in one line."""
        became = ", ".join(f"{count} {word}" for word, count in self.became.most_common(6))
        return (
            f"{self.door:<10} {self.inputs:>9,} inputs  {self.inputs / max(self.took_s, 1e-9):>8,.0f}/s"
            f"  slowest {self.slowest_s * 1000:,.0f} ms (input {self.slowest})"
            f"  memory {self.grown_bytes / (1 << 20):+.1f} MiB  {len(self.defects)} defects  ({became})"
        )


def input_of(door: Door, seed: int, number: int) -> Any:  # noqa: ANN401 - each door has inputs of its own kind
    """Make the input of this number again."""
    return door.make(Random(f"{seed}:{door.name}:{number}"))


def fuzz(
    door: Door,
    seed: int,
    inputs: int,
    *,
    first: int = 0,
    seconds: float = float("inf"),
    input_s_max: float = INPUT_S_MAX,
) -> Run:
    """Give the door so many inputs, from this number on, or as many as it takes in so many seconds."""
    run = Run(door.name, seed)
    began = time.monotonic()
    warm, at_first = max(1, int(inputs * WARM_UP)), _resident_bytes()
    for start in range(first, first + inputs, door.lasts):
        with _alarm(), door.open() as enter:
            for number in range(start, min(start + door.lasts, first + inputs)):
                _give(door, enter, run, number, input_s_max)
        if run.inputs <= warm:
            at_first = _resident_bytes()
        if len(run.defects) >= DEFECTS_MAX or time.monotonic() - began > seconds:
            break
    run.took_s = time.monotonic() - began
    run.grown_bytes = _resident_bytes() - at_first
    return run


def keep(door: Door, run: Run, directory: Path) -> list[Path]:
    """Write the inputs that broke the door to files, so that they outlive the run; unpickle them to have them back."""
    written = []
    for defect in run.defects.values():
        directory.mkdir(parents=True, exist_ok=True)
        path = directory / f"{door.name}-{run.seed}-{defect.number}.pickle"
        path.write_bytes(pickle.dumps(input_of(door, run.seed, defect.number)))
        path.with_suffix(".txt").write_text(defect.trace, encoding="utf-8", errors="backslashreplace")
        written.append(path)
    return written


def _give(door: Door, enter: Enter, run: Run, number: int, input_s_max: float) -> None:
    given = input_of(door, run.seed, number)
    began = time.perf_counter()
    signal.setitimer(signal.ITIMER_REAL, input_s_max)
    try:
        became = enter(given)
    except (Exception, Hang) as error:  # noqa: BLE001 - whatever a door raises is what the fuzzer looks for
        signal.setitimer(signal.ITIMER_REAL, 0)
        became = "broken"
        where = traceback.extract_tb(error.__traceback__)[-1]
        kind = f"{type(error).__name__} in {Path(where.filename).name}:{where.lineno}"
        run.defects.setdefault(kind, Defect(number, f"{kind}: {error}"[:500], traceback.format_exc()))
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    took = time.perf_counter() - began
    if took > run.slowest_s:
        run.slowest_s, run.slowest = took, number
    run.inputs += 1
    run.became[became] += 1


@contextmanager
def _alarm() -> Iterator[None]:
    before = signal.signal(signal.SIGALRM, _hang)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _hang(_signal: int, _frame: FrameType | None) -> None:
    raise Hang


def _resident_bytes() -> int:
    """How much memory this process has now; where the system does not say, the most that it ever had."""
    gc.collect()
    statm = Path("/proc/self/statm")
    if statm.exists():
        return int(statm.read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
