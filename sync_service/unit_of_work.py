"""One transaction's view of the aggregates: loads what is touched with few queries, collects what is decided.

Aggregates stay in a cache between transactions. What is cached is only a guess: every stream that a transaction read or
wrote is checked by its version at the insert, and a conflict makes the caller start again from fresh state.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, TypeVar, cast

from sync_service.aggregates.activity import Activity
from sync_service.aggregates.aggregate import Aggregate, Event, Journal
from sync_service.aggregates.confirmation_code import ConfirmationCode
from sync_service.aggregates.dead_letter import DeadLetter
from sync_service.aggregates.deciding import REGISTER, DecisionRegister
from sync_service.aggregates.errors import AccountErased, AccountUnknown
from sync_service.aggregates.folding import fold_specialist, leads_to
from sync_service.aggregates.policy import RULE_BOOK, RuleBook
from sync_service.aggregates.specialist_facts import AccountNoticed
from sync_service.aggregates.values import Account, account_stream, activity_stream, code_stream
from sync_service.event_store import Conflict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from uuid import UUID

    from sync_service.aggregates.specialist import Specialist
    from sync_service.event_store import Erasure, EventStore
    from sync_service.footprints import Erased

A = TypeVar("A", bound=Aggregate)


class AggregateCache:
    """Aggregates by stream, the least recently used dropped first when together they weigh more than the bound."""

    def __init__(self, bytes_max: int) -> None:
        self._bytes_max = bytes_max
        self._bytes = 0
        self._cached: OrderedDict[UUID, tuple[Aggregate, int]] = OrderedDict()

    def get(self, stream: UUID) -> Aggregate | None:
        """The cached aggregate, if there is one."""
        found = self._cached.get(stream)
        if found is None:
            return None
        self._cached.move_to_end(stream)
        return found[0]

    def put(self, aggregate: Aggregate) -> None:
        """Keep it, at its present weight."""
        self.drop(aggregate.id)
        weight = aggregate.weight
        self._cached[aggregate.id] = (aggregate, weight)
        self._bytes += weight

    def trim(self) -> None:
        """Drop the least recently used until the bound holds; only between transactions."""
        while self._bytes > self._bytes_max and self._cached:
            _, (_, weight) = self._cached.popitem(last=False)
            self._bytes -= weight

    def drop(self, stream: UUID) -> None:
        """Forget one."""
        found = self._cached.pop(stream, None)
        if found is not None:
            self._bytes -= found[1]

    def __contains__(self, stream: UUID) -> bool:
        return stream in self._cached


class UnitOfWork:
    """The aggregates of one transaction.

    What was touched is kept in `cache`; what is relied on without loading it is in `known`. That is the same cache,
    unless nothing may be guessed.
    """

    def __init__(self, store: EventStore, cache: AggregateCache, journal: Journal, known: AggregateCache) -> None:
        self._store = store
        self._cache = cache
        self._known = known
        self._touched: dict[UUID, tuple[Aggregate, int]] = {}
        self._people: dict[Account, Specialist] = {}
        self._activities: dict[str, Activity] = {}
        self._loaded: dict[UUID, list[Event]] = {}
        self.journal = journal
        self.erasure: Erasure | None = None
        self.erased: Erased | None = None

    @property
    def store(self) -> EventStore:
        """What is stored, for decisions that look beyond single aggregates."""
        return self._store

    def preload(self, streams: Iterable[UUID]) -> None:
        """Load with one query what is not at hand; a stream that does not exist is remembered as empty."""
        missing = {stream for stream in streams if stream not in self._loaded and stream not in self._known}
        if missing:
            self._loaded |= {stream: [] for stream in missing} | self._store.load(missing)

    def forget_older(self, versions: Mapping[UUID, int]) -> bool:
        """Before anything is decided, drop what has moved on to these versions; whether there was any."""
        older = [stream for stream, version in versions.items() if self._is_older(stream, version)]
        for stream in older:
            self._known.drop(stream)
            self._loaded.pop(stream, None)
        return bool(older)

    def _is_older(self, stream: UUID, version: int) -> bool:
        loaded, cached = self._loaded.get(stream), self._known.get(stream)
        return (loaded is not None and len(loaded) < version) or (cached is not None and cached.version < version)

    def preload_people(self, accounts: Iterable[Account]) -> None:
        """Load the people behind these accounts, through their links."""
        wanted = {account_stream(account) for account in accounts}
        while wanted:
            self.preload(wanted)
            found = {other for stream in wanted for other in leads_to(self._loaded.get(stream, ()))}
            wanted = {stream for stream in found if stream not in self._loaded and stream not in self._known}

    def person(self, account: Account) -> Specialist:
        """The specialist whom the account leads to; the first message that names an account makes it exist."""
        own = self._own(account)
        if own.version == 0:
            own.record(AccountNoticed(account=account))
        if own.absorbed_into is None:
            return own
        survivor = self.specialist(own.absorbed_into)
        if survivor.absorbed is None or survivor.absorbed[0] != own.id:  # cached before another writer joined them
            raise Conflict
        return survivor

    def known_person(self, account: Account) -> Specialist:
        """The specialist whom the account leads to; raises AccountUnknown if no message has named it, AccountErased."""
        if self._own(account).version == 0:
            raise AccountUnknown
        if self.is_erased(account):
            raise AccountErased
        return self.person(account)

    def is_erased(self, account: Account) -> bool:
        """Whether the person whose account it was has been erased."""
        return self._own(account).is_erased

    def _own(self, account: Account) -> Specialist:
        """Whoever has the account's own stream."""
        own = self._people.get(account)
        if own is None:
            own = self._people[account] = self.specialist(account_stream(account))
        return own

    def code(self, code: str) -> ConfirmationCode:
        """The confirmation code of 12 characters, issued or not."""
        return self._get(code_stream(code), lambda _: ConfirmationCode(code, self.journal))

    def code_of_stream(self, stream: UUID) -> ConfirmationCode:
        """The confirmation code with this stream, whichever it is."""
        return self._get(stream, lambda found: ConfirmationCode("", self.journal, stream=found))

    def activity(self, activity_id: str) -> Activity:
        """The catalogue's activity, known or only named so far."""
        known = self._activities.get(activity_id)
        if known is None:
            known = self._get(activity_stream(activity_id), lambda _: Activity(activity_id, self.journal))
            self._activities[activity_id] = known
        return known

    def letter(self, letter: UUID) -> DeadLetter:
        """The dead letter with this stream."""
        return self._get(letter, lambda stream: DeadLetter(stream, self.journal))

    def rule_book(self) -> RuleBook:
        """Which policies were adopted."""
        return self._get(RULE_BOOK, lambda _: RuleBook(self.journal))

    def register(self) -> DecisionRegister:
        """What was proposed to people, and decided by them."""
        return self._get(REGISTER, lambda _: DecisionRegister(self.journal))

    def relied_on(self) -> dict[UUID, int]:
        """The versions of the streams that were looked at and not written."""
        return {stream: found.version for stream, (found, version) in self._touched.items() if found.version == version}

    def keep(self) -> None:
        """After the commit: what was touched is up to date and stays in the cache."""
        for aggregate, _ in self._touched.values():
            self._cache.put(aggregate)
        self._cache.trim()

    def forget(self) -> None:
        """After a failure: what was touched may be changed or stale."""
        for stream in self._touched:
            self._cache.drop(stream)

    def refold(self, *people: Specialist) -> None:
        """Fold people anew, with what this transaction has recorded of them: an undone link is sorted out by events."""
        recorded: dict[UUID, list[Event]] = {}
        for event in self.journal.events:
            recorded.setdefault(event.stream, []).append(event)
        for person in people:
            self._load_all_behind(person.id)
        streams = {stream: [*events, *recorded.get(stream, ())] for stream, events in self._loaded.items()}
        for person in people:
            person.become(fold_specialist(person.id, streams))

    def specialist(self, stream: UUID) -> Specialist:
        """The specialist of this stream, even if another has absorbed it."""
        return self._get(stream, self._fold_person)

    def _fold_person(self, stream: UUID) -> Specialist:
        self._load_all_behind(stream)
        return fold_specialist(stream, self._loaded, self.journal)

    def _load_all_behind(self, stream: UUID) -> None:
        if stream in self._loaded and not leads_to(self._loaded[stream]):
            return  # most people's history is their own alone
        seen: set[UUID] = set()
        wanted = {stream}
        while wanted:
            missing = {other for other in wanted if other not in self._loaded}
            if missing:  # even if cached: the absorbed history is folded from its events
                self._loaded |= {stream: [] for stream in missing} | self._store.load(missing)
            seen |= wanted
            wanted = {other for one in wanted for other in leads_to(self._loaded[one])} - seen

    def _get(self, stream: UUID, make: Callable[[UUID], A]) -> A:
        touched = self._touched.get(stream)
        if touched is not None:
            return cast("A", touched[0])  # a stream's id says which kind of aggregate it is
        aggregate = self._known.get(stream)
        if aggregate is None:
            self.preload((stream,))
            aggregate = make(stream)
            if aggregate.version == 0:
                aggregate.fold(self._loaded[stream])
        self._touched[stream] = aggregate, aggregate.version
        return cast("A", aggregate)
