"""The commands for providers and policies on a real PostgreSQL: exit codes, what is shown, and what is asked before."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from sync_service.cli import app
from tests.model import lines
from tests.unit.test_imports import ACTIVITIES, CODES
from tests.unit.test_policies import CODE_PORTALS, CYCLE_OF_2024, PORTFOLIO

if TYPE_CHECKING:
    from pathlib import Path

    from typer.testing import Result


class Terminal:
    """Runs commands on one store, with files by name in a directory of its own."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def __call__(self, *words: str | tuple[str, str], exit_code: int = 0) -> Result:
        """Run a command; a pair is a file, by its name and content."""
        result = CliRunner().invoke(app, [word if isinstance(word, str) else self._file(*word) for word in words])
        assert result.exit_code == exit_code, result.output
        return result

    def json(self, *words: str | tuple[str, str], exit_code: int = 0) -> Any:  # noqa: ANN401 - JSON
        """Run a command and read its answer."""
        return json.loads(self(*words, "--json", exit_code=exit_code).stdout)

    def _file(self, name: str, text: str) -> str:
        path = self._directory / name
        path.write_text(text, encoding="utf-8")
        return str(path)


@pytest.fixture
def terminal(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Lend a terminal on a store in which two cycles of 2024 were opened, and a code was entered."""
    monkeypatch.setenv("SYNC_DATABASE_URL", database_url)
    lent = Terminal(tmp_path)
    given = [
        lines.registered("edu:e1"),
        lines.cycle("edu:e1", "c1", **CYCLE_OF_2024),
        lines.cycle("edu:e1", "c2", policy="cycle-250", **CYCLE_OF_2024),
        lines.activated("edu:e1", "AB12CDEF3456"),
    ]
    lent("ingest", ("a.ndjson", b"\n".join(given).decode()))
    return lent


def test_activities_and_codes_are_imported_and_early_attempts_are_judged_again(terminal: Terminal) -> None:
    assert "ok" in terminal("import-activities", ("a.csv", ACTIVITIES)).stdout
    assert terminal.json("import-codes", ("c.csv", CODES))["imported"] == 3
    assert terminal.json("import-codes", ("c.csv", CODES))["messages"]["stored"] == 0
    (entry,) = terminal.json("plan", "edu:e1")["entries"]
    assert (entry["activity_id"], entry["completed_on"]) == ("f1", "2025-05-12")
    assert terminal.json("plan", "edu:e1", "--on", "2025-05-11")["entries"] == []
    assert terminal.json("check")["ok"]


def test_one_wrong_row_is_exit_code_1_and_every_row_is_shown(terminal: Terminal) -> None:
    wrong = CODES + "f1,doctors,AB12\n"
    shown = terminal("import-codes", ("c.csv", wrong), exit_code=1)
    assert [line.split()[0] for line in shown.stdout.splitlines()[1:]] == ["2", "3", "4", "5"]
    answer = terminal.json("import-codes", ("c.csv", wrong), exit_code=1)
    assert [row["ok"] for row in answer["rows"]] == [True, True, True, False]


def test_a_policy_is_foreseen_then_adopted_then_the_same(terminal: Terminal) -> None:
    policy = ("p.toml", PORTFOLIO)
    foreseen = terminal.json("adopt-policy", policy, "--dry-run")
    assert (foreseen["adopted"], foreseen["cycles"], foreseen["cycles_changed"]) == (False, 2, 1)
    assert terminal.json("adopt-policy", policy)["adopted"]
    assert not terminal.json("adopt-policy", policy)["adopted"]
    terminal("adopt-policy", ("portals.toml", CODE_PORTALS))
    plan = terminal.json("plan", "edu:e1")
    assert [cycle["targets"]["programme_hours"] for cycle in plan["cycles"]] == [144, 180]
    assert terminal.json("check")["ok"]


def test_the_note_of_the_wrong_portal_comes_with_the_policy(terminal: Terminal) -> None:
    terminal("import-codes", ("c.csv", CODES))
    assert terminal.json("plan", "edu:e1")["entries"][0]["notes"] == []
    terminal("adopt-policy", ("portals.toml", CODE_PORTALS))
    assert terminal.json("plan", "edu:e1")["entries"][0]["notes"] == ["wrong_portal"]


def test_a_policy_with_errors_names_all_of_them_and_records_nothing(terminal: Terminal) -> None:
    wrong = ("p.toml", PORTFOLIO.replace("2023-01-01", "2033-01-01").replace("144\n", '"a"\nlectures = 1\n'))
    answer = terminal.json("adopt-policy", wrong, exit_code=1)
    assert not answer["adopted"]
    assert [error.partition(":")[0] for error in answer["errors"]] == [
        "targets.programme_hours",
        "targets.lectures",
        "valid_until",
    ]
    assert "lectures" in terminal("adopt-policy", wrong, exit_code=1).stderr
    assert terminal.json("plan", "edu:e1")["cycles"][0]["targets"]["events"] == 16


@pytest.mark.parametrize("command", ["import-activities", "import-codes"])
def test_a_day_that_is_none_is_wrong_usage(terminal: Terminal, command: str) -> None:
    terminal("plan", "edu:e1", "--on", "2025-1-1", exit_code=2)
    terminal(command, exit_code=2)
