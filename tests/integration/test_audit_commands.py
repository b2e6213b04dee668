"""The audit log on a real store: commands are recorded before they show anything; `check` finds what was altered."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from typer.testing import CliRunner

from sync_service.aggregates.values import Account, account_stream
from sync_service.cli import app
from sync_service.cli.recording import os_user
from tests.unit.support_desk import LINKED_PERSON

if TYPE_CHECKING:
    from pathlib import Path

    from typer.testing import Result

PAST_TRIGGERS = b"SET session_replication_role = replica"


@pytest.fixture
def anchor(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the log of a store with a linked person is anchored."""
    monkeypatch.setenv("SYNC_DATABASE_URL", database_url)
    monkeypatch.setenv("SYNC_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("SYNC_AUDIT_ANCHOR", str(tmp_path / "elsewhere" / "anchor"))
    (tmp_path / "in.ndjson").write_bytes(b"\n".join(LINKED_PERSON))
    run("ingest", str(tmp_path / "in.ndjson"))
    return tmp_path / "elsewhere" / "anchor"


def run(*words: str, exit_code: int = 0) -> Result:
    """Run a command."""
    result = CliRunner().invoke(app, list(words))
    assert result.exit_code == exit_code, (result.output, result.exception)
    return result


def listed(*words: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(run("audit", "list", "--json", *words).stdout)
    return rows


def test_who_looked_at_whom_and_why_is_found_by_either_account(anchor: Path) -> None:
    run("history", "edu:e1", "--case", "17/5")
    run("plan", "sovetnmo:s1")
    run("history", "edu:nobody", exit_code=1)
    about = [(row["act"], row["case"], row["door"], row["who"]) for row in listed("--whom", "edu:e1")]
    who = os_user().subject
    assert about == [("plan.seen", None, "cli", who), ("history.seen", "17/5", "cli", who)]
    assert [row["act"] for row in listed("--for-case", "17/5")] == ["history.seen"]
    nobody = str(account_stream(Account.parse("edu:nobody")))
    assert [row["act"] for row in listed("--whom", nobody)] == ["history.seen"]
    assert json.loads(anchor.read_text())["number"] == 6


def test_the_log_holds_and_check_counts_it_among_the_promises(anchor: Path) -> None:
    run("history", "edu:e1")
    found = json.loads(run("audit", "verify", "--json").stdout)
    assert found == {"ok": True, "newest": 2, "anchored": 2, "faults": []}
    assert json.loads(run("check", "--json").stdout)["breaches"] == []


def test_check_names_the_row_that_was_altered_and_the_tail_that_was_cut(anchor: Path, database_url: str) -> None:
    for _ in range(4):
        run("history", "edu:e1")
    with psycopg.connect(database_url, autocommit=True) as tamperer:
        tamperer.execute(PAST_TRIGGERS)
        tamperer.execute(b"UPDATE sync_audit SET who = 'os:somebody' WHERE number = 2")
        tamperer.execute(b"DELETE FROM sync_audit WHERE number > 3")
    verdict = json.loads(run("check", "--json", exit_code=1).stdout)
    assert verdict["ok"] is False
    assert [breach["promise"] for breach in verdict["breaches"]] == [8, 8]
    assert "row 2: the row, or the one before it, is not what was recorded" in verdict["breaches"][0]["detail"]
    assert "row 4: row 4 is missing: the log is anchored up to there" in verdict["breaches"][1]["detail"]
    assert "2:" in run("audit", "verify", exit_code=1).stdout


def test_a_restored_log_is_anchored_anew_by_somebody_and_says_so(anchor: Path, database_url: str) -> None:
    for _ in range(3):
        run("history", "edu:e1")
    with psycopg.connect(database_url, autocommit=True) as restorer:
        restorer.execute(PAST_TRIGGERS)
        restorer.execute(b"DELETE FROM sync_audit WHERE number > 1")
    run("check", exit_code=1)
    run("audit", "anchor")
    run("check")
    assert [(row["act"], row["detail"]) for row in listed()][1] == ("audit.anchored", "anchored 3 before")


def test_the_export_goes_to_a_file_or_to_stdout(anchor: Path, tmp_path: Path) -> None:
    run("history", "edu:e1")
    run("audit", "export", "--format", "csv", "--output", str(tmp_path / "log.csv"))
    written = (tmp_path / "log.csv").read_bytes().decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(written), delimiter=";"))
    assert [row["act"] for row in rows] == ["audit.exported", "history.seen"]
    told = run("audit", "export", "--format", "ndjson", "--whom", "edu:e1").stdout
    assert [json.loads(line)["act"] for line in told.splitlines()] == ["history.seen"]


def test_nothing_is_shown_when_the_look_cannot_be_recorded(anchor: Path, database_url: str) -> None:
    run("history", "edu:e1")
    with psycopg.connect(database_url, autocommit=True) as owner:
        owner.execute(b"ALTER TABLE sync_audit ADD CONSTRAINT no_more CHECK (number < 2)")
    result = CliRunner().invoke(app, ["history", "edu:e1"])
    assert result.exit_code != 0
    assert result.stdout == ""


def test_nothing_is_shown_when_the_anchor_cannot_be_written(anchor: Path) -> None:
    anchor.parent.mkdir(exist_ok=True)
    anchor.parent.joinpath("anchor.lock").mkdir()
    result = CliRunner().invoke(app, ["history", "edu:e1"])
    assert result.exit_code == 1
    assert result.stdout == ""
