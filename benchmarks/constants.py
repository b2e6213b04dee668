"""Measures what the service's work costs here: `python -m benchmarks.constants` writes benchmarks/out/constants.json.

`--keep` writes benchmarks/constants.json instead, which comes with the code; `--machine` names the machine in it.
"""

from __future__ import annotations

import argparse
import logging
import os
import platform
import sys

import msgspec
import structlog

from benchmarks.scaling import costs
from benchmarks.scaling.measuring import measured, slowdown_when_both_are_busy
from benchmarks.stage import a_stage


def main() -> int:
    """Measure, write, and say where."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.constants", description=__doc__)
    parser.add_argument("--messages", type=int, default=30_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--keep", action="store_true", help="write what comes with the code")
    parser.add_argument("--machine", default=described(), help="the machine, in general words")
    arguments = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with a_stage() as stage:
        found = measured(stage, arguments.machine, messages=arguments.messages, seed=arguments.seed)
    found = msgspec.structs.replace(found, both_busy=slowdown_when_both_are_busy())
    path = costs.SHIPPED if arguments.keep else costs.FRESH
    costs.written(found, path)
    sys.stdout.write(f"{path.name} is written\n")
    return 0


def described() -> str:
    """The machine in general words."""
    return f"{len(os.sched_getaffinity(0))} cores {platform.machine()}, Python {platform.python_version()}"


if __name__ == "__main__":
    sys.exit(main())
