"""What is parked: each message with its reasons and what became of it, and those that share a cause."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING
from uuid import UUID

import msgspec

from sync_service.aggregates.dead_letter import DeadLetter, Discarded, LetterState, Retried, RetriedEdited
from sync_service.messages.reason_kinds import class_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sync_service.aggregates.aggregate import Event
    from sync_service.event_store import EventStore

GROUP_CHARACTERS = 12


class Letter(msgspec.Struct, frozen=True):
    """One parked message. What became of it: when, by whom and why, as far as somebody decided."""

    id: UUID
    state: LetterState
    parked_at: datetime
    source: str | None
    message_id: str | None
    message_type: str | None
    account_id: str | None
    topic: str | None
    reasons: tuple[str, ...]
    classes: tuple[str, ...]
    decided_at: datetime | None = None
    decided_by: str | None = None
    decided_for: str | None = None
    is_edited: bool = False

    @property
    def is_open(self) -> bool:
        """Whether it still waits for a decision."""
        return self.state is LetterState.PARKED

    @property
    def group(self) -> str:
        """What messages of one sender, one type and one cause share; it says nothing of what they hold."""
        shared = "\0".join((self.source or "", self.message_type or "", *self.classes))
        return sha256(shared.encode()).hexdigest()[:GROUP_CHARACTERS]


class Group(msgspec.Struct, frozen=True):
    """Messages that share sender, type and cause, in order of arrival."""

    id: str
    letters: tuple[Letter, ...]

    @property
    def first(self) -> Letter:
        """The one that came first; it stands for the others."""
        return self.letters[0]


GROUPED_MAX = 2_000
"""So many waiting messages are looked at together, those that came first; the others follow as these are decided."""


def waiting_letters(store: EventStore) -> list[Letter]:
    """The messages that wait for a decision, in order of arrival, as many as are looked at together."""
    return [_letter(events) for events in store.letter_streams(waiting=True, limit=GROUPED_MAX)]


def latest_letters(store: EventStore, skip: int, limit: int) -> list[Letter]:
    """The messages that were parked last, decided or not, the last one first."""
    return [_letter(events) for events in store.latest_letters(skip, limit)]


def letter(store: EventStore, wanted: UUID) -> Letter | None:
    """One parked message, None if there is none with this id."""
    events = store.load({wanted}).get(wanted, []) if store.parked_bytes(wanted) is not None else []
    return _letter(events) if events else None


def groups(found: Iterable[Letter]) -> list[Group]:
    """Messages by their cause, the largest group first."""
    by_id: dict[str, list[Letter]] = {}
    for each in found:
        by_id.setdefault(each.group, []).append(each)
    made = [Group(name, tuple(members)) for name, members in by_id.items()]
    return sorted(made, key=lambda group: (-len(group.letters), group.first.parked_at))


def _letter(events: Sequence[Event]) -> Letter:
    found = DeadLetter(events[0].stream).fold(list(events))
    parked = found.parked
    if parked is None or found.state is None:
        raise LookupError(found.id)
    last = events[-1]
    fact = last.fact if isinstance(last.fact, Retried | RetriedEdited | Discarded) else None
    return Letter(
        id=found.id,
        state=found.state,
        parked_at=events[0].recorded_at,
        source=parked.source,
        message_id=parked.message_id,
        message_type=parked.message_type,
        account_id=parked.account_id,
        topic=parked.topic,
        reasons=parked.reasons,
        classes=tuple(sorted({class_of(reason) for reason in parked.reasons})),
        decided_at=None if found.is_open else last.recorded_at,
        decided_by=fact.by if fact else None,
        decided_for=fact.reason if fact else None,
        is_edited=isinstance(fact, RetriedEdited),
    )
