"""Runs the benchmarks: `python -m benchmarks [--quick] [NAME …]` prints a table, writes benchmarks/out/latest.json."""

from __future__ import annotations

import argparse
import logging
import sys
import time
import traceback
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import structlog

from benchmarks.machine import machine
from benchmarks.stage import Scale, a_stage

if TYPE_CHECKING:
    from benchmarks.comparing import Comparison

NAMES = ("receive", "rebuild", "kafka", "through", "lateness", "person", "two_consumers", "memory", "growth")
"""The benchmarks in order; each is a module with `run(stage, scale)`, which yields its comparisons."""

QUICK = ("receive", "rebuild", "through")
OUT = Path(__file__).parent / "out"


def main() -> int:
    """Run what is asked for; 1 if a benchmark failed. A ratio below its reach is a result, and no failure."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(NAMES))
    parser.add_argument("--quick", action="store_true", help="a telling part of it in a few minutes")
    parser.add_argument("--runs", type=int, default=5, help="turns of each contestant (default 5)")
    parser.add_argument("--seed", type=int, default=7, help="of the generated messages (default 7)")
    arguments = parser.parse_args()
    if unknown := set(arguments.names) - set(NAMES):
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}")
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    scale = Scale(is_quick=arguments.quick, runs=arguments.runs, seed=arguments.seed)
    found: list[Comparison] = []
    names = arguments.names or (QUICK if arguments.quick else NAMES)
    failed = [name for name in names if not _is_run(name, scale, found)]
    if failed:
        sys.stderr.write(f"failed: {', '.join(failed)}\n")
    return 1 if failed else 0


def _is_run(name: str, scale: Scale, found: list[Comparison]) -> bool:
    """Run one benchmark and add what it finds; False if it failed, which keeps no other from running."""
    began = time.monotonic()
    try:
        with a_stage() as stage:
            for comparison in import_module(f"benchmarks.{name}").run(stage, scale):
                found.append(comparison)
                _print(comparison)
    except Exception:  # noqa: BLE001 - whatever it is, it is told, and the others are measured
        traceback.print_exc()
        return False
    finally:
        _write(found)
        sys.stderr.write(f"{name}: {time.monotonic() - began:.0f} s\n")
    return True


def _print(one: Comparison) -> None:
    mark = " " if one.is_reached else "!"
    figures = f"{one.ours:>10,g} / {one.theirs:<10,g} {one.unit}"
    sys.stdout.write(f"{mark} {one.work:<44} {one.against:<44} {one.ratio:>8g} {one.reach:<8} {figures}\n")
    sys.stdout.flush()


def _write(found: list[Comparison]) -> None:
    """Written after each benchmark, so that a run which is stopped leaves what it found."""
    OUT.mkdir(exist_ok=True)
    (OUT / "latest.json").write_bytes(msgspec.json.format(msgspec.json.encode(found), indent=1) + b"\n")
    (OUT / "machine.json").write_bytes(msgspec.json.format(msgspec.json.encode(machine()), indent=2) + b"\n")


if __name__ == "__main__":
    sys.exit(main())
