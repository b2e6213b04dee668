"""The part of a specialist that speaks of the link: attempts, the joining, replicas and their answers, reversals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_service.aggregates import specialist_facts as facts
from sync_service.aggregates.aggregate import Aggregate, Event, Journal, evolves
from sync_service.aggregates.specialist_state import (
    Link,
    LinkAttempt,
    LinkKey,
    Replica,
    ReplicaState,
    Reversal,
    Telling,
)
from sync_service.aggregates.values import Portal, Reason

if TYPE_CHECKING:
    from uuid import UUID

    from sync_service.aggregates.specialist_state import Place

    LinkFact = (
        facts.LinkRequested
        | facts.LinkConfirmed
        | facts.LinkDeclined
        | facts.LinkRefused
        | facts.LinkAllowed
        | facts.LinkRefusalUpheld
        | facts.LinkUndone
        | facts.SeparatedFrom
    )


class LinkedHistory(Aggregate):
    """What links do to a history: Specialist adds the accounts and the activities."""

    def __init__(self, stream: UUID, journal: Journal | None = None) -> None:
        super().__init__(stream, journal)
        self.reversals: dict[str, Reversal] = {}
        self.replicas: dict[tuple[Portal, str], Replica] = {}
        self.withdrawn: set[tuple[Portal, str]] = set()
        self.revisions: dict[tuple[Portal, str], int] = {}
        self.attempts: dict[LinkKey, LinkAttempt] = {}
        self.link: Link | None = None
        self.absorbed: tuple[UUID, int] | None = None
        self.absorbed_into: UUID | None = None

    @evolves(facts.ActivityReversed)
    def _activity_reversed(self, fact: facts.ActivityReversed, event: Event) -> None:
        self.reverse(fact.key, Reversal(fact.account, fact.reason, fact.at, place_of(event)))

    def reverse(self, key: str, reversal: Reversal) -> None:
        """Take a credit back; of several reversals the first stands, or is kept for when a moved code comes back."""
        known = self.reversals.get(key)
        if known is not None:
            self.reversals[key] = known.beside(reversal) if known.moved else known
            return
        self.reversals[key] = reversal
        for portal in Portal:
            replica = self.replicas.get((portal, key))
            if self.link and replica and replica.backfill and replica.state is ReplicaState.REQUESTED:
                self.link.open -= 1

    def attempt_of(self, fact: LinkFact, event: Event) -> LinkAttempt:
        """The attempt that a fact speaks of, begun by it if it is the first."""
        key = LinkKey(fact.request_id, fact.edu, fact.sovetnmo)
        return self.attempts.setdefault(key, LinkAttempt(key, event.recorded_at))

    @evolves(facts.LinkRequested)
    def _link_requested(self, fact: facts.LinkRequested, event: Event) -> None:
        self.attempt_of(fact, event).requested = True

    @evolves(facts.LinkConfirmed)
    def _link_confirmed(self, fact: facts.LinkConfirmed, event: Event) -> None:
        self.attempt_of(fact, event).confirmed = True

    @evolves(facts.LinkDeclined)
    def _link_declined(self, fact: facts.LinkDeclined, event: Event) -> None:
        self.attempt_of(fact, event).reason = Reason.DECLINED

    @evolves(facts.LinkRefused)
    def _link_refused(self, fact: facts.LinkRefused, event: Event) -> None:
        attempt = self.attempt_of(fact, event)
        attempt.reason = fact.reason
        attempt.refused_at = event.recorded_at

    @evolves(facts.SpecialistAbsorbed)
    def _specialist_absorbed(self, fact: facts.SpecialistAbsorbed, event: Event) -> None:
        """The absorbed history itself is taken over by `absorb`, by whoever folds or decides."""
        key = LinkKey(fact.request_id, fact.edu, fact.sovetnmo)
        self.link = Link(key, event.recorded_at, event.version, fact.to_edu, fact.to_sovetnmo)
        self.absorbed = (fact.absorbed, fact.absorbed_version)

    @evolves(facts.AbsorbedInto)
    def _absorbed_into(self, fact: facts.AbsorbedInto, _: Event) -> None:
        self.absorbed_into = fact.specialist

    @evolves(facts.LinkProgressed)
    def _link_progressed(self, fact: facts.LinkProgressed, _: Event) -> None:
        if self.link:
            self.link.told = fact.applied

    @evolves(facts.LinkCompleted)
    def _link_completed(self, _fact: facts.LinkCompleted, event: Event) -> None:
        if self.link:
            self.link.completed_at = event.recorded_at

    @evolves(facts.ReplicaRequested)
    def _replica_requested(self, fact: facts.ReplicaRequested, event: Event) -> None:
        self.remember(fact)
        telling = Telling(fact.kind, fact.activity_id, fact.completed_on, fact.title, fact.credits)
        replica = self.replicas.get((fact.account.portal, fact.key))
        if replica is None:
            self.replicas[fact.account.portal, fact.key] = Replica(
                fact.account,
                fact.key,
                telling,
                fact.revision,
                fact.backfill,
                event.recorded_at,
                event.recorded_at,
            )
            if fact.backfill and self.link:
                self.link.open += 1
        else:
            replica.telling = telling
            replica.revision = fact.revision
            replica.asked = fact.asked
            replica.asked_at = event.recorded_at

    @evolves(facts.ReplicaWithdrawn)
    def _replica_withdrawn(self, fact: facts.ReplicaWithdrawn, _: Event) -> None:
        self.remember(fact)

    def remember(self, told: facts.ReplicaRequested | facts.ReplicaWithdrawn) -> None:
        """Remember what an account was told last: portals keep the highest revision, whoever's the account is then."""
        place = told.account.portal, told.key
        self.revisions[place] = told.revision
        if isinstance(told, facts.ReplicaWithdrawn):
            self.withdrawn.add(place)
        else:
            self.withdrawn.discard(place)

    @evolves(facts.ReplicaApplied)
    def _replica_applied(self, fact: facts.ReplicaApplied, event: Event) -> None:
        replica = self._answered(fact, event)
        if self.link and replica.backfill:
            self.link.applied += 1
        replica.state = ReplicaState.APPLIED
        replica.detail = None

    @evolves(facts.ReplicaRejected)
    def _replica_rejected(self, fact: facts.ReplicaRejected, event: Event) -> None:
        replica = self._answered(fact, event)
        replica.state = ReplicaState.REFUSED
        replica.detail = fact.detail

    @evolves(facts.ReplicaDeferred)
    def _replica_deferred(self, fact: facts.ReplicaDeferred, event: Event) -> None:
        replica = self.replicas[fact.account.portal, fact.key]
        replica.answered_at = event.recorded_at
        replica.deferred = True
        replica.detail = fact.detail

    def _answered(self, fact: facts.ReplicaApplied | facts.ReplicaRejected, event: Event) -> Replica:
        replica = self.replicas[fact.account.portal, fact.key]
        replica.answered_at = event.recorded_at
        is_waiting = replica.state is ReplicaState.REQUESTED and fact.key not in self.reversals
        if self.link and replica.backfill and is_waiting:
            self.link.open -= 1
        return replica


def place_of(event: Event) -> Place:
    """Where an event stands in the order of recording."""
    return event.recorded_at, event.position
