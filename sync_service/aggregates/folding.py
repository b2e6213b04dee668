"""Folds a specialist from stored events, through the link to the history that it absorbed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_service.aggregates.specialist import Specialist
from sync_service.aggregates.specialist_facts import AbsorbedInto, SpecialistAbsorbed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from uuid import UUID

    from sync_service.aggregates.aggregate import Event, Journal


def fold_specialist(
    stream: UUID,
    streams: Mapping[UUID, Sequence[Event]],
    journal: Journal | None = None,
    until_version: int | None = None,
) -> Specialist:
    """Fold one specialist; `streams` must hold the absorbed stream too, where there is one (see `leads_to`)."""
    person = Specialist(stream, journal)
    for event in streams.get(stream, ()):
        if until_version is not None and event.version > until_version:
            break
        evolve_specialist(person, event, streams)
    return person


def evolve_specialist(person: Specialist, event: Event, streams: Mapping[UUID, Sequence[Event]]) -> None:
    """Change a specialist by one stored event; a joining takes over the absorbed stream."""
    person.evolve(event)
    if isinstance(event.fact, SpecialistAbsorbed):
        person.absorb(fold_specialist(event.fact.absorbed, streams, until_version=event.fact.absorbed_version))


def leads_to(events: Iterable[Event]) -> set[UUID]:
    """The other streams that a specialist's events lead to: whom it absorbed, or who absorbed it."""
    found: set[UUID] = set()
    for event in events:
        if isinstance(event.fact, SpecialistAbsorbed):
            found.add(event.fact.absorbed)
        elif isinstance(event.fact, AbsorbedInto):
            found.add(event.fact.specialist)
    return found
