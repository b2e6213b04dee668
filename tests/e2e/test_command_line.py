"""The command line as people and tools type it: real processes on one small store of the embedded default."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from sync_service.adapters.embedded_postgres import stop_store
from tests.model import lines

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow

COMMAND = Path(sys.executable).with_name("sync-service")
TIMEOUT_S = 120
NOBODYS_PORT = "127.0.0.1:1"
NOW = "2999-01-01T00:00:00Z"
WRONG = lines.decode(lines.registered("sovetnmo:s3", email="", audience="teachers"))
CORRECTED = lines.encode(lines.decode(lines.registered("sovetnmo:s3")) | {"id": WRONG["id"]})
FIRST_FILE = [
    lines.published("ev1"),
    lines.issued(),
    lines.registered("sovetnmo:s1"),
    lines.registered("edu:e1"),
    lines.activated("sovetnmo:s1", " аb12-cdеf 3456"),
    lines.activated("edu:e9"),
    lines.activated("edu:e1", "ZZZZ99998888"),
    lines.completed("edu:e1"),
    lines.encode(WRONG),
    b"{not json",
    b"",
    lines.link_requested(),
]
COMPLETED = lines.completed("sovetnmo:s1", "m2")
REUSED = lines.encode(lines.decode(lines.completed("sovetnmo:s1", "m3")) | {"id": lines.decode(COMPLETED)["id"]})
SECOND_FILE = [lines.link_confirmed(), lines.applied("edu:e1", f"code:{lines.CODE}"), COMPLETED, REUSED, CORRECTED]

QUESTIONS = [
    ("plan", "edu:e1", "--json"),
    ("plan", "sovetnmo:s1", "--as-of", NOW, "--json"),
    ("plan", "edu:nobody", "--json"),
    ("history", "edu:e1", "--json"),
    ("code", lines.CODE, "--json"),
    ("code", "yyyy 88887777", "--json"),
    ("replay", "edu:e1", "--json"),
    ("dead-letters", "list", "--all", "--json"),
    ("doctor", "--json"),
]
"""What only reads is typed side by side: most of its time is the start of a process."""

WRONG_USAGE = [("plan",), ("bogus",), ("plan", "portal:1"), ("plan", "edu:e1", "--as-of", "2025-05-12T12:00:00")]

Done = subprocess.CompletedProcess[str]


class Shell:
    """Types commands on one data directory; what only reads is typed once, and its answer kept."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.between = datetime.now(UTC)
        self._answers: dict[tuple[str, ...], Done] = {}
        environment = {name: value for name, value in os.environ.items() if not name.startswith("SYNC_")}
        self.data_dir = directory / "данные и всё"
        self._environment = environment | {"SYNC_DATA_DIR": str(self.data_dir)}

    def type(self, *words: str, stdin: str = "", **settings: str) -> Done:
        """Run the command with these words; `settings` are variables of the environment."""
        return subprocess.run(
            [COMMAND, *words],
            input=stdin,
            env=self._environment | settings,
            cwd=self.directory,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )

    def ask(self, *words: str) -> Done:
        """Run a command that only reads, once for all tests."""
        if words not in self._answers:
            self._answers[words] = self.type(*words)
        return self._answers[words]

    def answer(self, *words: str) -> Any:  # noqa: ANN401 - JSON
        """Read what a command that succeeds answers as JSON, and all that it writes."""
        asked = self.ask(*words, "--json")
        assert (asked.returncode, asked.stderr) == (0, "")
        return json.loads(asked.stdout)

    def ingest(self, name: str, content: list[bytes]) -> dict[str, int]:
        """Write a file of these lines, ingest it, and read the summary."""
        (self.directory / name).write_bytes(b"\n".join(content))
        typed = self.type("ingest", name)
        assert (typed.returncode, typed.stderr) == (0, "")
        summary: dict[str, int] = json.loads(typed.stdout)
        return summary


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    """Lend a shell on a store that holds both files, with a moment between them, and with the questions asked."""
    lent = Shell(tmp_path_factory.mktemp("shell"))
    assert lent.ingest("first.ndjson", FIRST_FILE) == counted(received=11, stored=9, refused=2, parked=2)
    lent.between = datetime.now(UTC)
    time.sleep(0.01)
    assert lent.ingest("second.ndjson", SECOND_FILE) == counted(received=5, stored=4, parked=1)
    with ThreadPoolExecutor() as typists:
        list(typists.map(lambda words: lent.ask(*words), QUESTIONS + WRONG_USAGE))
    yield lent
    stop_store(lent.data_dir)


def counted(*, received: int, stored: int = 0, repeats: int = 0, refused: int = 0, parked: int = 0) -> dict[str, int]:
    """Return the summary that `ingest` prints."""
    return {"received": received, "stored": stored, "repeats": repeats, "refused": refused, "parked": parked}


def is_one_clear_line(said: str) -> bool:
    return len(said.splitlines()) == 1 and "Traceback" not in said


def test_help_names_every_command_and_the_version_is_said(shell: Shell) -> None:
    assert shell.ask("--version").stdout.startswith("sync-service ")
    said = shell.ask("--help").stdout
    names = ["demo", "run", "ingest", "publish", "history", "plan", "code", "replay", "projections", "dead-letters"]
    assert all(f"  {name} " in said for name in names)


@pytest.mark.parametrize(
    "words",
    WRONG_USAGE,
    ids=["an argument is missing", "an unknown command", "no account", "an instant without its offset"],
)
def test_wrong_usage_is_exit_code_2_with_nothing_on_stdout(shell: Shell, words: tuple[str, ...]) -> None:
    typed = shell.ask(*words)
    assert (typed.returncode, typed.stdout) == (2, "")
    assert typed.stderr
    assert "Traceback" not in typed.stderr


def test_every_wrong_setting_is_named_at_once(shell: Shell) -> None:
    typed = shell.type("check", SYNC_KAFKA_PARTITIONS="many", SYNC_LOG_LEVEL="loud", SYNC_COLOUR="red")
    assert (typed.returncode, typed.stdout) == (2, "")
    assert all(name in typed.stderr for name in ("SYNC_KAFKA_PARTITIONS", "SYNC_LOG_LEVEL", "SYNC_COLOUR"))


def test_a_missing_file_is_exit_code_1_and_one_line(shell: Shell) -> None:
    typed = shell.ask("ingest", "first.ndjson", "nowhere.ndjson")
    assert (typed.returncode, typed.stdout) == (1, "")
    assert is_one_clear_line(typed.stderr)
    assert "nowhere.ndjson" in typed.stderr


def test_a_database_that_nobody_serves_is_exit_code_1_and_one_line(shell: Shell) -> None:
    typed = shell.type("plan", "edu:e1", "--json", SYNC_DATABASE_URL=f"postgresql://me:hidden@{NOBODYS_PORT}/db")
    assert (typed.returncode, typed.stdout) == (1, "")
    assert is_one_clear_line(typed.stderr)
    assert "hidden" not in typed.stderr


def test_a_broker_that_nobody_serves_is_exit_code_1_and_one_line(shell: Shell) -> None:
    typed = shell.type("publish", "second.ndjson", SYNC_KAFKA_BOOTSTRAP=NOBODYS_PORT, SYNC_KAFKA_TIMEOUT_S="1")
    assert (typed.returncode, typed.stdout) == (1, "")
    assert is_one_clear_line(typed.stderr)
    assert NOBODYS_PORT in typed.stderr


def test_a_plan_sums_entries_by_day_and_key_and_says_where_they_are_shown(shell: Shell) -> None:
    entries = shell.answer("plan", "edu:e1")["entries"]
    assert [(entry["activity_key"], entry["completed_on"], entry["origin"]) for entry in entries] == [
        (f"module:m1:{lines.DAY}", lines.DAY, "edu"),
        (f"module:m2:{lines.DAY}", lines.DAY, "sovetnmo"),
        (f"code:{lines.CODE}", "2025-05-14", "sovetnmo"),
    ]
    assert [entry["shown_in"] for entry in entries] == [
        {"sovetnmo": "requested", "edu": "origin"},
        {"sovetnmo": "origin", "edu": "requested"},
        {"sovetnmo": "origin", "edu": "applied"},
    ]
    totals = shell.answer("plan", "edu:e1")["totals"]
    assert totals == {"events": 5, "modules": 0, "programme_hours": 0, "distance_hours": 0}


def test_a_history_tells_events_oldest_first(shell: Shell) -> None:
    events = shell.answer("history", "edu:e1")["events"]
    assert [event["position"] for event in events] == sorted({event["position"] for event in events})
    told = {"position", "type", "portal", "account_id", "occurred_at", "recorded_at", "text", "data"}
    assert all(told <= event.keys() for event in events)


def test_a_history_names_the_accounts_and_how_far_the_link_is(shell: Shell) -> None:
    history = shell.answer("history", "edu:e1")
    accounts = {(account["portal"], account["account_id"]) for account in history["accounts"]}
    assert accounts == {("sovetnmo", "s1"), ("edu", "e1")}
    link = {name: history["link"][name] for name in ("state", "request_id", "to_edu", "to_sovetnmo", "applied")}
    assert link == {"state": "backfilling", "request_id": "r1", "to_edu": 1, "to_sovetnmo": 1, "applied": 1}


def test_a_code_tells_its_owner_and_every_attempt_as_typed(shell: Shell) -> None:
    code = shell.answer("code", lines.CODE)
    assert (code["code"], code["revoked"]) == (lines.CODE, False)
    assert code["issued"] == {"activity_id": "ev1", "audience": "doctors"}
    assert (code["owner"]["portal"], code["owner"]["account_id"]) == ("sovetnmo", "s1")
    attempts = [(attempt["account_id"], attempt["typed"], attempt["outcome"]) for attempt in code["attempts"]]
    assert attempts == [("s1", " аb12-cdеf 3456", "accepted"), ("e9", lines.CODE, "code_taken")]


def test_nothing_is_known_of_a_code_never_heard_of(shell: Shell) -> None:
    code = shell.answer("code", "yyyy 88887777")
    assert (code["code"], code["issued"], code["owner"], code["attempts"]) == ("YYYY88887777", None, None, [])


def test_a_malformed_code_is_exit_code_1_with_the_position(shell: Shell) -> None:
    typed = shell.ask("code", "AB12-CDEFЖ456")
    assert (typed.returncode, typed.stdout) == (1, "")
    assert "code_malformed" in typed.stderr
    assert "10" in typed.stderr


def test_replaying_a_person_gives_the_live_rows_and_the_doctor_is_content(shell: Shell) -> None:
    assert shell.answer("replay", "edu:e1")["equal"] is True
    assert all(one["ok"] for one in shell.answer("doctor"))


def test_finished_files_and_known_lines_change_nothing(shell: Shell) -> None:
    stdin = b"\n".join(SECOND_FILE).decode() + "\r\n\n"
    typed = shell.type("ingest", "first.ndjson", "second.ndjson", "-", stdin=stdin)
    assert (typed.returncode, typed.stderr) == (0, "")
    again = json.loads(typed.stdout)
    assert (again["stored"], again["refused"], again["parked"]) == (0, 0, 0)
    assert again["received"] == again["repeats"] >= len(SECOND_FILE)


def test_either_account_of_a_linked_person_gives_the_same_answer_live_and_as_of_now(shell: Shell) -> None:
    assert shell.answer("plan", "sovetnmo:s1", "--as-of", NOW) == shell.answer("plan", "edu:e1")


def test_as_of_an_earlier_moment_the_link_was_only_asked_for(shell: Shell) -> None:
    history = shell.answer("history", "sovetnmo:s1", "--as-of", shell.between.isoformat())
    assert history["link"]["state"] == "requested"
    assert [account["portal"] for account in history["accounts"]] == ["sovetnmo"]
    assert history["events"]
    assert all(datetime.fromisoformat(event["recorded_at"]) <= shell.between for event in history["events"])


def test_an_account_never_heard_of_is_exit_code_1(shell: Shell) -> None:
    typed = shell.ask("plan", "edu:nobody", "--json")
    assert (typed.returncode, typed.stdout) == (1, "")
    assert is_one_clear_line(typed.stderr)


def test_parked_messages_are_listed_with_all_errors_and_the_corrected_one_as_superseded(shell: Shell) -> None:
    letters = shell.answer("dead-letters", "list", "--all")
    found = [reason.split(":")[0] for letter in letters for reason in letter["reasons"]]
    assert found == ["data.email", "data.audience", "message", "id_reused"]
    assert [letter["state"] for letter in letters] == ["superseded", "parked", "parked"]


def test_a_parked_message_is_shown_with_its_bytes(shell: Shell) -> None:
    letter = shell.answer("dead-letters", "list", "--all")[0]["letter"]
    assert shell.answer("dead-letters", "show", letter)["value"].encode() == lines.encode(WRONG)


def test_a_dry_retry_says_what_stays_parked_and_why(shell: Shell) -> None:
    typed = shell.type("dead-letters", "retry", "--all", "--dry-run")
    assert typed.returncode == 1
    assert "not JSON" in typed.stdout
    assert "id_reused" in typed.stdout


def test_a_view_is_made_anew_and_taken_back(shell: Shell) -> None:
    for words in ((), ("--back",)):
        typed = shell.type("projections", "rebuild", "directory", *words)
        assert (typed.returncode, typed.stdout) == (0, "")


def test_check_holds_every_promise_and_counts_the_whole_store(shell: Shell) -> None:
    verdict = json.loads(shell.type("check", "--json").stdout)
    assert (verdict["ok"], verdict["breaches"]) == (True, [])
    counts = verdict["messages"]
    assert counts["received"] == counts["stored"] + counts["repeats"] + counts["parked"]
    assert (counts["stored"], counts["refused"], counts["parked"]) == (13, 2, 3)
    assert (verdict["specialists"], verdict["codes_credited"]) == (3, 1)
    shown = {"position", "head", "rows", "digest"}
    assert all(shown <= view.keys() and view["position"] == view["head"] for view in verdict["projections"].values())
