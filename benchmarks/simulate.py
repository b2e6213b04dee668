"""Simulates the service under multiples of the nation's load: `python -m benchmarks.simulate [--check] [--write]`.

The constants are those of `python -m benchmarks.constants`, if it was run here, else those that come with the code.
`--check` measures constants anew, lets one and two real consumers work, and compares with what was predicted.
`--write` puts the tables into docs/scaling.md.
"""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path

import structlog

from benchmarks.scaling import costs, scenarios, tables
from benchmarks.scaling.page import Table, write

TABLES = {
    "costs": tables.costs_table,
    "figures": tables.figures_table,
    "batches": tables.batches_table,
    "load": tables.load_table,
    "saturation": tables.saturation_table,
    "order": tables.order_table,
    "consumers": scenarios.consumers_table,
    "lateness": scenarios.lateness_table,
    "peaks": scenarios.peak_table,
}


def main() -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.simulate", description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare with a measured run, here and now")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/scaling.md")
    parser.add_argument("--constants", type=Path, help="a file of constants")
    parser.add_argument("--messages", type=int, default=20_000, help="of the measured run (default 20,000)")
    arguments = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    found = _checked(arguments.messages) if arguments.check else _simulated(costs.load(arguments.constants))
    if arguments.write:
        write(found)
    return 0


def _simulated(constants: costs.Constants) -> dict[str, Table]:
    return {name: _printed(name, made(constants)) for name, made in TABLES.items()}


def _checked(messages: int) -> dict[str, Table]:
    from benchmarks.scaling.checking import check_table  # noqa: PLC0415 - only a check needs the service

    return {"check": _printed("check", check_table(messages))}


def _printed(name: str, table: Table) -> Table:
    sys.stdout.write(f"{name}\n{table.plain()}\n\n")
    sys.stdout.flush()
    return table


if __name__ == "__main__":
    sys.exit(main())
