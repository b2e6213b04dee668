"""Finds the person that an address names, and records the look; other modules of answers begin with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sync_service.aggregates.errors import AccountErased
from sync_service.aggregates.values import account_stream
from sync_service.api.problems import not_there
from sync_service.console.person.accounts import account_names
from sync_service.questions.people import Streams, is_erased, listed_owner, person_streams

if TYPE_CHECKING:
    from uuid import UUID

    from sync_service.aggregates.specialist import Specialist
    from sync_service.aggregates.values import Account
    from sync_service.api.call import Call


class Found(NamedTuple):
    """Somebody as they are now: their events up to `head`, the log's end, and the person that these make."""

    streams: Streams
    person: Specialist
    head: int


def person_of(call: Call, detail: str | None = None) -> Found:
    """The person of the address as they are now, with the look recorded under their own stream.

    Raises Problem (404), and AccountErased for somebody who was erased.

    The id may be that of an account that was joined to another: the answer is the joined person's.
    """
    store, asked = call.ports.store, call.id("specialist_id")
    head = store.head()
    streams = person_streams(store, asked, head)
    is_person = streams is not None and any(e.fact.TYPE.startswith("specialist.") for e in streams.events[asked])
    if streams is not None and is_erased(streams.events[asked]):
        call.look(asked, detail)
        raise AccountErased
    if streams is None or not is_person:
        raise not_there()
    call.look(streams.stream, detail)
    return Found(streams, streams.fold(), head)


def accounts_of(call: Call, found: Found) -> list[Account]:
    """The person's accounts, the one that the address names first: earlier they may have been two people."""
    asked = call.id("specialist_id")
    return sorted(account_names(found.person), key=lambda account: account_stream(account) != asked)


def owner_of(call: Call, account: Account) -> UUID:
    """The stream of the person whose account it is."""
    return listed_owner(call.ports.views, account) or account_stream(account)
