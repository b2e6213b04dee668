"""Finds everything in the store that names one person: their streams, others' streams, codes, parked messages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from sync_service.aggregates import specialist_facts as facts
from sync_service.aggregates.aggregate import Event
from sync_service.aggregates.confirmation_code import ConfirmationCode
from sync_service.aggregates.dead_letter import Parked
from sync_service.aggregates.deciding import REGISTER
from sync_service.aggregates.folding import leads_to
from sync_service.aggregates.values import Account, Portal, account_stream, code_stream
from sync_service.aggregates.veiling import Named
from sync_service.footprints import Footprints
from sync_service.topic_names import PORTAL_OF_SOURCE, portal_of_topic

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from uuid import UUID

    from sync_service.aggregates.aggregate import Fact
    from sync_service.aggregates.specialist import Specialist
    from sync_service.event_store import EventStore

    Streams = dict[UUID, list[Event]]

_PORTALS = "/portals/"


@dataclass(frozen=True)
class Gathered:
    """What the store holds of one person, event by event.

    `own` are the streams of the person's accounts, `others` those of people who were linked with them or nearly so,
    `codes` those of every code that they named, by code. `causes` are the messages that brought any of it about.
    """

    named: Named
    own: Streams
    others: Streams
    codes: dict[str, list[Event]]
    register: list[Event]
    letters: list[list[Event]]
    causes: set[str]
    footprints: Footprints

    @property
    def streams(self) -> tuple[UUID, ...]:
        """The person's own streams."""
        return tuple(sorted(self.own))


def gather(store: EventStore, person: Specialist) -> Gathered:
    """Read everything that names the person."""
    named = Named(person.accounts)
    own = store.load({person.id, *map(account_stream, person.accounts)})
    others = _others(store, named, own)
    told = list(_told(named, own, others))
    _credits(named, own, others)
    codes = _codes(store, told)
    causes = {event.cause for event in told if event.cause is not None and event.cause.startswith(_PORTALS)}
    footprints = _footprints(named, told, codes)
    letters = _letters(store, footprints)
    parked = {event.fact.message_id for events in letters for event in events if isinstance(event.fact, Parked)}
    messages = {cause.partition("#")[2] for cause in causes} | (parked - {None})
    return Gathered(
        named=named,
        own=own,
        others=others,
        codes=codes,
        register=store.load([REGISTER]).get(REGISTER, []),
        letters=letters,
        causes=causes,
        footprints=msgspec.structs.replace(
            footprints,
            letters=frozenset(events[0].stream for events in letters),
            messages=frozenset(message for message in messages if message is not None),
        ),
    )


def _others(store: EventStore, named: Named, own: Streams) -> Streams:
    """The streams of everybody whom the person's own streams name, through their links."""
    wanted = {account_stream(account) for account in _partners(named, own)} | _led_to(own)
    found: Streams = {}
    while missing := wanted - own.keys() - found.keys():
        loaded = store.load(missing)
        found |= {stream: loaded.get(stream, []) for stream in missing}
        wanted |= _led_to(loaded)
    return {stream: events for stream, events in found.items() if events}


def _led_to(streams: Streams) -> set[UUID]:
    return {other for events in streams.values() for other in leads_to(events)}


def _partners(named: Named, own: Streams) -> set[Account]:
    accounts = {account for events in own.values() for event in events for account in accounts_in(event.fact)}
    return {account for account in accounts - named.accounts if not account.is_erased}


def accounts_in(fact: Fact) -> Iterator[Account]:
    """Every account that a fact names."""
    for field in ("account", "origin"):
        account = getattr(fact, field, None)
        if account is not None:
            yield account
    for portal in Portal:
        account_id = getattr(fact, portal.value, None)
        if account_id is not None:
            yield Account(portal, account_id)


def _told(named: Named, own: Streams, others: Streams) -> Iterator[Event]:
    """The events that are the person's own, wherever they stand."""
    for events in own.values():
        yield from (event for event in events if named.is_own(event.fact) is not False)
    for events in others.values():
        yield from (event for event in events if named.is_own(event.fact))


def _credits(named: Named, own: Streams, others: Streams) -> None:
    """Note which codes gave a credit to the person, and which, in the same streams, to others."""
    for event in (event for events in (*own.values(), *others.values()) for event in events):
        fact = event.fact
        if isinstance(fact, facts.CodeMovedAway) and named.is_own(fact):
            named.moved.add(fact.code)
        elif isinstance(fact, facts.ActivationRecorded | facts.CodeMovedHere):
            (named.codes if named.is_own(fact) else named.others_codes).add(fact.code)
            if isinstance(fact, facts.CodeMovedHere) and named.is_own(fact):
                named.moved.discard(fact.code)
    named.others_codes -= named.codes


def _codes(store: EventStore, told: Iterable[Event]) -> dict[str, list[Event]]:
    named = {code for event in told if (code := getattr(event.fact, "code", None))}
    streams = {code_stream(code): code for code in named}
    found = store.load(streams) if streams else {}
    return {streams[stream]: events for stream, events in found.items()}


def is_holder(named: Named, code: str, events: list[Event]) -> bool:
    """Whether the code is the person's now."""
    return ConfirmationCode(code).fold(events).owner in named.accounts


def _footprints(named: Named, told: Iterable[Event], codes: dict[str, list[Event]]) -> Footprints:
    details = [event.fact for event in told if isinstance(event.fact, facts.PersonalDetailsReported)]
    return Footprints(
        accounts=named.accounts,
        texts=frozenset(text for one in details for text in (one.email, one.full_name) if text),
        snils=frozenset(one.snils for one in details if one.snils),
        codes=frozenset(code for code, events in codes.items() if is_holder(named, code, events)),
    )


def _letters(store: EventStore, footprints: Footprints) -> list[list[Event]]:
    """The parked messages that name the person, in whatever part of them."""
    return [events for events in store.letter_streams() if _is_about(store, events, footprints)]


def _is_about(store: EventStore, events: list[Event], footprints: Footprints) -> bool:
    letter, first = events[0].stream, events[0].fact
    account_id, portal = (first.account_id, _portal_of(first)) if isinstance(first, Parked) else (None, None)
    if account_id is not None and footprints.name_account(account_id, portal):
        return True
    parked, edited = store.parked_bytes(letter), store.edited_bytes(letter)
    contents = [edited.value] if edited else []
    if parked is not None:
        record = parked.record
        contents += [record.value, record.key or b"", *(value for _, value in record.headers)]
    return footprints.are_in(*contents, another=account_id)


def _portal_of(parked: Parked) -> Portal | None:
    """Whose accounts a parked message speaks of."""
    return PORTAL_OF_SOURCE.get(parked.source or "") or portal_of_topic(parked.topic or "")
