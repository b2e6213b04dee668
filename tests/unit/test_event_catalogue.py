"""The page docs/events.md says what the log can hold, and nothing else."""

from __future__ import annotations

from pathlib import Path

from sync_service.aggregates.aggregate import FACTS
from sync_service.aggregates.event_catalogue import SECTIONS, facts_of, page

PAGE = Path(__file__).resolve().parents[2] / "docs" / "events.md"


def test_the_page_of_events_is_current() -> None:
    """Otherwise run `python -m sync_service.aggregates.event_catalogue docs/events.md`."""
    assert PAGE.read_text(encoding="utf-8") == page()


def test_every_kind_of_fact_is_on_the_page() -> None:
    described = {fact for module in SECTIONS.values() for fact in facts_of(module)}
    assert described == {fact for fact in FACTS.values() if fact.__module__.startswith("sync_service.")}
