"""The part of a specialist that people decide on: cases about the identity, a link undone, a credit taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_service.aggregates import specialist_facts as facts
from sync_service.aggregates.aggregate import Event, Journal, evolves
from sync_service.aggregates.specialist_links import LinkedHistory, place_of
from sync_service.aggregates.specialist_state import Reversal
from sync_service.aggregates.values import Portal, Reason

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sync_service.aggregates.specialist_state import AccountState, LinkAttempt


class DecidedHistory(LinkedHistory):
    """What decisions do to a history. `tolerated` are the СНИЛС that differ and raise no case again."""

    def __init__(self, stream: UUID, journal: Journal | None = None) -> None:
        super().__init__(stream, journal)
        self.by_portal: dict[Portal, AccountState] = {}
        self.conflict_since: datetime | None = None
        self.tolerated: frozenset[str] = frozenset()

    def identities(self) -> frozenset[str]:
        """Every СНИЛС that the person's accounts carry; more than one means that they may be two people's."""
        return frozenset(state.get("snils") for state in self.by_portal.values()) - {None}

    @property
    def is_doubtful(self) -> bool:
        """Whether the accounts are joined and carry different СНИЛС that nobody has decided to live with."""
        found = self.identities()
        return self.link is not None and len(found) > 1 and found != self.tolerated

    @property
    def has_conflict(self) -> bool:
        """Whether СНИЛС that differ came after the joining, and people have to decide on it."""
        return self.conflict_since is not None and self.is_doubtful

    def cases(self) -> list[LinkAttempt]:
        """The attempts of the person's edu account that wait for people, oldest first; none once it is linked."""
        edu = self.by_portal.get(Portal.EDU)
        if edu is None or self.link is not None:
            return []
        own = edu.account.account_id
        return [
            attempt
            for attempt in self.attempts.values()
            if attempt.is_case and attempt.key.edu == own and not any(one.is_erased for one in attempt.key.accounts)
        ]

    @evolves(facts.IdentityConflictNoticed)
    def _identity_conflict_noticed(self, _fact: facts.IdentityConflictNoticed, event: Event) -> None:
        self.conflict_since = self.conflict_since or event.recorded_at

    @evolves(facts.LinkAllowed)
    def _link_allowed(self, fact: facts.LinkAllowed, event: Event) -> None:
        self.attempt_of(fact, event).reason = None

    @evolves(facts.LinkRefusalUpheld)
    def _link_refusal_upheld(self, fact: facts.LinkRefusalUpheld, event: Event) -> None:
        self.attempt_of(fact, event).upheld = True

    @evolves(facts.LinkKept)
    def _link_kept(self, _fact: facts.LinkKept, _: Event) -> None:
        self.tolerated = self.identities()
        self.conflict_since = None

    @evolves(facts.LinkUndone)
    def _link_undone(self, fact: facts.LinkUndone, event: Event) -> None:
        """What was recorded meanwhile is sorted out by whoever folds or decides (`folding`)."""
        self._end_attempts(fact, event)
        self.link = None
        self.absorbed = None

    @evolves(facts.SeparatedFrom)
    def _separated_from(self, fact: facts.SeparatedFrom, event: Event) -> None:
        self._end_attempts(fact, event)
        self.absorbed_into = None

    def _end_attempts(self, fact: facts.LinkUndone | facts.SeparatedFrom, event: Event) -> None:
        """The attempt is over, and so are earlier ones of the same accounts that waited for people: they decided."""
        ended = self.attempt_of(fact, event)
        ended.reason = Reason.UNDONE
        for attempt in self.attempts.values():
            if attempt.is_case and attempt.key.accounts == ended.key.accounts:
                attempt.upheld = True

    @evolves(facts.CreditReversed)
    def _credit_reversed(self, fact: facts.CreditReversed, event: Event) -> None:
        self.reverse(fact.key, Reversal(None, fact.reason, event.recorded_at, place_of(event)))
