"""`report` and `letter` as they are typed: the contract's form, files and stdout, refusals and exit codes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

import pytest
from typer.testing import CliRunner

from sync_service.aggregates.errors import AccountMalformed
from sync_service.cli import app, reports
from sync_service.cli.failures import Failed
from sync_service.reports.report import CycleUnknown
from tests.unit.reported_person import reported_desk

if TYPE_CHECKING:
    from pathlib import Path

    from sync_service.event_store import EventStore

LATER = datetime(2100, 1, 1, tzinfo=UTC)


class StandingService(NamedTuple):
    """What the commands need of the service: its store."""

    store: EventStore


@pytest.fixture(autouse=True)
def service(monkeypatch: pytest.MonkeyPatch) -> None:
    standing = StandingService(reported_desk().store)
    monkeypatch.setattr(reports, "open_service", lambda **_: standing)


def said(*words: object, exit_code: int = 0) -> bytes:
    """What a command writes to stdout; what it refuses is raised."""
    result = CliRunner().invoke(app, [str(word) for word in words])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == exit_code, result.output
    return result.stdout_bytes


@pytest.mark.parametrize(
    "words",
    [
        ("edu:e1", "--cycle", "c1", "--format", "csv"),
        ("--cycle", "c1", "--format", "csv", "sovetnmo:s1"),
        ("write", "edu:e1", "--cycle", "c1", "--format", "csv"),
    ],
)
def test_the_word_write_may_be_left_out(words: tuple[str, ...]) -> None:
    assert said("report", *words).startswith("\ufeffДокумент;".encode())


def test_a_report_goes_to_stdout_or_to_a_file_and_is_verified_from_it(tmp_path: Path) -> None:
    assert said("report", "edu:e1", "--cycle", "c1", "--format", "pdf").startswith(b"%PDF-")
    file = tmp_path / "report.pdf"
    assert said("report", "edu:e1", "--cycle", "c1", "--format", "pdf", "--output", file) == b""
    assert "Отчёт подлинный" in said("report", "verify", file).decode()
    file.write_bytes(file.read_bytes() + b"\n")
    assert "не тот" in said("report", "verify", file, exit_code=1).decode()


def test_a_report_of_the_past_is_the_same_whenever_it_is_asked_for() -> None:
    words = ("report", "edu:e1", "--cycle", "c1", "--format", "csv", "--as-of", "2026-03-12T13:20:00+03:00")
    assert said(*words) == said(*words)


def test_a_value_is_verified_in_any_spelling() -> None:
    written = said("report", "edu:e1", "--cycle", "c1", "--format", "csv").decode("utf-8-sig")
    value = written.splitlines()[1].partition(";")[2]
    assert b'"outcome": "equal"' in said("report", "verify", value.lower().replace("-", " "), "--json")
    other = value[:-1] + ("A" if value[-1] != "A" else "B")
    assert b'"outcome": "differs"' in said("report", "verify", other, "--json", exit_code=1)


@pytest.mark.parametrize("held", ["nowhere.pdf", "x" * 5000])
def test_neither_a_file_nor_a_value_is_refused(held: str) -> None:
    with pytest.raises(Failed, match="нет такого файла"):
        said("report", "verify", held)


def test_wrong_words_are_refused() -> None:
    with pytest.raises(AccountMalformed):
        said("report", "nobody", "--cycle", "c1", "--format", "csv")
    with pytest.raises(CycleUnknown):
        said("report", "edu:e1", "--cycle", "c7", "--format", "csv")
    said("report", "edu:e1", "--cycle", "c1", exit_code=2)
    said("report", "edu:e1", "--cycle", "c1", "--format", "doc", exit_code=2)


def test_a_letter_goes_to_stdout_or_to_a_file(tmp_path: Path) -> None:
    text = said("letter", "edu:e1", "ab12 cdef3456")
    assert "Название: Форум «Клиника»; день 3\n" in text.decode()
    assert said("letter", "edu:e1", "ab12 cdef3456", "--output", tmp_path / "letter.txt") == b""
    assert (tmp_path / "letter.txt").read_bytes() == text
    assert b'"reason": "accepted"' in said("letter", "edu:e1", "ab12 cdef3456", "--json")
