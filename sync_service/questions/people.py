"""Whom an account leads to: in the stored events as of a position, and in the live directory."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

import msgspec

from sync_service.aggregates.activity import Activity
from sync_service.aggregates.errors import AccountErased, AccountUnknown
from sync_service.aggregates.folding import fold_specialist, leads_to, story_of
from sync_service.aggregates.specialist_facts import AbsorbedInto, SeparatedFrom
from sync_service.aggregates.values import Account, account_stream, activity_stream

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sync_service.aggregates.aggregate import Event
    from sync_service.aggregates.specialist import Specialist
    from sync_service.event_store import EventStore
    from sync_service.projections.view import Catalogue
    from sync_service.projections.view_store import ViewStore


class AccountName(msgspec.Struct, frozen=True):
    """An account as the contract's JSON writes it."""

    portal: str
    account_id: str


class Streams(NamedTuple):
    """The stream that speaks for one person, and the events of every stream that it leads to.

    Among these may be streams of others, whose account was linked once and is no more.
    """

    stream: UUID
    events: dict[UUID, list[Event]]

    @property
    def is_anybody(self) -> bool:
        """Whether the person was known: an earlier moment may have no events of theirs."""
        return self.stream in self.events

    def fold(self) -> Specialist:
        """The person as these events leave them."""
        return fold_specialist(self.stream, self.events)

    def until(self, position: int, stream: UUID) -> Streams:
        """Whom a stream led to after the event at a position, from the events that are loaded already."""
        events = {
            name: kept
            for name, every in self.events.items()
            if (kept := [event for event in every if event.position <= position])
        }
        return Streams(speaker_of(stream, events), events)

    def in_log_order(self) -> list[Event]:
        """All events of the person, oldest first."""
        return story_of(self.stream, self.events)


def streams_of(store: EventStore, account: Account, until: int) -> Streams | None:
    """The person's events at or before a position; None if no portal had named the account by then."""
    return person_streams(store, account_stream(account), until)


def person_streams(store: EventStore, stream: UUID, until: int) -> Streams | None:
    """The events, at or before a position, of the person whom a stream leads to; None if it had none by then."""
    events: dict[UUID, list[Event]] = {}
    wanted = {stream}
    while wanted:
        found = store.load(wanted, until)
        events |= found
        wanted = {other for each in found.values() for other in leads_to(each)} - events.keys()
    if stream not in events:
        return None
    return Streams(speaker_of(stream, events), events)


def speaker_of(stream: UUID, events: Mapping[UUID, Sequence[Event]]) -> UUID:
    """The stream that speaks for whom this one began: another after a link, until that is undone."""
    speaker = stream
    for event in events.get(stream, ()):
        if isinstance(event.fact, AbsorbedInto):
            speaker = event.fact.specialist
        elif isinstance(event.fact, SeparatedFrom):
            speaker = stream
    return speaker


def known_streams(store: EventStore, account: Account, until: int | None) -> Streams:
    """The person's events at or before a position, or all of them; raises AccountUnknown, and AccountErased."""
    found = streams_of(store, account, store.head() if until is None else until)
    if found is None:
        raise AccountUnknown
    if is_erased(found.events[account_stream(account)]):
        raise AccountErased
    return found


def is_erased(events: Sequence[Event]) -> bool:
    """Whether these events, which begin a person's stream, are what is left of somebody who was erased."""
    first: Account | None = getattr(events[0].fact, "account", None) if events else None
    return first is not None and first.is_erased


def catalogue_of(store: EventStore, activity_ids: Iterable[str], until: int | None) -> Catalogue:
    """These activities as the catalogue had described them by a position; loaded with one query."""
    streams = {activity_id: activity_stream(activity_id) for activity_id in activity_ids}
    events = store.load(streams.values(), until) if streams else {}
    known = {name: Activity(name).fold(events.get(stream, [])) for name, stream in streams.items()}
    return known.__getitem__


def listed_owner(views: ViewStore, account: Account) -> UUID | None:
    """The specialist whom the live directory has for the account, None if it has none (yet)."""
    rows = views.find("directory", "accounts", portal=account.portal.value, account_id=account.account_id)
    return msgspec.convert(rows[0]["owner"], UUID) if rows else None
