"""The specialist: one person, with an account on one portal or, once linked, on both."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from sync_service.aggregates import specialist_facts as facts
from sync_service.aggregates.aggregate import Aggregate, Event, Journal, evolves
from sync_service.aggregates.specialist_state import (
    AccountState,
    Cycle,
    Entry,
    EntrySource,
    Link,
    LinkAttempt,
    LinkKey,
    Replica,
    ReplicaState,
    Reversal,
    Telling,
)
from sync_service.aggregates.values import Account, Portal, Reason, code_key, module_key, programme_key

if TYPE_CHECKING:
    from uuid import UUID


class Specialist(Aggregate):
    """One person's state, folded from their stream and, after a link, from the stream that it absorbed.

    The decisions live beside it: `reporting` (what portals report), `linking`, `replicating`.
    """

    def __init__(self, stream: UUID, journal: Journal | None = None) -> None:
        super().__init__(stream, journal)
        self.by_portal: dict[Portal, AccountState] = {}
        self.entries: dict[str, Entry] = {}
        self.reversals: dict[str, Reversal] = {}
        self.replicas: dict[tuple[Portal, str], Replica] = {}
        self.withdrawn: dict[tuple[Portal, str], int] = {}
        self.cycles: dict[str, Cycle] = {}
        self.attempts: dict[LinkKey, LinkAttempt] = {}
        self.link: Link | None = None
        self.absorbed: tuple[UUID, int] | None = None
        self.absorbed_into: UUID | None = None
        self.taken_codes: set[str] = set()

    @property
    def accounts(self) -> frozenset[Account]:
        """The person's accounts."""
        return frozenset(state.account for state in self.by_portal.values())

    def is_open(self, portal: Portal) -> bool:
        """Whether the person has an account on the portal that is not closed."""
        return portal in self.by_portal and not self.by_portal[portal].is_closed

    def shown_in(self, key: str, portal: Portal) -> str:
        """Where an entry is shown: the wire value of `plan --json`."""
        if portal in self.entries[key].recorded_on:
            return "origin"
        replica = self.replicas.get((portal, key))
        return replica.state.value if replica else "not_linked"

    def key_of_code(self, code: str) -> str | None:
        """The entry that a code of this person gave or came with."""
        if code_key(code) in self.entries:
            return code_key(code)
        return next((key for key, entry in self.entries.items() if entry.code == code), None)

    def absorb(self, other: Specialist) -> None:
        """Take over what the other history holds; from here on this one speaks for both accounts."""
        self.by_portal |= other.by_portal
        for key, entry in other.entries.items():
            own = self.entries.get(key)
            if own is None:
                self.entries[key] = entry
            else:
                first = own if own.came_before(entry) else entry
                first.recorded_on = own.recorded_on | entry.recorded_on
                self.entries[key] = first
        for key, reversal in other.reversals.items():
            if key not in self.reversals or reversal.place < self.reversals[key].place:
                self.reversals[key] = reversal
        for cycle_id, cycle in other.cycles.items():
            if cycle_id not in self.cycles or cycle.place > self.cycles[cycle_id].place:
                self.cycles[cycle_id] = cycle
        self.attempts |= other.attempts
        self.taken_codes |= other.taken_codes

    # Accounts

    @evolves(facts.AccountNoticed)
    def _account_noticed(self, fact: facts.AccountNoticed, _: Event) -> None:
        self.by_portal[fact.account.portal] = AccountState(fact.account)

    @evolves(facts.QualificationReported)
    def _qualification_reported(self, fact: facts.QualificationReported, _: Event) -> None:
        account = self.by_portal[fact.account.portal]
        level, audience, specialties = fact.education_level, fact.audience, fact.specialties
        account.hear(fact.at, education_level=level, audience=audience, specialties=specialties)

    @evolves(facts.PersonalDetailsReported)
    def _personal_details_reported(self, fact: facts.PersonalDetailsReported, _: Event) -> None:
        account = self.by_portal[fact.account.portal]
        account.hear(fact.at, email=fact.email, full_name=fact.full_name, snils=fact.snils)

    @evolves(facts.AccountClosed)
    def _account_closed(self, fact: facts.AccountClosed, _: Event) -> None:
        self.by_portal[fact.account.portal].turn(fact.at, closed=True)

    @evolves(facts.AccountReopened)
    def _account_reopened(self, fact: facts.AccountReopened, _: Event) -> None:
        self.by_portal[fact.account.portal].turn(fact.at, closed=False)

    @evolves(facts.CycleOpened)
    def _cycle_opened(self, fact: facts.CycleOpened, event: Event) -> None:
        self.cycles[fact.cycle_id] = Cycle(fact, (event.recorded_at, event.position))

    # Activities

    @evolves(facts.ActivationRecorded)
    def _activation_recorded(self, fact: facts.ActivationRecorded, event: Event) -> None:
        entry = self._enter(code_key(fact.code), EntrySource.CODE, fact.account, fact.activity_id, event)
        entry.completed_on = fact.activated_at.date()
        entry.activated_at = fact.activated_at
        entry.code = fact.code
        entry.audience = fact.audience
        entry.vouched_for = fact.vouched_for

    @evolves(facts.CompletionRecorded)
    def _completion_recorded(self, fact: facts.CompletionRecorded, event: Event) -> None:
        key = module_key(fact.module_id, fact.completed_on)
        entry = self._enter(key, EntrySource.MODULE, fact.account, fact.module_id, event)
        entry.completed_on = fact.completed_on
        entry.code = fact.code
        self._note_code(fact.code, fact.code_outcome)

    @evolves(facts.ProgrammeRecorded)
    def _programme_recorded(self, fact: facts.ProgrammeRecorded, event: Event) -> None:
        key = programme_key(fact.programme_id, fact.completed_on)
        entry = self._enter(key, EntrySource.PROGRAMME, fact.account, fact.programme_id, event)
        entry.completed_on = fact.completed_on
        entry.hours = fact.hours
        entry.distance_hours = fact.distance_hours
        entry.organisation = fact.organisation

    def _enter(self, key: str, source: EntrySource, origin: Account, activity_id: str, event: Event) -> Entry:
        entry = Entry(
            key=key,
            source=source,
            origin=origin,
            activity_id=activity_id,
            completed_on=date.min,
            position=event.position,
            recorded_at=event.recorded_at,
            recorded_on=frozenset((origin.portal,)),
        )
        self.entries[key] = entry
        return entry

    @evolves(facts.ActivationRefused)
    def _activation_refused(self, fact: facts.ActivationRefused, _: Event) -> None:
        self._note_code(fact.code, fact.reason)

    @evolves(facts.CodeNoted)
    def _code_noted(self, fact: facts.CodeNoted, _: Event) -> None:
        self._note_code(fact.code, fact.outcome)

    def _note_code(self, code: str | None, outcome: Reason | None) -> None:
        if code is not None and outcome is Reason.CODE_TAKEN:
            self.taken_codes.add(code)

    @evolves(facts.ActivityReversed)
    def _activity_reversed(self, fact: facts.ActivityReversed, event: Event) -> None:
        if fact.key in self.reversals:
            return
        self.reversals[fact.key] = Reversal(fact.account, fact.reason, fact.at, (event.recorded_at, event.position))
        for portal in Portal:
            replica = self.replicas.get((portal, fact.key))
            if self.link and replica and replica.backfill and replica.state is ReplicaState.REQUESTED:
                self.link.open -= 1

    @evolves(facts.CodeCorrected)
    def _code_corrected(self, fact: facts.CodeCorrected, _: Event) -> None:
        entry = self.entries[code_key(fact.code)]
        if entry.activity_id != fact.activity_id:
            entry.vouched_for = entry.activity_id
        entry.activity_id = fact.activity_id
        entry.audience = fact.audience

    @evolves(facts.CodeRevoked)
    def _code_revoked(self, fact: facts.CodeRevoked, _: Event) -> None:
        self.entries[code_key(fact.code)].code_revoked_at = fact.at

    @evolves(facts.ActivationRepeated, facts.CompletionRefused, facts.MessageNoted, facts.IdentityConflictNoticed)
    def _stays_as_it_is(self, _fact: object, _: Event) -> None:
        """History remembers it; no decision depends on it."""

    # Links

    def _attempt(
        self, fact: facts.LinkRequested | facts.LinkConfirmed | facts.LinkDeclined | facts.LinkRefused, event: Event
    ) -> LinkAttempt:
        key = LinkKey(fact.request_id, fact.edu, fact.sovetnmo)
        return self.attempts.setdefault(key, LinkAttempt(key, event.recorded_at))

    @evolves(facts.LinkRequested)
    def _link_requested(self, fact: facts.LinkRequested, event: Event) -> None:
        self._attempt(fact, event).requested = True

    @evolves(facts.LinkConfirmed)
    def _link_confirmed(self, fact: facts.LinkConfirmed, event: Event) -> None:
        self._attempt(fact, event).confirmed = True

    @evolves(facts.LinkDeclined)
    def _link_declined(self, fact: facts.LinkDeclined, event: Event) -> None:
        self._attempt(fact, event).reason = Reason.DECLINED

    @evolves(facts.LinkRefused)
    def _link_refused(self, fact: facts.LinkRefused, event: Event) -> None:
        self._attempt(fact, event).reason = fact.reason

    @evolves(facts.SpecialistAbsorbed)
    def _specialist_absorbed(self, fact: facts.SpecialistAbsorbed, event: Event) -> None:
        """The absorbed history itself is taken over by `absorb`, by whoever folds or decides."""
        key = LinkKey(fact.request_id, fact.edu, fact.sovetnmo)
        self.link = Link(key, event.recorded_at, to_edu=fact.to_edu, to_sovetnmo=fact.to_sovetnmo)
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

    # Replicas

    @evolves(facts.ReplicaRequested)
    def _replica_requested(self, fact: facts.ReplicaRequested, event: Event) -> None:
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
        self.withdrawn[fact.account.portal, fact.key] = fact.revision

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
