"""A pytest plugin: how the tests are spread over processes when pytest-xdist runs them, as `make test` does.

The tests of one file stay together, for they share what its fixtures made; so do those that share one browser or one
Kafka, which some of them restart. Tests that take long and share nothing may run anywhere. Each process that needs a
PostgreSQL has one of its own. Whoever has nothing to run takes the next file. By hand (`pytest tests/unit`) nothing is
spread.
"""

from __future__ import annotations

import os
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from xdist.remote import Producer  # type: ignore[import-untyped]
    from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

ROOT = Path(__file__).resolve().parents[1]

BROWSER = re.compile(r"tests/e2e_console/")
"""The files whose tests share one browser, and one service that it looks at."""

KAFKA = re.compile(r"\bkafka: Kafka\b|getfixturevalue\(.kafka.\)")
"""What stands in a file whose tests ask for the one Kafka: it costs more to start than side by side would save."""

APART = re.compile(r"tests/properties/")
"""Files whose tests take long one by one and share nothing but a database server, so that each may run anywhere."""

FIRST = ("tests/e2e_console", "tests/properties", "tests/integration", "tests/contract", "tests/e2e")
"""The packages with the longest tests: begun last, one of them would keep every other process waiting."""

WORKERS_A_CORE = 2
"""Half of the time that a test of a real server takes, it waits for the server, or for its disk."""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int | None:
    """Say how many processes `-n auto` means; PYTEST_XDIST_AUTO_NUM_WORKERS says otherwise."""
    if os.environ.get("PYTEST_XDIST_AUTO_NUM_WORKERS"):
        return None
    return WORKERS_A_CORE * _cores()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    """Give out the tests by what they share, in the order in which they are collected."""
    from xdist.scheduler import LoadScopeScheduling  # noqa: PLC0415 - only where xdist is, and only when it spreads

    class BySharing(LoadScopeScheduling):  # type: ignore[misc]
        """Files, or packages, are what is given out."""

        def _split_scope(self, nodeid: str) -> str:
            return shared_by(nodeid)

    config.option.loadscopereorder = False
    return BySharing(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest; the order is otherwise that of the files, with and without xdist."""
    items.sort(key=_turn)


def shared_by(nodeid: str) -> str:
    """Name what the test shares with others: a browser, a Kafka, what its file's fixtures made, or nothing."""
    path = nodeid.partition("::")[0]
    if BROWSER.match(path):
        return "browser"
    if _asks_for_kafka(path):
        return "kafka"
    return nodeid if APART.match(path) else path


@cache
def _asks_for_kafka(path: str) -> bool:
    file = ROOT / path
    return file.is_file() and KAFKA.search(file.read_text(encoding="utf-8")) is not None


def _turn(item: pytest.Item) -> int:
    package = item.nodeid.partition("::")[0].rpartition("/")[0]
    return FIRST.index(package) if package in FIRST else len(FIRST)


def _cores() -> int:
    """How many cores this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # macOS
        return os.cpu_count() or 1
