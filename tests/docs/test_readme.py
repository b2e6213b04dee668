"""What the pages say can be done: their commands exist with their options, their links lead somewhere."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import pytest
from typer.main import get_command

from sync_service import questions
from sync_service.adapters.memory_store import MemoryStore
from sync_service.aggregates.values import Account
from sync_service.application import Application
from sync_service.cli import app
from sync_service.messages.records import Record
from sync_service.settings import PASSED_ON, PREFIX, Settings
from tests.docs.pages import ROOT, Command, anchors_of, commands, links_of, named, pages, text_of

if TYPE_CHECKING:
    from pathlib import Path

PROGRAM = "sync-service"
KNOWN_PROGRAMS = frozenset({"make", "docker", "createdb", "$PGBIN/pg_dump", "$PGBIN/pg_restore", "curl", "ssh"})
"""What the pages call beside the service's own command and modules."""

COMMANDS = list(commands())
OWN = [command for command in COMMANDS if any(word.endswith(PROGRAM) for word in command.words)]
LINKS = [(named(page), link) for page in pages() for link in links_of(page)]
SETTING = re.compile(rf"\b{PREFIX}[A-Z_]+[A-Z]\b")
EXAMPLES = ROOT / "docs" / "examples"
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_the_front_page_shows_how_to_begin() -> None:
    shown = {command.words for command in COMMANDS if command.page == "README.md"}
    assert {("make", "demo"), ("make", "test"), (PROGRAM, "migrate"), (PROGRAM, "topics", "create")} <= shown
    roles = {words[2] for words in shown if words[:2] == (PROGRAM, "run")}
    assert roles >= {"consumers", "projections", "publisher"}


@pytest.mark.parametrize("command", OWN, ids=str)
def test_the_command_takes_these_options_and_arguments(command: Command) -> None:
    """Parsed by the command line itself; nothing is run."""
    words = list(command.words)
    words = words[next(n for n, word in enumerate(words) if word.endswith(PROGRAM)) + 1 :]
    parsed: Any = get_command(app)
    while hasattr(parsed, "commands"):
        if parsed.invoke_without_command and (not words or words[0].startswith("-")):
            break  # a group that says something by itself
        if words[0] not in parsed.commands and hasattr(parsed, "default_command"):
            words.insert(0, parsed.default_command)  # a word that may be left out
        parsed = parsed.commands[words.pop(0)]
    if not {"ACCOUNT", "PORTAL"} & set(words):  # placeholders, in a sentence about any account
        assert parsed.make_context(PROGRAM, words)


def test_every_other_command_is_one_that_we_know() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for command in COMMANDS:
        program, *words = command.words
        if command in OWN:
            continue
        assert program in KNOWN_PROGRAMS, command
        if program == "make":
            assert words[0] in targets, command


def test_every_module_that_a_page_has_run_is_there() -> None:
    modules = {name for page in pages() for name in re.findall(r"python -m ([\w.]+)", text_of(page))}
    assert modules
    assert [name for name in sorted(modules) if find_spec(name) is None] == []


def test_every_file_of_ours_that_a_command_reads_is_there() -> None:
    read = {word for command in COMMANDS for word in command.words if word.startswith("docs/")}
    assert read
    assert [name for name in sorted(read) if not (ROOT / name).exists()] == []


@pytest.mark.parametrize(("page", "link"), LINKS)
def test_the_link_leads_somewhere(page: str, link: str) -> None:
    path, _, anchor = link.partition("#")
    target = ((ROOT / page).parent / path).resolve() if path else ROOT / page
    assert target.is_relative_to(ROOT)
    assert target.exists()
    if anchor:
        assert anchor in anchors_of(target)


@pytest.mark.parametrize("page", pages(), ids=named)
def test_every_setting_that_the_page_names_exists(page: Path) -> None:
    known = {PREFIX + name.upper() for name in Settings.model_fields} | PASSED_ON
    assert set(SETTING.findall(text_of(page))) <= known


def test_the_first_steps_lead_to_a_link_that_the_answer_completes() -> None:
    """Every line is valid, in whatever order the topics are read."""
    store = MemoryStore()
    application = Application(store, lambda: NOW)
    steps = _lines("first-steps")
    receipt = application.receive(_records("steps", sorted(steps, key=lambda line: json.loads(line)["source"])))
    assert (receipt.received, receipt.stored, receipt.refused) == (len(steps), len(steps), 0)
    told = questions.history(store, Account.parse("edu:first-e1")).link
    assert told is not None
    assert (told.state, told.applied, told.to_edu) == ("backfilling", 0, 1)
    application.receive(_records("answer", _lines("first-answer")))
    assert questions.history(store, Account.parse("sovetnmo:first-s1")).link.state == "completed"  # type: ignore[union-attr]


def _lines(name: str) -> list[bytes]:
    return (EXAMPLES / f"{name}.ndjson").read_bytes().splitlines()


def _records(place: str, lines: list[bytes]) -> list[Record]:
    return [Record(line, place, number, number + 1) for number, line in enumerate(lines)]
