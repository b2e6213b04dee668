"""Folds a specialist from stored events, through the link to the history that it absorbed, and when that is undone."""

from __future__ import annotations

from collections import deque
from itertools import takewhile
from typing import TYPE_CHECKING

from sync_service.aggregates.separating import go_on_alone
from sync_service.aggregates.specialist import Specialist
from sync_service.aggregates.specialist_facts import AbsorbedInto, LinkUndone, SeparatedFrom, SpecialistAbsorbed
from sync_service.aggregates.values import Account, Portal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from uuid import UUID

    from sync_service.aggregates.aggregate import Event, Journal

    Streams = Mapping[UUID, Sequence[Event]]


_TURNING_POINTS = frozenset((SpecialistAbsorbed, AbsorbedInto, LinkUndone, SeparatedFrom))
"""After which a history goes on with another person's, or without it. Looked at first, as few events are one."""


def fold_specialist(
    stream: UUID,
    streams: Streams,
    journal: Journal | None = None,
    until_version: int | None = None,
) -> Specialist:
    """Fold one specialist; `streams` must hold every stream that its events lead to (see `leads_to`)."""
    person = Specialist(stream, journal)
    for event in _until(streams.get(stream, ()), until_version):
        evolve_specialist(person, event, streams)
    return person


def evolve_specialist(person: Specialist, event: Event, streams: Streams) -> None:
    """Change a specialist by one stored event; a joining takes over the absorbed stream, its undoing sorts it out."""
    if type(event.fact) not in _TURNING_POINTS:
        person.evolve(event)
        return
    if isinstance(event.fact, LinkUndone | SeparatedFrom):
        alone, own_part = _alone(event, streams)
        deque(own_part, maxlen=0)
        person.become(alone)
    person.evolve(event)
    if isinstance(event.fact, SpecialistAbsorbed):
        person.absorb(fold_specialist(event.fact.absorbed, streams, until_version=event.fact.absorbed_version))


def story_of(stream: UUID, streams: Streams, until_version: int | None = None) -> list[Event]:
    """The events that tell of a person, oldest first: their own, and what they absorbed; nothing that was another's.

    Of a link that was undone it has what `go_on_alone` gives.
    """
    story: list[Event] = []
    for event in _until(streams.get(stream, ()), until_version):
        fact = event.fact
        if type(fact) not in _TURNING_POINTS:
            story.append(event)
            continue
        if isinstance(fact, LinkUndone):
            joining = next(one for one in streams[stream] if one.version == fact.joined_version)
            story = [*story_of(stream, streams, joining.version - 1), joining, *_alone(event, streams)[1]]
        elif isinstance(fact, SeparatedFrom):
            story += _alone(event, streams)[1]
        story.append(event)
        if isinstance(fact, SpecialistAbsorbed):
            story += story_of(fact.absorbed, streams, fact.absorbed_version + 1)
    return sorted(story, key=_position)


def leads_to(events: Iterable[Event]) -> set[UUID]:
    """The streams that are needed to fold what has these events: whom it absorbed, or who absorbed it, then or now."""
    found: set[UUID] = set()
    for event in events:
        if type(event.fact) not in _TURNING_POINTS:
            continue
        match event.fact:
            case SpecialistAbsorbed(absorbed=absorbed):
                found.add(absorbed)
            case AbsorbedInto(specialist=specialist):
                found.add(specialist)
            case LinkUndone():
                found.add(event.stream)
            case SeparatedFrom(specialist=specialist):
                found |= {event.stream, specialist}
    return found


def _alone(parting: Event, streams: Streams) -> tuple[Specialist, Iterator[Event]]:
    """A person as before the joining that this event undoes, and the joint events that change them when iterated."""
    fact = parting.fact
    if isinstance(fact, LinkUndone):
        account, pair, undone_version = Account(Portal.EDU, fact.edu), parting.stream, parting.version
        alone = fold_specialist(parting.stream, streams, until_version=fact.joined_version - 1)
    elif isinstance(fact, SeparatedFrom):
        account, pair, undone_version = Account(Portal.SOVETNMO, fact.sovetnmo), fact.specialist, fact.undone_version
        alone = fold_specialist(parting.stream, streams, until_version=parting.version - 1)
    else:
        raise TypeError(type(fact))
    joint = [event for event in streams[pair] if fact.joined_version < event.version < undone_version]
    return alone, go_on_alone(alone, account, joint)


def _until(events: Iterable[Event], version: int | None) -> Iterable[Event]:
    return events if version is None else takewhile(lambda event: event.version <= version, events)


def _position(event: Event) -> int:
    return event.position
