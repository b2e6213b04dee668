"""Verifies the promises of CONTRACT.md section 2 over the whole store, by reading the whole log once.

It does not trust the decisions that were taken: codes, links and replicas are counted from the events with rules of its
own, and every view is built anew and compared with the live one.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec

from sync_service.aggregates import specialist_facts as facts
from sync_service.aggregates.confirmation_code import Attempted, AttemptRejudged
from sync_service.aggregates.dead_letter import Parked, Retried
from sync_service.aggregates.values import Account, Portal, Reason, code_key, module_key, programme_key
from sync_service.event_store import MessageCounts
from sync_service.messages.decoding import message_key
from sync_service.projections.rebuilding import LiveStandsStill, Rebuild
from sync_service.projections.view_store import GenerationState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from sync_service.aggregates.aggregate import Event
    from sync_service.event_store import EventStore
    from sync_service.projections.rebuilding import RebuildableViews
    from sync_service.projections.view import View

READ_EVENTS_MAX = 10_000


class Breach(msgspec.Struct, frozen=True):
    """A promise (its number in CONTRACT.md section 2) that does not hold, and where."""

    promise: int
    detail: str


class ViewTally(msgspec.Struct, frozen=True):
    """Where a view stands, how many rows it has, and a digest that is equal for equal rows."""

    position: int
    head: int
    rows: int
    digest: str


class Verdict(msgspec.Struct, frozen=True):
    """What a check counted and found; the shape of `check --json`."""

    ok: bool
    messages: MessageCounts
    events: int
    specialists: int
    codes_credited: int
    projections: dict[str, ViewTally]
    breaches: list[Breach]


class PersonTally(msgspec.Struct):
    """What the log says of one stream of a specialist."""

    keys: dict[str, set[Account]] = {}
    accounts: set[Account] = set()
    closed: dict[Portal, tuple[datetime, bool]] = {}
    asked: dict[str, set[Portal]] = {}
    reversed: set[str] = set()
    joined: UUID | None = None


class LogTally:
    """Reads the log once and counts what the promises speak of."""

    def __init__(self) -> None:
        self.events = 0
        self.head = 0
        self.causes: set[UUID] = set()
        self.people: dict[UUID, PersonTally] = {}
        self.owners: dict[str, Account] = {}
        self.parked = 0
        self.breaches: list[Breach] = []
        self._codes: dict[UUID, list[tuple[str, Account]]] = {}
        self._versions: dict[UUID, int] = {}

    def take(self, event: Event) -> None:
        """Count one event."""
        self.events += 1
        self.head = event.position
        if event.version != self._versions.get(event.stream, 0) + 1:
            self.breach(1, f"stream {event.stream} goes on with version {event.version} at position {event.position}")
        self._versions[event.stream] = event.version
        if event.cause:
            source, _, message_id = event.cause.partition("#")
            self.causes.add(message_key(source, message_id))
        fact = event.fact
        if isinstance(fact, Attempted):
            self._codes.setdefault(event.stream, []).append((fact.code, fact.account))
            if fact.outcome is Reason.ACCEPTED:
                self._own(fact.code, fact.account)
        elif isinstance(fact, AttemptRejudged):
            if fact.outcome is Reason.ACCEPTED:
                self._own(*self._codes[event.stream][fact.attempt])
        elif isinstance(fact, Parked | Retried):
            self.parked += 1 if isinstance(fact, Parked) else -1
        elif event.fact.TYPE.startswith("specialist."):
            self._take_person(self.people.setdefault(event.stream, PersonTally()), event)

    def breach(self, promise: int, detail: str) -> None:
        """Note a promise that does not hold."""
        self.breaches.append(Breach(promise, detail))

    def _own(self, code: str, account: Account) -> None:
        if code in self.owners:
            self.breach(2, f"a code was credited twice: to {self.owners[code]} and to {account}")
        self.owners[code] = account

    def _take_person(self, person: PersonTally, event: Event) -> None:
        fact: Any = event.fact
        key = _key_recorded(fact)
        if key is not None:
            if key in person.keys:
                self.breach(2, f"an activity was recorded twice for one specialist at position {event.position}")
            person.keys[key] = {fact.account}
        elif isinstance(fact, facts.AccountNoticed):
            person.accounts.add(fact.account)
        elif isinstance(fact, facts.AccountClosed | facts.AccountReopened):
            is_closed = isinstance(fact, facts.AccountClosed)
            known = person.closed.get(fact.account.portal)
            if known is None or fact.at >= known[0]:
                person.closed[fact.account.portal] = (fact.at, is_closed)
        elif isinstance(fact, facts.ActivityReversed):
            person.reversed.add(fact.key)
        elif isinstance(fact, facts.SpecialistAbsorbed):
            self._join(person, self.people[fact.absorbed])
            person.joined = fact.absorbed
        elif isinstance(fact, facts.ReplicaRequested):
            self._ask(person, fact, event)

    def _join(self, person: PersonTally, other: PersonTally) -> None:
        for key, origins in other.keys.items():
            person.keys[key] = person.keys.get(key, set()) | origins
        person.accounts |= other.accounts
        person.closed |= other.closed
        person.reversed |= other.reversed
        other.keys, other.accounts = {}, set()

    def _ask(self, person: PersonTally, fact: facts.ReplicaRequested, event: Event) -> None:
        origins = person.keys.get(fact.key)
        if origins is None:
            self.breach(4, f"a replica of nothing was requested at position {event.position}")
        elif fact.account in origins:
            self.breach(4, f"an activity was sent back to its origin at position {event.position}")
        person.asked.setdefault(fact.key, set()).add(fact.account.portal)


def _key_recorded(fact: object) -> str | None:
    if isinstance(fact, facts.ActivationRecorded):
        return code_key(fact.code)
    if isinstance(fact, facts.CompletionRecorded):
        return module_key(fact.module_id, fact.completed_on)
    if isinstance(fact, facts.ProgrammeRecorded):
        return programme_key(fact.programme_id, fact.completed_on)
    return None


def check(
    store: EventStore,
    views: RebuildableViews,
    kinds: Mapping[str, View],
    progress: Callable[[str, int, int], None] = lambda _what, _done, _all: None,
) -> Verdict:
    """Verify every promise; what waits, was refused or is parked is no breach, as it is a state with a reason."""
    tally = _read_log(store, progress)
    _verify_messages(store, tally)
    _verify_codes(tally)
    _verify_links(tally)
    projections = dict(_verify_views(store, views, kinds, tally, progress))
    counts = store.counts()
    return Verdict(
        ok=not tally.breaches,
        messages=counts,
        events=tally.events,
        specialists=sum(bool(person.accounts) for person in tally.people.values()),
        codes_credited=len(tally.owners),
        projections=projections,
        breaches=tally.breaches,
    )


def _read_log(store: EventStore, progress: Callable[[str, int, int], None]) -> LogTally:
    tally = LogTally()
    position, head = 0, store.head()
    while events := store.read(position, READ_EVENTS_MAX):
        for event in events:
            if event.position > head:
                return tally
            tally.take(event)
        position = events[-1].position
        progress("log", position, head)
    return tally


def _verify_messages(store: EventStore, tally: LogTally) -> None:
    """Promise 1: received = stored + repeats + parked, and every event's message is stored and the reverse."""
    counts = store.counts()
    is_quiet = store.head() == tally.head
    rest = counts.received - counts.stored - counts.repeats - counts.parked
    if rest:
        tally.breach(1, f"received = stored + repeats + parked is off by {rest}")
    for batch in _batches(sorted(tally.causes), READ_EVENTS_MAX):
        missing = len(batch) - len(store.seen(batch))
        if missing:
            tally.breach(1, f"{missing} messages have events and are not known as stored")
    if is_quiet and counts.stored != len(tally.causes):
        tally.breach(1, f"{counts.stored} messages are stored, and events speak of {len(tally.causes)}")
    if is_quiet and counts.parked != tally.parked:
        tally.breach(1, f"{counts.parked} messages are parked, and events speak of {tally.parked}")


def _verify_codes(tally: LogTally) -> None:
    """Promise 2: a code's credit stands in its owner's plan and in nobody else's."""
    holders: Counter[str] = Counter()
    for person in tally.people.values():
        for key in person.keys:
            if key.startswith("code:"):
                holders[key] += 1
                owner = tally.owners.get(key.removeprefix("code:"))
                if owner not in person.accounts:
                    tally.breach(2, f"a specialist has the credit of a code that is not theirs ({_names(person)})")
    for count in (count for count in holders.values() if count > 1):
        tally.breach(2, f"the credit of one code stands in {count} plans")


def _verify_links(tally: LogTally) -> None:
    """Promise 3: what a linked person has is on both sides, or a replica was asked for."""
    for person in tally.people.values():
        if person.joined is None:
            continue
        for account in person.accounts:
            if account.portal in person.closed and person.closed[account.portal][1]:
                continue
            missing = [
                key
                for key, origins in person.keys.items()
                if key not in person.reversed
                and account not in origins
                and account.portal not in person.asked.get(key, ())
            ]
            if missing:
                tally.breach(3, f"{account} was never asked to show {len(missing)} activities")


def _verify_views(
    store: EventStore,
    views: RebuildableViews,
    kinds: Mapping[str, View],
    tally: LogTally,
    progress: Callable[[str, int, int], None],
) -> Iterator[tuple[str, ViewTally]]:
    """Promise 6: every view, built anew from the events, has the same rows."""
    for name, view in kinds.items():
        rebuild = Rebuild(store, views, view, GenerationState.CHECKING)
        try:
            rebuild.fill(lambda done, head, name=name: progress(name, done, head))  # type: ignore[misc]
            comparison = rebuild.compare()
            if not comparison.is_equal:
                tally.breach(
                    6,
                    f"view {name}: {comparison.only_in_live} rows only in the live one, "
                    f"{comparison.only_in_other} only in the rebuilt one",
                )
            rows, digest = views.tally(views.live(name))
        except LiveStandsStill:
            tally.breach(6, f"view {name} stands still at position {views.live(name).position}")
            rows, digest = views.tally(views.live(name))
        finally:
            rebuild.discard()
        live = views.live(name)
        yield name, ViewTally(live.position, store.head(), rows, digest)


def _names(person: PersonTally) -> str:
    return ", ".join(sorted(map(str, person.accounts)))


def _batches(keys: list[UUID], size: int) -> Iterator[list[UUID]]:
    for start in range(0, len(keys), size):
        yield keys[start : start + size]
