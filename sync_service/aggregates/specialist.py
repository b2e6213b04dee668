"""The specialist: one person, with an account on one portal or, once linked, on both."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from sync_service.aggregates import specialist_facts as facts
from sync_service.aggregates.aggregate import Event, Journal, evolves
from sync_service.aggregates.coverage import Qualification
from sync_service.aggregates.specialist_links import LinkedHistory, place_of
from sync_service.aggregates.specialist_state import (
    AccountState,
    Cycle,
    Entry,
    EntrySource,
)
from sync_service.aggregates.values import Account, Portal, Reason, code_key, module_key, programme_key

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sync_service.aggregates.specialist_state import Place

QUALIFICATION_FIELDS = Qualification.__struct_fields__


class Specialist(LinkedHistory):
    """One person's state, folded from their stream and, after a link, from the stream that it absorbed.

    The decisions live beside it: `reporting` (what portals report), `linking`, `replicating`.
    """

    def __init__(self, stream: UUID, journal: Journal | None = None) -> None:
        super().__init__(stream, journal)
        self.by_portal: dict[Portal, AccountState] = {}
        self.entries: dict[str, Entry] = {}
        self.cycles: dict[str, Cycle] = {}
        self.taken_codes: set[str] = set()

    @property
    def accounts(self) -> frozenset[Account]:
        """The person's accounts."""
        return frozenset(state.account for state in self.by_portal.values())

    def qualification(self) -> Qualification:
        """What the person is trained in: field by field the latest that any of their accounts said."""
        latest: dict[str, tuple[datetime, Place, Any]] = {}
        for account in self.by_portal.values():
            for field, said in account.said.items():
                if field not in latest or said[:2] >= latest[field][:2]:
                    latest[field] = said
        return Qualification(*(latest[field][2] if field in latest else None for field in QUALIFICATION_FIELDS))

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
    def _qualification_reported(self, fact: facts.QualificationReported, event: Event) -> None:
        account = self.by_portal[fact.account.portal]
        level, audience, specialties = fact.education_level, fact.audience, fact.specialties
        account.hear(fact.at, place_of(event), education_level=level, audience=audience, specialties=specialties)

    @evolves(facts.PersonalDetailsReported)
    def _personal_details_reported(self, fact: facts.PersonalDetailsReported, event: Event) -> None:
        account = self.by_portal[fact.account.portal]
        account.hear(fact.at, place_of(event), email=fact.email, full_name=fact.full_name, snils=fact.snils)

    @evolves(facts.AccountClosed)
    def _account_closed(self, fact: facts.AccountClosed, _: Event) -> None:
        self.by_portal[fact.account.portal].turn(fact.at, closed=True)

    @evolves(facts.AccountReopened)
    def _account_reopened(self, fact: facts.AccountReopened, _: Event) -> None:
        self.by_portal[fact.account.portal].turn(fact.at, closed=False)

    @evolves(facts.CycleOpened)
    def _cycle_opened(self, fact: facts.CycleOpened, event: Event) -> None:
        self.cycles[fact.cycle_id] = Cycle(fact, place_of(event))

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
