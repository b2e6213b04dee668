"""Decisions on the one-time link: request, confirmation, decline, and the joining (CONTRACT.md, «Links»)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sync_service.aggregates import replicating
from sync_service.aggregates import specialist_facts as facts
from sync_service.aggregates.values import Portal, Reason

if TYPE_CHECKING:
    from collections.abc import Callable

    from sync_service.aggregates.activity import Activity
    from sync_service.aggregates.aggregate import Fact
    from sync_service.aggregates.specialist import Specialist
    from sync_service.aggregates.specialist_state import LinkAttempt, LinkKey

    Catalogue = Callable[[str], Activity]


class Pair:
    """The two people whom a link message names; one person, if they are joined already."""

    def __init__(self, edu: Specialist, sovetnmo: Specialist, key: LinkKey) -> None:
        self.edu = edu
        self.sovetnmo = sovetnmo
        self.key = key

    @property
    def is_joined(self) -> bool:
        """Whether both accounts are one person's."""
        return self.edu is self.sovetnmo

    @property
    def is_taken(self) -> bool:
        """Whether one of the two accounts is joined to a third."""
        return not self.is_joined and (self.edu.link is not None or self.sovetnmo.link is not None)

    @property
    def attempt(self) -> LinkAttempt | None:
        """This attempt as far as it came."""
        return self.edu.attempts.get(self.key)

    def record(self, fact: Fact) -> None:
        """Write a fact in both histories."""
        self.edu.record(fact)
        self.sovetnmo.record(fact)

    def hear(self, said: facts.LinkRequested | facts.LinkConfirmed | facts.LinkDeclined) -> Reason | None:
        """Record what a portal says of this link; None if that changes nothing.

        What makes the pair complete is refused when the pair may not be joined.
        """
        if self.is_joined:
            return None
        if self.is_taken and not isinstance(said, facts.LinkDeclined):
            return self.refuse(Reason.ALREADY_LINKED)
        if self.attempt and (self.attempt.is_refused or self._is_known(self.attempt, said)):
            return None
        self.record(said)
        if self.is_complete:
            if self.has_closed:
                return self.refuse(Reason.ACCOUNT_CLOSED)
            if self._has_other_identity():
                return self.refuse(Reason.IDENTITY_MISMATCH)
        return Reason.ACCEPTED

    @property
    def is_complete(self) -> bool:
        """Whether both halves are there and nothing refused them."""
        attempt = self.attempt
        return attempt is not None and attempt.requested and attempt.confirmed and not attempt.is_refused

    def refuse(self, reason: Reason) -> Reason:
        """End the attempt without a link."""
        self.record(facts.LinkRefused(reason=reason, **self.names()))
        return reason

    def join(self, catalogue: Catalogue) -> None:
        """Make the two one person: the edu account's history absorbs the other, and each side is shown the other's."""
        edu, sovetnmo = self.edu, self.sovetnmo
        edu.let_go_of_what_moved_to(sovetnmo)
        sovetnmo.let_go_of_what_moved_to(edu)
        withdrawals = _newly_reversed(edu, sovetnmo) + _newly_reversed(sovetnmo, edu)
        to_edu = _to_show(sovetnmo, edu)
        to_sovetnmo = _to_show(edu, sovetnmo)
        version = sovetnmo.version
        sovetnmo.record(facts.AbsorbedInto(specialist=edu.id, **self.names()))
        edu.record(
            facts.SpecialistAbsorbed(
                absorbed=sovetnmo.id,
                absorbed_version=version,
                to_edu=len(to_edu),
                to_sovetnmo=len(to_sovetnmo),
                **self.names(),
            )
        )
        edu.absorb(sovetnmo)
        for key in withdrawals:
            replicating.withdraw(edu, key)
        for portal, keys in ((Portal.EDU, to_edu), (Portal.SOVETNMO, to_sovetnmo)):
            for key in keys:
                replicating.request(edu, portal, edu.entries[key], catalogue, backfill=True)
        replicating.tell_progress(edu)

    def _is_known(self, attempt: LinkAttempt, said: Fact) -> bool:
        return attempt.requested if isinstance(said, facts.LinkRequested) else attempt.confirmed

    @property
    def has_closed(self) -> bool:
        """Whether one of the two accounts is closed."""
        return not (self.edu.is_open(Portal.EDU) and self.sovetnmo.is_open(Portal.SOVETNMO))

    def _has_other_identity(self) -> bool:
        edu = self.edu.by_portal[Portal.EDU].get("snils")
        sovetnmo = self.sovetnmo.by_portal[Portal.SOVETNMO].get("snils")
        return bool(edu and sovetnmo and edu != sovetnmo)

    def names(self) -> dict[str, Any]:
        """The request and the two accounts, as facts have them."""
        return {"request_id": self.key.request_id, "edu": self.key.edu, "sovetnmo": self.key.sovetnmo}


def _newly_reversed(person: Specialist, other: Specialist) -> list[str]:
    return [key for key in other.reversals if key in person.entries and key not in person.reversals]


def _to_show(person: Specialist, other: Specialist) -> list[str]:
    """The keys of the one that the other's account is to show."""
    return [
        key
        for key in person.entries
        if key not in other.entries and key not in person.reversals and key not in other.reversals
    ]
