"""A person's whole story, as `history --json` tells it: what happened, who reported it, and what it means."""

from __future__ import annotations

from datetime import date, datetime
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple, get_args
from uuid import UUID

import msgspec

from sync_service.aggregates import specialist_facts as facts
from sync_service.aggregates.values import Account, Portal, Reason
from sync_service.policies.targets import rule_book
from sync_service.questions.people import AccountName, known_streams
from sync_service.sentences.policies import WRONG_PORTAL
from sync_service.sentences.telling import SENTENCES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from sync_service.aggregates.aggregate import Event, Fact
    from sync_service.aggregates.policy import RuleBook
    from sync_service.aggregates.specialist import Specialist
    from sync_service.event_store import EventStore
    from sync_service.questions.people import Streams
    from sync_service.sentences.words import Sentence

_IN_BOTH = frozenset(
    {
        facts.LinkRequested,
        facts.LinkConfirmed,
        facts.LinkDeclined,
        facts.LinkRefused,
        facts.LinkAllowed,
        facts.LinkRefusalUpheld,
    }
)
"""What stands in both people's histories, for either may stay alone."""

_COMPLETED = (facts.CompletionRecorded, facts.ProgrammeRecorded, facts.CompletionRefused)
_SAID_BY: Mapping[type[Fact], Callable[[Any], Account]] = {
    facts.LinkRequested: lambda fact: Account(Portal.EDU, fact.edu),
    facts.LinkConfirmed: lambda fact: Account(Portal.SOVETNMO, fact.sovetnmo),
    facts.LinkDeclined: lambda fact: Account(Portal.SOVETNMO, fact.sovetnmo),
}
"""Of what a portal says of a link, the side that says it."""


class LinkShown(msgspec.Struct, frozen=True):
    """The link that joined the person's accounts, or else the latest attempt; `reason` says why it was refused."""

    state: str
    request_id: str
    to_edu: int
    to_sovetnmo: int
    applied: int
    reason: Reason | None
    edu: str
    sovetnmo: str


class Happening(msgspec.Struct, frozen=True):
    """One event of the story.

    `type` is the stored event type; `portal` and `account_id` name the account that it speaks of, None for the
    service's own acts. `occurred_at` is the portal's own instant, a date for a completion. `cause` is `source#id` of
    the message that led to it.
    """

    position: int
    type: str
    portal: str | None
    account_id: str | None
    occurred_at: datetime | date
    recorded_at: datetime
    text: str
    text_en: str
    data: dict[str, Any]
    cause: str | None


class History(msgspec.Struct, frozen=True):
    """The story of one specialist, oldest event first; either account of a linked person gives the same."""

    specialist_id: UUID
    accounts: tuple[AccountName, ...]
    link: LinkShown | None
    events: tuple[Happening, ...]


def history(store: EventStore, account: Account, until: int | None = None) -> History:
    """Tell the person's story up to a position of the log, or to its head; raises AccountUnknown."""
    streams = known_streams(store, account, until)
    return history_of(streams, streams.fold(), rule_book(store, until))


def history_of(streams: Streams, person: Specialist, book: RuleBook) -> History:
    """Tell the story of a person who is folded already from these events; `book` are the rules of the same moment."""
    return History(
        specialist_id=person.id,
        accounts=accounts_of(person),
        link=link_shown(person),
        events=tuple(happening(event, book) for event in once(streams.in_log_order())),
    )


def accounts_of(person: Specialist) -> tuple[AccountName, ...]:
    """The person's accounts, always in the same order."""
    return tuple(AccountName(*person.by_portal[portal].account) for portal in Portal if portal in person.by_portal)


def link_shown(person: Specialist) -> LinkShown | None:
    """The link that joined, else the attempt that began last (CONTRACT.md, «Links»)."""
    if person.link is not None:
        link = person.link
        counts = (link.to_edu, link.to_sovetnmo, link.applied)
        return LinkShown(link.state, link.key.request_id, *counts, None, link.key.edu, link.key.sovetnmo)
    if not person.attempts:
        return None
    latest = list(person.attempts.values())[-1]  # in the order in which they began
    return LinkShown(latest.state, latest.key.request_id, 0, 0, 0, latest.reason, latest.key.edu, latest.key.sovetnmo)


class Manner(NamedTuple):
    """How one kind of fact is told: what depends on the kind alone is found out once, not for every event."""

    sentence: Callable[[Any], Sentence]
    account: Callable[[Any], Account | None]
    moment: Callable[[Any], datetime | date | None]
    accounts: tuple[str, ...]


@cache
def _manner_of(kind: type[Fact]) -> Manner:
    return Manner(
        sentence=SENTENCES[kind],
        account=_SAID_BY.get(kind) or (attrgetter("account") if hasattr(kind, "account") else _nothing),
        moment=_moment_of(kind),
        accounts=tuple(
            field.name for field in msgspec.structs.fields(kind) if Account in (field.type, *get_args(field.type))
        ),
    )


def _moment_of(kind: type[Fact]) -> Callable[[Any], datetime | date | None]:
    if issubclass(kind, _COMPLETED):
        return attrgetter("completed_on")
    if hasattr(kind, "activated_at") and hasattr(kind, "at"):
        return lambda fact: fact.activated_at or fact.at
    return next((attrgetter(name) for name in ("activated_at", "at") if hasattr(kind, name)), _nothing)


def _nothing(_: Fact) -> None:
    """Facts of this kind say nothing of it."""


def happening(event: Event, book: RuleBook | None = None) -> Happening:
    """One event as the story tells it; by the rule book, it says where a code was entered at the wrong portal."""
    fact = event.fact
    manner = _manner_of(type(fact))
    text = manner.sentence(fact)
    if book is not None and book.code_portals is not None and _is_at_wrong_portal(fact, book):
        text += WRONG_PORTAL
    portal, account_id = manner.account(fact) or (None, None)
    return Happening(
        position=event.position,
        type=fact.TYPE,
        portal=portal,
        account_id=account_id,
        occurred_at=manner.moment(fact) or event.recorded_at,
        recorded_at=event.recorded_at,
        text=text.ru,
        text_en=text.en,
        data=_written(fact, manner),
        cause=event.cause,
    )


def _is_at_wrong_portal(fact: Fact, book: RuleBook) -> bool:
    if not isinstance(fact, facts.ActivationRecorded):
        return False
    return not book.takes_codes(fact.account.portal, fact.activated_at.date())


def account_of(fact: Fact) -> Account | None:
    """The account that a fact speaks of; of what a portal says of a link, the side that says it."""
    return _manner_of(type(fact)).account(fact)


def _written(fact: Fact, manner: Manner) -> dict[str, Any]:
    """A fact as JSON: its fields as they are stored, with accounts by name; what is absent is left out."""
    fields: dict[str, Any] = msgspec.to_builtins(fact)
    for name in manner.accounts:
        if name in fields:
            portal, account_id = fields[name]
            fields[name] = {"portal": portal, "account_id": account_id}
    return fields


def once(events: Iterable[Event]) -> Iterator[Event]:
    """Leave out the second copy of what stands in both histories of a person who was two."""
    heard = set()
    for event in events:
        if type(event.fact) in _IN_BOTH:
            if (event.fact, event.cause) in heard:
                continue
            heard.add((event.fact, event.cause))
        yield event
