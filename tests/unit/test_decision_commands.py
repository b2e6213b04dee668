"""`decisions` and `reverse` as they are typed: what they show, what they refuse, and the exit codes."""

from __future__ import annotations

import getpass
import json
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from sync_service import decisions
from sync_service.aggregates.errors import (
    AccountMalformed,
    CodeMalformed,
    DecisionImpossible,
    MovedOn,
    OwnProposal,
    ProposalClosed,
)
from sync_service.cli import app
from sync_service.cli import decisions as commands
from sync_service.cli.failures import exit_code_of
from tests.model import lines
from tests.unit.decision_desk import MISMATCH, DecisionDesk
from tests.unit.support_desk import CODE_KEY, LINKED_PERSON

if TYPE_CHECKING:
    from sync_service.application import Application
    from sync_service.decisions import Preview
    from sync_service.event_store import EventStore
    from sync_service.projections.view_store import ViewStore

ANNA = ("--reason", "не тот человек", "--as", "anna")
BORIS = ("--as", "boris")


class StandingService:
    """What the commands need of the service."""

    def __init__(self, desk: DecisionDesk) -> None:
        self.desk = desk

    @property
    def store(self) -> EventStore:
        return self.desk.store

    @property
    def views(self) -> ViewStore:
        return self.desk.views

    def application(self) -> Application:
        return self.desk.application

    def catch_up(self) -> None:
        self.desk.catch_up()


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> DecisionDesk:
    """A linked person and a case of two others, behind the commands."""
    others = [line.replace(b"e1", b"e2").replace(b"s1", b"s2").replace(b"r1", b"r2") for line in MISMATCH]
    made = DecisionDesk(*LINKED_PERSON, *others)
    monkeypatch.setattr(commands, "open_service", lambda **_: StandingService(made))
    return made


def typed(*words: str, exit_code: int = 0) -> str:
    """What a command writes to stdout; what it refuses is raised."""
    result = CliRunner().invoke(app, list(words), env={"COLUMNS": "200"})
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == exit_code, result.output
    return result.stdout


def answered(*words: str) -> Any:  # noqa: ANN401 - JSON
    return json.loads(typed(*words, "--json"))


def test_two_people_undo_a_link(desk: DecisionDesk) -> None:
    proposed = answered("decisions", "propose", "undo-link", "sovetnmo:s1", *ANNA)
    assert (proposed["state"], proposed["proposed_by"], proposed["reason"]) == ("open", "anna", "не тот человек")
    [listed] = answered("decisions", "list", "--account", "edu:e1")["proposals"]
    assert listed == proposed
    shown = answered("decisions", "show", proposed["id"])
    assert [person["account"][1] for person in shown["preview"]["people"]] == ["e1", "s1"]
    approved = answered("decisions", "approve", proposed["id"], *BORIS)
    assert (approved["state"], approved["decided_by"]) == ("approved", "boris")
    assert desk.accounts("edu:e1") == {"edu:e1"}
    assert answered("decisions", "list")["proposals"] == []
    assert len(answered("decisions", "list", "--all")["proposals"]) == 1
    assert answered("decisions", "show", proposed["id"])["preview"] is None


@pytest.mark.parametrize("command", ["join", "refuse"])
def test_two_people_decide_on_a_case(desk: DecisionDesk, command: str) -> None:
    [case] = answered("decisions", "list")["cases"]
    assert (case["kind"], case["edu"], case["sovetnmo"]) == ("mismatch", ["edu", "e2"], ["sovetnmo", "s2"])
    proposed = answered("decisions", "propose", command, "sovetnmo:s2", "edu:e2", *ANNA)
    answered("decisions", "approve", proposed["id"], *BORIS)
    assert answered("decisions", "list")["cases"] == []
    assert len(desk.accounts("edu:e2")) == (2 if command == "join" else 1)


def test_two_people_keep_a_link_and_move_a_code(desk: DecisionDesk) -> None:
    desk.hears(lines.changed("edu:e1", snils=lines.SNILS), lines.changed("sovetnmo:s1", snils=lines.OTHER_SNILS))
    keeping = answered("decisions", "propose", "keep", "edu:e1", *ANNA)
    answered("decisions", "approve", keeping["id"], *BORIS)
    moving = answered("decisions", "propose", "move-code", "ab12 cdef3456", "--to", "edu:e2", *ANNA)
    answered("decisions", "approve", moving["id"], *BORIS)
    assert desk.counts("edu:e1")[CODE_KEY] == "reversed"
    assert desk.counts("edu:e2").keys() == {CODE_KEY}


def test_one_person_reverses_a_credit_and_sees_what_that_did(desk: DecisionDesk) -> None:
    done = answered("reverse", "edu:e1", CODE_KEY, *ANNA)
    assert [send["type"] for send in done["sends"]] == ["replica.withdrawn", "replica.withdrawn"]
    assert desk.counts("edu:e1")[CODE_KEY] == "reversed"


@pytest.mark.parametrize(
    "words",
    [
        ("decisions", "propose", "undo-link", "edu:e1"),
        ("decisions", "propose", "move-code", lines.CODE, "--to", "edu:e2"),
        ("decisions", "propose", "join", "edu:e2", "sovetnmo:s2"),
        ("decisions", "propose", "refuse", "edu:e2", "sovetnmo:s2"),
        ("reverse", "edu:e1", CODE_KEY),
    ],
    ids=lambda words: words[-1] if words[0] == "reverse" else words[2],
)
def test_a_dry_run_shows_the_effect_and_writes_nothing(desk: DecisionDesk, words: tuple[str, ...]) -> None:
    head = desk.store.head()
    foreseen = answered(*words, *ANNA, "--dry-run")
    assert foreseen["events"]
    assert "Ничего не записано" in typed(*words, *ANNA, "--dry-run")
    assert desk.store.head() == head


def test_an_approval_can_be_tried_first(desk: DecisionDesk) -> None:
    proposed = answered("decisions", "propose", "undo-link", "edu:e1", *ANNA)
    assert answered("decisions", "approve", proposed["id"], "--dry-run")["events"]
    assert len(desk.accounts("edu:e1")) == 2


def test_what_is_approved_or_reversed_is_what_the_command_foresaw(
    desk: DecisionDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    proposed = answered("decisions", "propose", "undo-link", "edu:e1", *ANNA)
    foresee, news = (
        decisions.preview,
        iter((lines.withdrawn(at=lines.BEFORE), lines.published("ev1", "event", lines.row(1)))),
    )

    def and_then_something_comes(*about: Any, **more: Any) -> Preview:  # noqa: ANN401
        foreseen = foresee(*about, **more)
        desk.hears(next(news))
        return foreseen

    monkeypatch.setattr(decisions, "preview", and_then_something_comes)
    for words in (("decisions", "approve", proposed["id"], *BORIS), ("reverse", "edu:e1", CODE_KEY, *ANNA)):
        with pytest.raises(MovedOn):
            typed(*words)


def test_what_was_decided_on_is_not_approved_again(desk: DecisionDesk) -> None:
    proposed = answered("decisions", "propose", "undo-link", "edu:e1", *ANNA)
    answered("decisions", "approve", proposed["id"], *BORIS)
    with pytest.raises(ProposalClosed):
        typed("decisions", "approve", proposed["id"], *BORIS)


def test_what_is_shown_to_people_is_in_both_languages(desk: DecisionDesk) -> None:
    assert "Решать нечего" not in typed("decisions", "list")
    text = typed("decisions", "propose", "undo-link", "edu:e1", *ANNA)
    assert "Разъединить кабинеты edu e1 и sovetnmo s1" in text
    assert "Undo the link of the accounts edu e1 and sovetnmo s1" in text
    assert "ждёт второго сотрудника" in typed("decisions", "list")
    [proposal] = answered("decisions", "list")["proposals"]
    assert "Кабинеты человека" in typed("decisions", "show", proposal["id"])
    assert "отклонено" in typed("decisions", "reject", proposal["id"], "--reason", "ошибка", *BORIS)


def test_a_proposal_that_became_impossible_is_shown_with_the_reason(desk: DecisionDesk) -> None:
    proposed = answered("decisions", "propose", "join", "edu:e2", "sovetnmo:s2", *ANNA)
    desk.hears(lines.closed("edu:e2"))
    shown = answered("decisions", "show", proposed["id"])
    assert shown["preview"] is None
    assert "закрыт" in shown["impossible"]


def test_without_a_name_the_system_s_user_decides(desk: DecisionDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(getpass, "getuser", lambda: "olga")
    proposed = answered("decisions", "propose", "undo-link", "edu:e1", "--reason", "x")
    assert proposed["proposed_by"] == "olga"
    with pytest.raises(OwnProposal):
        typed("decisions", "approve", proposed["id"])


def test_without_any_name_one_is_asked_for(desk: DecisionDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody() -> str:
        raise KeyError

    monkeypatch.setattr(getpass, "getuser", nobody)
    typed("decisions", "propose", "undo-link", "edu:e1", "--reason", "x", exit_code=2)


@pytest.mark.parametrize(
    "words",
    [
        ("decisions", "propose", "undo-link", "edu:e1"),
        ("decisions", "propose", "undo-link", "edu:e1", "--reason", "  "),
        ("decisions", "propose", "undo-link", "edu:e1", "--reason", "x", "--as", ""),
        ("decisions", "approve", "no-id"),
        ("reverse", "edu:e1"),
    ],
)
def test_wrong_usage_ends_with_2(desk: DecisionDesk, words: tuple[str, ...]) -> None:
    typed(*words, exit_code=2)


@pytest.mark.parametrize(
    ("words", "refusal", "exit_code"),
    [
        (("decisions", "propose", "undo-link", "edu", *ANNA), AccountMalformed, 2),
        (("decisions", "propose", "undo-link", "edu:e2", *ANNA), DecisionImpossible, 1),
        (("decisions", "propose", "move-code", "AB12", "--to", "edu:e2", *ANNA), CodeMalformed, 1),
        (("reverse", "edu:e1", "module:none:2025-01-01", *ANNA), DecisionImpossible, 1),
    ],
)
def test_a_refusal_is_one_line_and_an_exit_code(
    desk: DecisionDesk, words: tuple[str, ...], refusal: type[Exception], exit_code: int
) -> None:
    head = desk.store.head()
    with pytest.raises(refusal) as refused:
        typed(*words)
    assert exit_code_of(refused.value) == exit_code
    assert desk.store.head() == head
