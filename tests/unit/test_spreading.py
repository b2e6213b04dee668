"""Tests that share a real server or a browser run in one process, so that it is started once."""

from __future__ import annotations

import pytest

from tests.spreading import shared_by


@pytest.mark.parametrize(
    ("nodeid", "shared"),
    [
        ("tests/e2e_console/test_shell.py::test_it[360-ru-dark]", "browser"),
        ("tests/integration/test_kafka_records.py::test_it", "kafka"),
        ("tests/integration/test_simulation_on_kafka.py::test_it", "kafka"),
        ("tests/contract/test_records.py::test_it[files]", "kafka"),
        ("tests/properties/test_streams.py::test_it[3]", "tests/properties/test_streams.py::test_it[3]"),
        ("tests/unit/test_spreading.py::test_it", "tests/unit/test_spreading.py"),
        ("tests/unit/test_reports.py::test_a[b::c]", "tests/unit/test_reports.py"),
    ],
)
def test_tests_that_share_something_dear_run_in_one_process(nodeid: str, shared: str) -> None:
    assert shared_by(nodeid) == shared
