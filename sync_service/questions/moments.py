"""A person as the service knew them at one moment: now, or after any event of the log."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sync_service.policies.targets import rule_book
from sync_service.questions.people import Streams, catalogue_of
from sync_service.questions.plans import plan_of

if TYPE_CHECKING:
    from uuid import UUID

    from sync_service.aggregates.policy import RuleBook
    from sync_service.aggregates.specialist import Specialist
    from sync_service.event_store import EventStore
    from sync_service.projections.view import Catalogue
    from sync_service.questions.plans import Plan


class Moment(NamedTuple):
    """Everything that a page on a person goes by: their events up to a position, folded, and what was in force then."""

    streams: Streams
    person: Specialist
    catalogue: Catalogue
    book: RuleBook
    plan: Plan


def moment(store: EventStore, streams: Streams, asked: UUID, until: int) -> Moment | None:
    """The person whom a stream led to after the event at a position; None if they were unknown then.

    `streams` are events that are loaded already: all that lead there.
    """
    known = streams.until(until, asked)
    return moment_around(store, known, known.fold(), until) if known.is_anybody else None


def moment_around(store: EventStore, known: Streams, person: Specialist, until: int) -> Moment:
    """What was in force for a person who is folded already from their events up to that position."""
    catalogue = catalogue_of(store, {entry.activity_id for entry in person.entries.values()}, until)
    book = rule_book(store, until)
    return Moment(known, person, catalogue, book, plan_of(person, catalogue, book))
