"""No command that looks at people can be forgotten: each is in one of two tables, and those that look take `--case`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import typer
from typer.testing import CliRunner

from sync_service.adapters.memory_audit import MemoryAudit
from sync_service.aggregates.values import Account, account_stream, code_stream
from sync_service.auditing import Act, Door
from sync_service.cli import app, recording
from sync_service.cli.recording import NOBODY, RECORDED, commands_of, os_user, record_running
from tests.model import lines
from tests.unit.console.browsing import now
from tests.unit.support_desk import Desk

if TYPE_CHECKING:
    from sync_service.auditing import Look

LOOK_AT_NOBODY = {
    *("adopt-policy", "check", "credentials list", "demo", "doctor", "import-activities", "import-codes", "ingest"),
    *("keys status", "migrate", "projections status", "publish", "restore", "run", "status", "topics create"),
}
"""By hand, so that a command that is put into NOBODY is seen here too. `restore` records by itself, when it is done."""


class Service:
    """Stands for the service that a command opens: what is recorded is the first thing that it is asked."""

    def __init__(self) -> None:
        self.audit = MemoryAudit(now)
        self.store = Desk().store

    @property
    def looks(self) -> list[Look]:
        return [row.look for row in self.audit.rows]


class Opened(Exception):
    """Ends a command as soon as it has the service."""


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Service:
    """The service that commands open; each ends right after that."""
    made = Service()

    def opened(*_: Any, **__: Any) -> None:  # noqa: ANN401 - as the real one
        record_running(made)  # type: ignore[arg-type]
        raise Opened

    for module in ("support", "reports", "decisions", "intake", "reconciling", "notices", "projections", "audit"):
        monkeypatch.setattr(f"sync_service.cli.{module}.open_service", opened)
    return made


def commands() -> dict[str, Any]:
    root = typer.main.get_command(app)
    assert isinstance(root, recording.RecordedGroup)
    return dict(commands_of(root))


def run(*words: str) -> None:
    """Run a command up to where it opens the service."""
    result = CliRunner().invoke(app, list(words))
    assert isinstance(result.exception, Opened), result.output


def test_every_command_is_in_one_of_the_tables() -> None:
    assert set(commands()) == set(RECORDED) | NOBODY
    assert not set(RECORDED) & NOBODY


def test_only_these_commands_look_at_nobody() -> None:
    assert NOBODY == LOOK_AT_NOBODY


def test_a_command_that_is_in_neither_table_cannot_open_the_service(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "RECORDED", {})
    monkeypatch.setenv("SYNC_DATABASE_URL", "host=127.0.0.1 port=1")
    result = CliRunner().invoke(app, ["history", "edu:e1"])
    assert isinstance(result.exception, LookupError)
    assert "`history` is in neither table" in str(result.exception)


def test_every_recorded_command_takes_a_case() -> None:
    taking = {name for name, command in commands().items() if any("--case" in one.opts for one in command.params)}
    assert taking == set(RECORDED)


def test_a_look_names_the_systems_user_and_the_person(service: Service) -> None:
    run("history", "edu:e1")
    (look,) = service.looks
    assert (look.who, look.door, look.act) == (os_user().subject, Door.COMMAND_LINE, Act.HISTORY_SEEN)
    assert (look.whom, look.case) == (account_stream(Account.parse("edu:e1")), None)


def test_a_user_cannot_take_anothers_name_by_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    before = os_user()
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.setenv(name, "somebody-else")
    assert os_user() == before


@pytest.mark.parametrize(
    "words",
    [("--case", "17/5", "plan", "edu:e1"), ("plan", "--case", "17/5", "edu:e1"), ("plan", "edu:e1", "--case=17/5")],
)
def test_the_case_stands_before_the_command_or_behind_it(service: Service, words: tuple[str, ...]) -> None:
    run(*words)
    assert [look.case for look in service.looks] == ["17/5"]


def test_a_case_is_for_one_command_line(service: Service) -> None:
    run("plan", "edu:e1", "--case", "17/5")
    run("plan", "edu:e1")
    assert [look.case for look in service.looks] == ["17/5", None]


def test_what_is_no_case_is_wrong_usage_and_nothing_is_opened(service: Service) -> None:
    for typed in ("anna@example.org", "Анна", lines.CODE):
        assert CliRunner().invoke(app, ["plan", "edu:e1", "--case", typed]).exit_code == 2
    assert service.looks == []


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (("plan", "edu:e1", "--as-of", "2026-03-12T10:00:00Z"), [(Act.PLAN_SEEN, "edu:e1", "as of")]),
        (("code", lines.CODE), [(Act.CODE_REVEALED, lines.CODE, None)]),
        (("replay", "edu:e1", "--repair"), [(Act.REPLAY_SEEN, "edu:e1", "repair")]),
        (("replay", "edu:e1", "--resend", "edu"), [(Act.REPLAY_SEEN, "edu:e1", "edu")]),
        (("report", "edu:e1", "--cycle", "c", "--format", "csv"), [(Act.REPORT_MADE, "edu:e1", "csv")]),
        (
            ("letter", "edu:e1", lines.CODE),
            [(Act.SUPPORT_LETTER_SEEN, lines.CODE, None), (Act.SUPPORT_LETTER_SEEN, "edu:e1", None)],
        ),
        (
            ("decisions", "propose", "join", "edu:e1", "sovetnmo:s1", "--reason", "x"),
            [(Act.DECISION_PROPOSED, "edu:e1", "join"), (Act.DECISION_PROPOSED, "sovetnmo:s1", "join")],
        ),
        (
            ("decisions", "propose", "undo-link", "edu:e1", "--reason", "x", "--dry-run"),
            [(Act.DECISION_SEEN, "edu:e1", "undo-link")],
        ),
        (("dead-letters", "list", "--account", "e1"), [(Act.LETTERS_LISTED, None, None)]),
        (("dead-letters", "retry", "--all", "--dry-run"), [(Act.LETTER_FORESEEN, None, "everything")]),
        (("notices",), [(Act.NOTICES_LISTED, None, None)]),
        (("notices", "list"), [(Act.NOTICES_LISTED, None, None)]),
        (("projections", "cancel", "directory"), [(Act.REBUILD_DECIDED, None, "directory")]),
        (("audit", "export", "--format", "csv"), [(Act.AUDIT_EXPORTED, None, "csv")]),
    ],
)
def test_each_command_is_recorded_as_what_it_shows(
    service: Service, words: tuple[str, ...], found: list[tuple[str, str | None, str | None]]
) -> None:
    run(*words)
    streams = {
        name: account_stream(Account.parse(name)) if ":" in name else code_stream(name)
        for _, name, _ in found
        if name is not None
    }
    expected = [(act, streams[name] if name else None, detail) for act, name, detail in found]
    assert [(look.act, look.whom, look.detail) for look in service.looks] == expected
    assert lines.CODE not in str(service.looks)
