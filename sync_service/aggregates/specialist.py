"""The specialist: one person, with an account on one portal or, once linked, on both."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from sync_service.aggregates import specialist_facts as facts
from sync_service.aggregates.aggregate import Event, Journal, evolves
from sync_service.aggregates.coverage import Qualification
from sync_service.aggregates.specialist_decisions import DecidedHistory
from sync_service.aggregates.specialist_links import place_of
from sync_service.aggregates.specialist_state import AccountState, Cycle, Entry, EntrySource, Reversal
from sync_service.aggregates.values import Account, Portal, Reason, code_key, module_key, module_of, programme_key

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sync_service.aggregates.specialist_state import Place

QUALIFICATION_FIELDS = Qualification.__struct_fields__


class Specialist(DecidedHistory):
    """One person's state, folded from their stream and, after a link, from the stream that it absorbed.

    The decisions live beside it: `reporting` (what portals report), `linking`, `replicating`.
    """

    def __init__(self, stream: UUID, journal: Journal | None = None) -> None:
        super().__init__(stream, journal)
        self.entries: dict[str, Entry] = {}
        self.cycles: dict[str, Cycle] = {}
        self.taken_codes: set[str] = set()
        self.repeated_codes: set[str] = set()
        self.is_erased = False
        """Whether the person was erased: the history says what is left when nobody is known."""
        self._training: Qualification | None = None

    @property
    def weight(self) -> int:
        """About how much memory the person takes (bytes)."""
        noted = len(self.taken_codes) + len(self.repeated_codes) + len(self.reversals)
        return 2_500 + 850 * (len(self.entries) + len(self.replicas)) + 400 * len(self.attempts) + 150 * noted

    @property
    def accounts(self) -> frozenset[Account]:
        """The person's accounts."""
        return frozenset(state.account for state in self.by_portal.values())

    def qualification(self) -> Qualification:
        """What the person is trained in: field by field the latest that any of their accounts said."""
        if self._training is None:
            latest: dict[str, tuple[datetime, Place, Any]] = {}
            for account in self.by_portal.values():
                for field, said in account.said.items():
                    if field not in latest or said[:2] >= latest[field][:2]:
                        latest[field] = said
            values = (latest[field][2] if field in latest else None for field in QUALIFICATION_FIELDS)
            self._training = Qualification(*values)
        return self._training

    def is_open(self, portal: Portal) -> bool:
        """Whether the person has an account on the portal that is not closed; of an erased one nothing is known."""
        return portal in self.by_portal and not self.by_portal[portal].is_closed and not self.is_erased

    def shown_in(self, key: str, portal: Portal) -> str:
        """Where an entry is shown: the wire value of `plan --json`."""
        if portal in self.entries[key].recorded_on:
            return "origin"
        replica = self.replicas.get((portal, key))
        return replica.state.value if replica else "not_linked"

    def own_code(self, entry: Entry) -> str | None:
        """The code that gave the entry, or came beside a module; never one that another person has."""
        is_own = entry.source is EntrySource.CODE or entry.code not in self.taken_codes
        return entry.code if is_own else None

    def key_of_code(self, code: str) -> str | None:
        """The entry that a code of this person gave or came with."""
        if code_key(code) in self.entries:
            return code_key(code)
        return next((key for key, entry in self.entries.items() if entry.code == code), None)

    def absorb(self, other: Specialist) -> None:
        """Take over what the other history holds; from here on this one speaks for both accounts."""
        self.let_go_of_what_moved_to(other)
        other.let_go_of_what_moved_to(self)
        self.by_portal |= other.by_portal
        self.is_erased |= other.is_erased
        self._training = None
        self.tolerated = self.identities()
        self.withdrawn |= other.withdrawn
        self.revisions |= other.revisions
        for key, entry in other.entries.items():
            own = self.entries.get(key)
            if own is None:
                self.entries[key] = entry
            else:
                first = own if own.came_before(entry) else entry
                first.recorded_on = own.recorded_on | entry.recorded_on
                self.entries[key] = first
        for key, reversal in other.reversals.items():
            self.reversals[key] = self.reversals[key].beside(reversal) if key in self.reversals else reversal
        for cycle_id, cycle in other.cycles.items():
            if cycle_id not in self.cycles or cycle.place > self.cycles[cycle_id].place:
                self.cycles[cycle_id] = cycle
        self.attempts |= other.attempts
        self.taken_codes |= other.taken_codes
        self.repeated_codes |= other.repeated_codes

    def let_go_of_what_moved_to(self, other: Specialist) -> None:
        """Forget the credits of codes that were moved from this person to the other: the two are about to be one."""
        moved = [key for key, reversal in self.reversals.items() if reversal.moved and other.has(key)]
        for key in moved:
            del self.reversals[key]
            self.entries.pop(key, None)

    def has(self, key: str) -> bool:
        """Whether the person has the entry, counted or not, and its code was not moved to somebody else."""
        return key in self.entries and not (key in self.reversals and self.reversals[key].moved)

    def become(self, other: Specialist) -> None:
        """Take over the state of another folding of this same history."""
        state = vars(other) | {"_journal": self._journal}
        vars(self).clear()
        vars(self).update(state)

    # Accounts

    @evolves(facts.AccountNoticed)
    def _account_noticed(self, fact: facts.AccountNoticed, _: Event) -> None:
        self.by_portal[fact.account.portal] = AccountState(fact.account)
        self.is_erased |= fact.account.is_erased

    @evolves(facts.QualificationReported)
    def _qualification_reported(self, fact: facts.QualificationReported, event: Event) -> None:
        account = self.by_portal[fact.account.portal]
        level, audience, specialties = fact.education_level, fact.audience, fact.specialties
        account.hear(fact.at, place_of(event), education_level=level, audience=audience, specialties=specialties)
        self._training = None

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
        self._enter_module(fact.account, fact.module_id, fact.completed_on, fact.code, event)
        self._note_code(fact.code, fact.code_outcome)

    @evolves(facts.ProgrammeRecorded)
    def _programme_recorded(self, fact: facts.ProgrammeRecorded, event: Event) -> None:
        key = programme_key(fact.programme_id, fact.completed_on)
        entry = self._enter(key, EntrySource.PROGRAMME, fact.account, fact.programme_id, event)
        entry.completed_on = fact.completed_on
        entry.hours = fact.hours
        entry.distance_hours = fact.distance_hours
        entry.organisation = fact.organisation

    def _enter_module(self, account: Account, module_id: str, on: date, code: str | None, event: Event) -> None:
        entry = self._enter(module_key(module_id, on), EntrySource.MODULE, account, module_id, event)
        entry.completed_on = on
        entry.code = code

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
    def _code_noted(self, fact: facts.CodeNoted, event: Event) -> None:
        self._note_code(fact.code, fact.outcome)
        if fact.key not in self.entries:  # the link that made the completion known is undone
            module_id, completed_on = module_of(fact.key)
            self._enter_module(fact.account, module_id, completed_on, fact.code, event)

    @evolves(facts.ActivationRepeated)
    def _activation_repeated(self, fact: facts.ActivationRepeated, _: Event) -> None:
        self._note_code(fact.code, Reason.CODE_ALREADY_YOURS)

    def _note_code(self, code: str | None, outcome: Reason | None) -> None:
        if code is not None and outcome is Reason.CODE_TAKEN:
            self.taken_codes.add(code)
        elif code is not None and outcome is Reason.CODE_ALREADY_YOURS:
            self.repeated_codes.add(code)

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

    @evolves(facts.CodeMovedAway)
    def _code_moved_away(self, fact: facts.CodeMovedAway, event: Event) -> None:
        key = code_key(fact.code)
        if key in self.entries:
            known = self.reversals.get(key)
            before = known.before if known is not None and known.moved else known
            mark = Reversal(None, fact.reason, event.recorded_at, place_of(event), moved=True, before=before)
            self.reverse(key, mark)
            self.reversals[key] = mark

    @evolves(facts.CodeMovedHere)
    def _code_moved_here(self, fact: facts.CodeMovedHere, event: Event) -> None:
        """One that was moved away before is back: what portals were told of it then no longer holds.

        A reversal does, and a completion that came with the code is its credit: there is no second one.
        """
        if fact.key in self.entries:
            return
        key = code_key(fact.code)
        if key in self.reversals and self.reversals[key].moved:
            reversal = self.reversals.pop(key).before
            if reversal is not None:
                self.reversals[key] = reversal
        for portal in Portal:
            self.replicas.pop((portal, key), None)
            self.withdrawn.discard((portal, key))
        entry = self._enter(key, EntrySource.CODE, fact.account, fact.activity_id, event)
        entry.completed_on = fact.completed_on
        entry.activated_at = fact.activated_at
        entry.code = fact.code
        entry.audience = fact.audience

    @evolves(
        facts.CompletionRefused,
        facts.MessageNoted,
        facts.SpecialistErased,
        facts.PartnerErased,
        facts.MessageRefusedAsErased,
    )
    def _stays_as_it_is(self, _fact: object, _: Event) -> None:
        """History remembers it; no decision depends on it."""
