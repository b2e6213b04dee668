"""The pages explain every word that the service says: outcomes, views, lines of the log."""

from __future__ import annotations

import re

import pytest

from sync_service.aggregates.judging import Counts
from sync_service.aggregates.values import Reason
from sync_service.checking import check
from sync_service.projections.registry import VIEWS
from tests.docs.pages import ROOT

GLOSSARY = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
POINTS = (ROOT / "docs" / "howto" / "where-are-my-points.md").read_text(encoding="utf-8")
LOGS = (ROOT / "docs" / "howto" / "read-the-logs.md").read_text(encoding="utf-8")
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")

_SAYING = re.compile(r'(?:\blog\.(?!msg)\w+|_turn|\bsay)\(\s*("[^)\n]*)')
_LOG_EVENT = re.compile(r'"([a-z_]+\.[a-z_]+)"')


def log_events() -> set[str]:
    """The name of every line that the service may log."""
    sources = [path for folder in ("sync_service", "consumers") for path in (ROOT / folder).rglob("*.py")]
    said = (found for path in sources for found in _SAYING.findall(path.read_text(encoding="utf-8")))
    return {name for words in said for name in _LOG_EVENT.findall(words)}


@pytest.mark.parametrize("value", [*Reason, *Counts], ids=str)
def test_the_glossary_has_every_outcome_and_every_verdict(value: str) -> None:
    assert f"`{value}`" in GLOSSARY


@pytest.mark.parametrize("value", sorted(Counts), ids=str)
def test_support_can_look_up_every_verdict(value: str) -> None:
    assert f"`{value}`" in POINTS


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_is_described(view: str) -> None:
    assert f"`{view}`" in GLOSSARY
    assert f"| `{view}` |" in ARCHITECTURE


def test_the_page_of_logs_has_every_line() -> None:
    shown = set(re.findall(r"`([a-z_]+\.[a-z_]+)`", "".join(re.findall(r"^\| (`[^|]*)\|", LOGS, re.MULTILINE))))
    assert sorted(log_events() - shown) == []


def test_the_promises_are_numbered_as_check_names_them() -> None:
    promises = (ROOT / "docs" / "promises.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| (\d) \|.*\| (.*) \|$", promises, re.MULTILINE))
    modules = (ROOT / "sync_service" / name for name in ("checking.py", "log_tally.py"))
    source = "".join(module.read_text(encoding="utf-8") for module in modules)
    breached = set(re.findall(r"breach\(\s*(\d)", source))
    assert check.__doc__
    assert rows.keys() == set("12345678")
    assert {number for number, verified in rows.items() if verified.startswith("`check`")} == breached
