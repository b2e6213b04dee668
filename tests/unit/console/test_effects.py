"""What the preview of a retry tells: each fact once, and nothing lost where nothing was given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_service.console.effects import Effect, effects_of
from tests.model import lines
from tests.unit.support_desk import Desk

if TYPE_CHECKING:
    from sync_service.aggregates.aggregate import Event

TAKEN = (lines.published(), lines.issued(), lines.registered("edu:e1"), lines.registered("sovetnmo:s1"))


def foreseen(desk: Desk, line: bytes) -> list[Effect]:
    """The preview of what a line leads to, by the events that it really leads to."""
    before = desk.store.head()
    desk.hears(line)
    events: list[Event] = [event for event in desk.store.read(before, desk.store.head()) if event.position > before]
    return effects_of(events, desk.views)


def test_an_accepted_code_is_told_once() -> None:
    effects = foreseen(Desk(*TAKEN), lines.activated("edu:e1"))

    told = [effect for effect in effects if "AB12-CDEF3456" in effect.sentence.ru]
    assert [(effect.sign, effect.count) for effect in told] == [("plus", 1)]


def test_a_refused_or_repeated_code_takes_nothing_away() -> None:
    desk = Desk(*TAKEN, lines.activated("edu:e1"))

    for line in (lines.activated("sovetnmo:s1", at=lines.AFTER), lines.activated("edu:e1", at=lines.AFTER)):
        told = [effect for effect in foreseen(desk, line) if "AB12-CDEF3456" in effect.sentence.ru]
        assert [(effect.sign, effect.count) for effect in told] == [("none", 1)]


def test_a_revoked_code_is_told_once_and_takes_away() -> None:
    effects = foreseen(Desk(*TAKEN, lines.activated("edu:e1")), lines.revoked(at=lines.BEFORE))

    told = [effect for effect in effects if "AB12-CDEF3456" in effect.sentence.ru]
    assert [(effect.sign, effect.count) for effect in told] == [("minus", 1)]
