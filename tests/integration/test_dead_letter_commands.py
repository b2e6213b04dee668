"""`dead-letters` on a real PostgreSQL: an edited retry is kept beside what came, and counts stay right."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from sync_service.cli import app
from tests.model import lines
from tests.unit.test_letters import mended, without_date

if TYPE_CHECKING:
    from pathlib import Path

    from typer.testing import Result


@pytest.fixture
def directory(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory of files beside a store in which two messages are parked."""
    monkeypatch.setenv("SYNC_DATABASE_URL", database_url)
    monkeypatch.setenv("SYNC_DATA_DIR", str(tmp_path / "data"))
    given = [lines.activated("sovetnmo:s1", activity_id="ev1"), without_date(), without_date("other", "ev2")]
    (tmp_path / "in.ndjson").write_bytes(b"\n".join(given))
    (tmp_path / "edited.json").write_bytes(mended(without_date()))
    run("ingest", str(tmp_path / "in.ndjson"))
    return tmp_path


def run(*words: str, exit_code: int = 0) -> Result:
    """Run a command."""
    result = CliRunner().invoke(app, list(words))
    assert result.exit_code == exit_code, result.output
    return result


def parked() -> list[str]:
    """The ids of what waits, in order of arrival."""
    return [one["letter"] for one in json.loads(run("dead-letters", "list", "--json").stdout)]


def test_an_edited_message_is_applied_and_both_are_kept(directory: Path) -> None:
    first, second = parked()
    edited = str(directory / "edited.json")
    assert (
        "would be stored"
        in run("dead-letters", "retry", first, "--edited", edited, "--reason", "y", "--dry-run").stdout
    )
    assert parked() == [first, second]
    run("dead-letters", "retry", first, "--edited", edited, "--reason", "The provider confirmed the date")
    assert parked() == [second]
    shown = json.loads(run("dead-letters", "show", first, "--json").stdout)
    assert (shown["state"], json.loads(shown["value"])["data"].get("held_on")) == ("retried", None)
    assert json.loads(shown["edited"])["data"]["held_on"] == "2026-05-19"
    plan = json.loads(run("plan", "sovetnmo:s1", "--json").stdout)
    assert plan["entries"][0]["completed_on"] == "2026-05-19"
    assert json.loads(run("check", "--json").stdout)["messages"]["parked"] == 1


def test_an_edit_is_for_one_message_and_says_why(directory: Path) -> None:
    first, second = parked()
    edited = str(directory / "edited.json")
    run("dead-letters", "retry", first, second, "--edited", edited, "--reason", "x", exit_code=2)
    run("dead-letters", "retry", "--all", "--edited", edited, "--reason", "x", exit_code=2)
    run("dead-letters", "retry", first, "--edited", edited, exit_code=2)
    run("dead-letters", "retry", first, "--edited", edited, "--reason", " ", exit_code=2)
    run("dead-letters", "retry", second, "--edited", edited, "--reason", "x", exit_code=1)
    assert parked() == [first, second]
