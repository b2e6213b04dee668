"""The script of a simulated life: who publishes what, and when, as the chapters write it down."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from simulation.chance import generator
from simulation.people import Person
from simulation.wire import MOSCOW_H, Event, instant, message

if TYPE_CHECKING:
    from random import Random

_LAST_MOMENT = 0.95
"""The part of the duration in which everything is published; the rest is for what comes of it."""


class Happening(NamedTuple):
    """One message of a publisher, `at_s` seconds after the life began."""

    at_s: float
    publisher: str
    event: Event


class Deed(NamedTuple):
    """Something that a portal has reported for an account, at that part of the life: it may later be reversed."""

    part: float
    portal: str
    account_id: str
    activity_key: str


@dataclass
class Script:
    """What is written so far: the messages, what was done in them, and the codes that each activity gave out.

    `spoilt` has the ids of the messages that break the contract.
    A part is a part of the whole life, from 0 to 1; a moment is in seconds after `base`.
    """

    seed: int | str
    base: datetime
    duration_s: float
    people: list[Person]
    tag: str = ""
    happenings: list[Happening] = field(default_factory=list)
    deeds: list[Deed] = field(default_factory=list)
    codes: dict[str, list[str]] = field(default_factory=dict)
    spoilt: set[str] = field(default_factory=set)

    def random(self, chapter: str) -> Random:
        """The chance of one chapter."""
        return generator(f"{self.seed}{self.tag}", chapter)

    def moment(self, part: float) -> float:
        """The moment, in seconds, at which this part of the life has passed."""
        return max(0.0, min(part, _LAST_MOMENT)) * self.duration_s

    def stamp(self, part: float, offset_h: int = MOSCOW_H) -> str:
        """The moment at that part of the life, as messages carry it."""
        return instant(self.base + timedelta(seconds=self.moment(part)), offset_h)

    def tell(self, part: float, publisher: str, kind: str, /, **told: object) -> Event:
        """Write down that a publisher tells this at that part of the life; a told None is left out."""
        at_s = self.moment(part)
        data: dict[str, Any] = {name: value for name, value in told.items() if value is not None}
        event = message(publisher, self.next_id(publisher), kind, self.base + timedelta(seconds=at_s), data)
        self.happenings.append(Happening(at_s, publisher, event))
        return event

    def tell_again(self, happening: Happening, part: float) -> None:
        """Write down that a publisher sends the very same message once more."""
        self.happenings.append(happening._replace(at_s=self.moment(part)))

    def next_id(self, publisher: str) -> str:
        """An id that no other message has."""
        number = len(self.happenings) + 1
        return "-".join(filter(None, (publisher, str(self.seed), self.tag, f"{number:06d}")))
