"""Which moment of a person a page shows: now, the moment that was typed, or the one after an event of theirs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sync_service.aggregates.aggregate import Event
from sync_service.questions.moments import Moment, moment
from sync_service.sentences.words import Sentence

if TYPE_CHECKING:
    from sync_service.console.visit import Visit
    from sync_service.questions.people import Streams

A_DAY = timedelta(days=1)
NOT_YET = Sentence(
    "Этот момент ещё не наступил: показано то, что сейчас.", "That moment has not come yet: this is how it is now."
)


@dataclass(frozen=True)
class View:
    """Which moment is shown: `until` None is now. `trouble` says why the moment that was asked for is not shown."""

    known: int
    until: int | None
    at: datetime | None
    trouble: Sentence | None = None


def moment_of(visit: Visit, streams: Streams, now: Moment, until: int) -> Moment | None:
    """The person at an earlier moment; before their own account was known, the one that a link joined to it."""
    absorbed = now.person.absorbed
    asked = [now.streams.stream, *([absorbed[0]] if absorbed else [])]
    found = (moment(visit.ports.store, streams, stream, until) for stream in asked)
    return next((each for each in found if each is not None), None)


@dataclass(frozen=True)
class Moments:
    """The moment that is shown, and now; the same in the present."""

    then: Moment
    now: Moment

    @property
    def is_past(self) -> bool:
        """Whether an earlier moment is shown."""
        return self.then is not self.now


def view_of(visit: Visit, events: Sequence[Event], head: int) -> View:
    """The moment that the address asks for: `at`, a time as people type it, or `step`, the number of an event."""
    typed = visit.query.get("at", "").strip()
    if typed:
        try:
            at = visit.formats.read(typed)
        except ValueError:
            trouble = Sentence(
                "Такой даты нет. Пишите как здесь: 12.03.2026 10:20.", "No such date. Write as here: 2026-03-12 10:20."
            )
            return View(len(events), None, None, trouble)
        if at >= visit.ports.now():
            return View(len(events), None, None, NOT_YET if at > visit.ports.now() + A_DAY else None)
        until = visit.ports.store.position_at(at)
        if until >= head:
            return View(len(events), None, None)
        return View(sum(event.position <= until for event in events), until, at)
    step = visit.number("step", len(events))
    if step >= len(events):
        return View(len(events), None, None)
    return View(step, events[step - 1].position, events[step - 1].recorded_at)


@dataclass(frozen=True)
class Seen:
    """What a visit sees of a person; `events` are all of today's, which the time bar walks along."""

    moments: Moments
    view: View
    events: Sequence[Event]
