"""A policy's file: what is shipped can be read, and every error of another is named at once."""

from __future__ import annotations

from datetime import date
from importlib.resources import files

import pytest

from sync_service import policies
from sync_service.aggregates.policy import CodePortalsAdopted, PolicyAdopted, RuleBook
from sync_service.policies.files import PolicyMalformed, read_policy
from sync_service.policies.targets import DEFAULT_POLICY, policy_for, shipped_policies
from tests.unit.test_policies import CODE_PORTALS, PORTFOLIO


def reasons(text: str) -> tuple[str, ...]:
    with pytest.raises(PolicyMalformed) as refused:
        read_policy(text.encode())
    return refused.value.reasons


def test_every_policy_that_is_shipped_is_read_and_named_as_its_file() -> None:
    names = {file.name.removesuffix(".toml") for file in files(policies).iterdir() if file.name.endswith(".toml")}
    assert set(shipped_policies()) == names == {"model-144", "cycle-250"}
    assert policy_for(RuleBook(), None, date(2021, 1, 1)) is shipped_policies()[DEFAULT_POLICY]


def test_every_error_of_a_file_is_named_at_once() -> None:
    found = reasons(
        """
        policy = ""
        title_en = "x"
        valid_from = 2023-01-01T10:00:00
        valid_until = "2022-13-01"
        years = 0.5
        yeers = 5
        [targets]
        events = -1
        distance_hours = 5
        modules = "a"
        lectures = 1
        """
    )
    assert {reason.partition(":")[0] for reason in found} == {
        "policy",
        "title_ru",
        "valid_from",
        "valid_until",
        "years",
        "yeers",
        "targets.events",
        "targets.distance_hours",
        "targets.modules",
        "targets.lectures",
    }
    assert all(" / " in reason for reason in found)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("policy = ", "file"),
        (PORTFOLIO.replace("2024-12-31", "2022-12-31"), "valid_until"),
        (PORTFOLIO.replace("programme_hours = 144", ""), "targets"),
        (PORTFOLIO.replace("programme_hours = 144", "events = nan"), "targets.events"),
        (PORTFOLIO + "\n[altogether]\nall = 3", "altogether.all"),
        (CODE_PORTALS.replace('["edu"]', "[]"), "code_portals.portals"),
        (CODE_PORTALS.replace('["edu"]', '["nmo"]'), "code_portals.portals"),
        (CODE_PORTALS.replace("2025-05-13", "2025-05-12"), "code_portals"),
        (CODE_PORTALS.replace("valid_until = 2025-05-12", ""), "code_portals"),
        (CODE_PORTALS.replace("2016-01-01", "2026-01-01"), "code_portals.valid_until"),
    ],
)
def test_what_is_wrong_in_a_policy_is_said_by_its_place(text: str, path: str) -> None:
    assert path in {reason.partition(":")[0] for reason in reasons(text)}


def test_a_file_says_whether_it_is_about_cycles_or_about_codes() -> None:
    assert isinstance(read_policy(PORTFOLIO.encode()), PolicyAdopted)
    assert isinstance(read_policy(CODE_PORTALS.encode()), CodePortalsAdopted)
    with pytest.raises(PolicyMalformed, match="not UTF-8"):
        read_policy(b"\xff")
