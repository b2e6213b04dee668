"""The stories of the demo: one sentence each, in Russian and in English, and nothing that somebody could misuse."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from simulation.stories import REMEMBERED_MAX, Storyteller
from simulation.wire import EDU, SOVETNMO, message

if TYPE_CHECKING:
    from simulation.wire import Event

BASE = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
CODE = "9XTR12345678"


def told(type_name: str, /, **data: object) -> Event:
    facts: dict[str, Any] = {"account_id": "S-104"} | data
    return message(SOVETNMO, "1", type_name, BASE, facts)


def typed(at_s: float = 1.0, code: str = "9xtr 1234-5678") -> Storyteller:
    storyteller = Storyteller()
    assert storyteller.published(SOVETNMO, told("code.activated.v1", code=code), at_s) is None
    return storyteller


def test_a_code_that_is_shown_in_the_other_account_is_a_story_once() -> None:
    storyteller = typed()
    applied = told("replica.applied.v1", account_id="E-7", activity_key=f"code:{CODE}")
    story = storyteller.published(EDU, applied, 1.8)
    assert story is not None
    assert str(story) == "sovetnmo:S-104 ввёл код 9XTR-•••••••• → показано в edu через 0,8\u00a0с"
    assert story.english == "sovetnmo:S-104 entered the code 9XTR-•••••••• → shown at edu after 0.8\u00a0s"
    assert storyteller.published(EDU, applied, 1.9) is None


def test_what_is_shown_where_it_was_entered_is_no_story() -> None:
    applied = told("replica.applied.v1", activity_key=f"code:{CODE}")
    assert typed().published(SOVETNMO, applied, 2.0) is None


@pytest.mark.parametrize(
    ("code", "reason", "expected"),
    [
        ("9XTR-12345678", "code_taken", "9XTR-•••••••• → не принят: код уже занят другим человеком"),
        ("9XTR-1234567Ж", "code_malformed", "код •••• → не принят: это не код"),
    ],
)
def test_a_refused_code_is_told_with_its_reason_and_its_mask(code: str, reason: str, expected: str) -> None:
    story = Storyteller().received(EDU, told("activation.refused.v1", code=code, reason=reason), 1.0)
    assert story is not None
    assert expected in story.russian
    assert "12345678" not in "".join(story)
    assert "1234567" not in "".join(story)


def test_links_are_told_by_the_edu_portal() -> None:
    counts = {"request_id": "l", "sovetnmo_account_id": "S-1", "edu_account_id": "E-1", "to_edu": 3, "to_sovetnmo": 2}
    completed = told("link.completed.v1", applied=5, **counts)
    assert Storyteller().received(SOVETNMO, completed, 1.0) is None
    story = Storyteller().received(EDU, completed, 1.0)
    assert story is not None
    assert "копий в edu 3, в sovetnmo 2" in story.russian
    refused = Storyteller().received(EDU, told("link.refused.v1", applied=0, reason="identity_mismatch", **counts), 1.0)
    assert refused is not None
    assert str(refused) == "edu:E-1 → не связан: СНИЛС в кабинетах разный"


def test_replicas_that_wait_or_go_and_parked_messages_are_told() -> None:
    key = "module:module-001:2025-04-01"
    waiting = Storyteller().published(EDU, told("replica.refused.v1", activity_key=key, reason="temporarily"), 1.0)
    gone = Storyteller().received(EDU, told("replica.withdrawn.v1", activity_key=key, revision=2, reason="x"), 1.0)
    parked = Storyteller().received(EDU, told("message.parked.v1", reasons=["a", "b"]), 1.0)
    assert [str(story) for story in (waiting, gone, parked)] == [
        "edu:S-104 → портал просит подождать с копией, служба спросит снова",
        "edu:S-104 → копия убрана: модуль module-001",
        "edu → сообщение отложено, причин: 2",
    ]


def test_only_so_much_is_remembered() -> None:
    storyteller = typed()
    for number in range(REMEMBERED_MAX):
        completed = told("module.completed.v1", module_id=f"m-{number}", completed_on="2025-04-01")
        storyteller.published(SOVETNMO, completed, 1.0)
    assert storyteller.published(EDU, told("replica.applied.v1", activity_key=f"code:{CODE}"), 2.0) is None


def test_messages_that_break_the_contract_are_no_stories() -> None:
    storyteller = Storyteller()
    for told_badly in ({"code": None}, {"code": 5}, {}):
        assert storyteller.published(SOVETNMO, told("code.activated.v1", **told_badly), 1.0) is None
    assert storyteller.published(SOVETNMO, {"type": "ru.nmo.code.activated.v1"}, 1.0) is None
