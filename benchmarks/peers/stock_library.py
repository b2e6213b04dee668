"""The event-sourcing library as it comes: one message = load the aggregates, decide, save, with the position.

An aggregate is a person, a code, an activity or a received message; events, the uniqueness of (source, id) and the
position are one transaction of the library's own PostgreSQL recorder. It leaves out: encryption and erasure, parked
messages and ids used twice, the attempts that a code remembers, answers to replicas, plans as rows that can be queried,
and every type of message that benchmarks do not send.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar, cast
from uuid import UUID

from eventsourcing.application import AggregateNotFoundError, Application
from eventsourcing.persistence import IntegrityError, ProcessRecorder, Tracking
from psycopg.conninfo import conninfo_to_dict

from benchmarks.peers import wire
from benchmarks.peers.peer import Counts
from benchmarks.peers.rows import credits_in
from benchmarks.peers.stock_aggregates import Activity, Code, ReceivedMessage, Specialist

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from eventsourcing.domain import Aggregate, DomainEventProtocol

    A = TypeVar("A", bound=Aggregate)

PLACE = "benchmark"
LOADING_EVENTS = 500
"""With some thousands in one call, psycopg's pipeline and the server waited for each other for ever."""


class Receiving(Application[UUID]):
    """The library's application; its recorder stores positions with the events."""

    name = "stock"

    def construct_recorder(self) -> ProcessRecorder:
        """One that stores positions too."""
        return self.factory.process_recorder()


class StockLibrary:
    """Handles one message after another; fits Peer."""

    def __init__(self, conninfo: str) -> None:
        parts = conninfo_to_dict(conninfo)
        names = {"DBNAME": "dbname", "HOST": "host", "PORT": "port", "USER": "user", "PASSWORD": "password"}
        environment = {f"POSTGRES_{name}": str(parts.get(part) or "") for name, part in names.items()}
        environment["POSTGRES_PORT"] = environment["POSTGRES_PORT"] or "5432"
        self._application = Receiving(env={"PERSISTENCE_MODULE": "eventsourcing.postgres", **environment})
        self._offset = 0
        self._stored, self._repeats, self._refused = 0, 0, 0
        self._seen: set[UUID] = set()

    def load(self, lines: Sequence[bytes]) -> None:
        """Make an earlier history quickly: everything stays in memory, and is saved many messages at a time."""
        at_hand = Handling(self._application, alone=True)
        events: list[DomainEventProtocol[UUID]] = []
        for line in lines:
            message = wire.read(line)
            key = ReceivedMessage.create_id(message.source, message.id)
            if key not in self._seen:
                self._seen.add(key)
                events += at_hand.handle(message)
                self._count(refused=at_hand.refused)
            else:
                self._repeats += 1
        for start in range(0, len(events), LOADING_EVENTS):
            self._application.events.put(events[start : start + LOADING_EVENTS])

    def receive(self, lines: Sequence[bytes]) -> None:
        """Load, decide and save for each."""
        for line in lines:
            self._offset += 1
            tracking = Tracking(PLACE, self._offset)
            handling = Handling(self._application)
            try:
                self._application.events.put(handling.handle(wire.read(line)), tracking=tracking)
            except IntegrityError:  # there is one writer: it can only be the message, stored before
                self._application.events.put([], tracking=tracking)
                self._repeats += 1
            else:
                self._count(refused=handling.refused)

    def _count(self, *, refused: bool) -> None:
        self._stored += 1
        self._refused += refused

    def counts(self) -> Counts:
        """What became of the messages, and what the aggregates hold."""
        found = self._application.recorder.select_notifications(1, 1_000_000)
        owners: dict[str, str] = {}
        plans: dict[str, int] = {}
        for stream in {notification.originator_id for notification in found}:
            aggregate: object = self._application.repository.get(cast("UUID", stream))
            if isinstance(aggregate, Code) and aggregate.owner is not None:
                owners[aggregate.code] = aggregate.owner
            if isinstance(aggregate, Specialist) and aggregate.absorbed_into is None:
                shown = [account for accounts in aggregate.shown.values() for account in accounts]
                plans |= {account: shown.count(account) for account in aggregate.accounts if account in shown}
        return Counts(self._stored, self._repeats, self._refused, owners, plans)

    def close(self) -> None:
        """Close the connections."""
        self._application.close()


class Handling:
    """Applies messages; what was loaded stays at hand as long as this lives. `alone`: nothing was stored before."""

    def __init__(self, application: Receiving, *, alone: bool = False) -> None:
        self._application, self._alone = application, alone
        self._touched: dict[UUID, Aggregate | None] = {}
        self.refused = False

    def handle(self, message: wire.Incoming) -> list[DomainEventProtocol[UUID]]:
        """The events that a message leads to, and itself as one more."""
        self.refused = False
        match message:
            case wire.CodeActivated():
                self.refused, changed = self._activated(message)
            case wire.ModuleCompleted() | wire.ProgrammeCompleted():
                changed = self._completed(message)
            case wire.AccountRegistered():
                changed = self._registered(message)
            case wire.LinkRequested() | wire.LinkConfirmed():
                changed = self._linked(message)
            case wire.CodesIssued():
                changed = self._issued(message)
            case wire.ActivityPublished():
                said = message.data
                rows = [row.model_dump() for row in said.accreditation]
                changed = [self._new(Activity(said.activity_id, said.kind, said.title, rows))]
        received = ReceivedMessage(message.source, message.id, message.type, refused=self.refused)
        return [event for aggregate in (received, *changed) for event in aggregate.collect_events()]

    def _issued(self, message: wire.CodesIssued) -> Iterable[Aggregate]:
        said = message.data
        codes = [code.replace("-", "") for code in said.codes]
        return [
            self._new(Code(code, said.activity_id, said.audience))
            for code in codes
            if self._find(Code, Code.create_id(code)) is None
        ]

    def _registered(self, message: wire.AccountRegistered) -> Iterable[Aggregate]:
        [account] = wire.accounts_in(message)
        person = self._person(account)
        person.register(account, message.data.model_dump(exclude={"account_id"}))
        return [person]

    def _activated(self, message: wire.CodeActivated) -> tuple[bool, Iterable[Aggregate]]:
        [account], text = wire.accounts_in(message), wire.code_in(message)
        person, said = self._person(account), message.data
        code = self._find(Code, Code.create_id(text)) if text else None
        if code is None and text and said.activity_id:
            code = self._new(Code(text, said.activity_id, None))
        if code is None:
            return True, [person]
        if code.owner is None:
            code.activate(account, said.code, said.activated_at)
            self._record(person, account, f"code:{text}", code.activity_id, said.activated_at.date().isoformat())
            return False, [person, code]
        if code.owner in person.accounts:
            return False, [person]
        code.refuse(account, said.code, said.activated_at)
        return True, [person, code]

    def _completed(self, message: wire.Completed) -> Iterable[Aggregate]:
        [account], key = wire.accounts_in(message), wire.key_of(message)
        person, said = self._person(account), message.data
        if key not in person.shown:
            hours = {} if isinstance(said, wire.ModuleDone) else {"hours": said.hours, "at": said.organisation}
            self._record(person, account, key, wire.activity_in(message), said.completed_on.isoformat(), **hours)
        return [person]

    def _record(self, person: Specialist, account: str, key: str, activity_id: str, on: str, **said: object) -> None:
        person.record(account, key, activity_id, on, said)
        for other in person.accounts:
            if other != account:
                person.request_replica(other, key, self._described(person, activity_id))

    def _described(self, person: Specialist, activity_id: str) -> dict[str, object]:
        activity = self._find(Activity, Activity.create_id(activity_id))
        if activity is None:
            return {"activity_id": activity_id}
        credits_ = credits_in(person.known, activity.accreditation) if person.known else None
        return {"activity_id": activity_id, "title": activity.title, "kind": activity.kind, "credits": credits_}

    def _linked(self, message: wire.Linking) -> Iterable[Aggregate]:
        edu, sovetnmo = (self._person(account) for account in wire.accounts_in(message))
        said = message.data
        if edu.id == sovetnmo.id:
            return [edu]
        half, at = (
            ("requested", said.requested_at) if isinstance(said, wire.Request) else ("confirmed", said.confirmed_at)
        )
        edu.hear(said.request_id, half, at)
        sovetnmo.hear(said.request_id, half, at)
        if len(set(edu.halves[said.request_id])) > 1 and len(edu.accounts) == len(sovetnmo.accounts) == 1:
            self._join(edu, sovetnmo)
        return [edu, sovetnmo]

    def _join(self, edu: Specialist, sovetnmo: Specialist) -> None:
        own, other = edu.accounts[0], sovetnmo.accounts[0]
        to_sovetnmo = [key for key in edu.shown if key not in sovetnmo.shown]
        to_edu = [key for key in sovetnmo.shown if key not in edu.shown]
        sovetnmo.be_absorbed(edu.id)
        edu.absorb(other, list(sovetnmo.shown))
        for account, keys in ((other, to_sovetnmo), (own, to_edu)):
            for key in keys:
                edu.request_replica(account, key, {})

    def _person(self, account: str) -> Specialist:
        """Whom the account leads to; the first message that names it makes them exist."""
        found = self._find(Specialist, Specialist.create_id(account)) or self._new(Specialist(account))
        if found.absorbed_into is None:
            return found
        return self._find(Specialist, found.absorbed_into) or found

    def _find(self, kind: type[A], stream: UUID) -> A | None:
        if stream not in self._touched and not self._alone:
            try:
                self._touched[stream] = self._application.repository.get(stream)
            except AggregateNotFoundError:
                self._touched[stream] = None
        found = self._touched.get(stream)
        return found if isinstance(found, kind) else None

    def _new(self, made: A) -> A:
        self._touched[made.id] = made
        return made
