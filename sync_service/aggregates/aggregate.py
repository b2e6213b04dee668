"""What every aggregate is: a state that only its own recorded facts change.

A *fact* is what an event says in business words; an *event* is a fact in its place: which stream, which version, when
it was recorded, and the message that caused it. Decisions call `record`; handlers marked with `@evolves` only change
state, for they run again on every replay: no rule, clock or chance belongs in them.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar
from uuid import UUID

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable

FACTS: dict[str, type[Fact]] = {}
"""Every kind of fact by its stored name."""


class Fact(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What an event says. `TYPE` is its stored name, which never changes; files and classes may move."""

    TYPE: ClassVar[str]

    def __init_subclass__(cls, **options: Any) -> None:  # noqa: ANN401 - msgspec's own options pass through
        super().__init_subclass__(**options)
        if "TYPE" in cls.__dict__:
            if cls.TYPE in FACTS and FACTS[cls.TYPE].__qualname__ != cls.__qualname__:
                raise TypeError(cls.TYPE)
            FACTS[cls.TYPE] = cls


class Event(msgspec.Struct, frozen=True, gc=False):
    """A fact in its place. `cause` is `source#id` of the message that led to it, None for the service's own acts.

    `position` is the place in the log of all events, 0 as long as the event is not stored.
    """

    stream: UUID
    version: int
    fact: Fact
    recorded_at: datetime
    cause: str | None = None
    position: int = 0

    @property
    def cause_id(self) -> str | None:
        """The `id` attribute of the message that led to it."""
        return self.cause.partition("#")[2] if self.cause else None


class Journal:
    """Collects what the aggregates of one transaction record, in order."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._recorded_at: datetime | None = None
        self._cause: str | None = None

    def open(self, recorded_at: datetime) -> None:
        """Begin a transaction whose events carry this instant."""
        self.events = []
        self._recorded_at = recorded_at
        self._cause = None

    def caused_by(self, cause: str | None) -> None:
        """Name the message that the next facts answer."""
        self._cause = cause

    @property
    def recorded_at(self) -> datetime:
        """The instant that this transaction's events carry (UTC)."""
        if self._recorded_at is None:
            raise RuntimeError("no transaction is open")
        return self._recorded_at

    def write(self, stream: UUID, version: int, fact: Fact) -> Event:
        """Add one fact as an event."""
        event = Event(stream, version, fact, self.recorded_at, self._cause)
        self.events.append(event)
        return event


class Aggregate:
    """A consistency boundary: its events lie in one stream, versions 1, 2, 3 and so on."""

    _handlers: ClassVar[dict[type[Fact], Callable[[Any, Any, Event], None]]] = {}

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls._handlers = dict(cls._handlers)
        for handler in vars(cls).values():
            for fact in getattr(handler, "evolves", ()):
                cls._handlers[fact] = handler

    def __init__(self, stream: UUID, journal: Journal | None = None) -> None:
        self.id = stream
        self.version = 0
        self._journal = journal

    @property
    def journal(self) -> Journal:
        """Where decisions are written; an aggregate that was folded only to be read has none."""
        if self._journal is None:
            raise RuntimeError("this aggregate is only to be read")
        return self._journal

    @property
    def weight(self) -> int:
        """About how much memory it takes (bytes), for whoever keeps many; a test compares it with what they take."""
        return 400 + 450 * self.version

    def record(self, fact: Fact) -> None:
        """Write a fact to the journal and change the state by it."""
        self.evolve(self.journal.write(self.id, self.version + 1, fact))

    def evolve(self, event: Event) -> None:
        """Change the state by one event, of which only the fact and its place matter."""
        self.version = event.version
        self._handlers[type(event.fact)](self, event.fact, event)

    def fold(self, events: list[Event]) -> Self:
        """Change the state by each event in turn."""
        handlers = self._handlers
        for event in events:
            handlers[type(event.fact)](self, event.fact, event)
        if events:
            self.version = events[-1].version
        return self


_Handler = TypeVar("_Handler", bound="Callable[..., None]")


def evolves(*facts: type[Fact]) -> Callable[[_Handler], _Handler]:
    """Mark a method as the one that changes the state by these kinds of fact."""

    def mark(handler: _Handler) -> _Handler:
        handler.evolves = facts  # type: ignore[attr-defined]
        return handler

    return mark
