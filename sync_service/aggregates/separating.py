"""Which part of what was recorded of two joined accounts is each one's own: what is left when the link is undone.

An account's own is what its portal reported of it, and what the catalogue brought about in that. What the other portal
reported, the replicas, and the link itself were the pair's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_service.aggregates import specialist_facts as facts
from sync_service.aggregates.values import Account, Portal, code_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sync_service.aggregates.aggregate import Event, Fact
    from sync_service.aggregates.specialist import Specialist

_TOLD = (facts.ReplicaRequested, facts.ReplicaWithdrawn)
_ONLY_TOLD = (facts.ReplicaApplied, facts.ReplicaRejected, facts.ReplicaDeferred, facts.IdentityConflictNoticed)
_OF_ATTEMPTS = (
    facts.LinkRequested,
    facts.LinkConfirmed,
    facts.LinkDeclined,
    facts.LinkRefused,
    facts.LinkAllowed,
    facts.LinkRefusalUpheld,
)
_OF_THE_PAIR = (facts.LinkProgressed, facts.LinkCompleted, facts.LinkKept)
_OF_CODES = (facts.CodeCorrected, facts.CodeRevoked)


def go_on_alone(person: Specialist, account: Account, joint: Iterable[Event]) -> Iterator[Event]:
    """Change a person, as they were before the joining, by those of the pair's events that are their account's own.

    Gives the events that belong in the person's story, in order: also those that say what the account was shown, and
    how the link went, though they leave nothing behind but the revisions that its portal was told.
    """
    for event in joint:
        fact = event.fact
        if isinstance(fact, _TOLD):
            if fact.account == account:
                person.remember(fact)
                yield event
        elif isinstance(fact, _ONLY_TOLD):
            if fact.account == account:
                yield event
        elif isinstance(fact, _OF_THE_PAIR):
            yield event
        elif _is_own(person, account, fact):
            person.evolve(event)
            yield event


def _is_own(person: Specialist, account: Account, fact: Fact) -> bool:
    if isinstance(fact, _OF_ATTEMPTS):
        return account in {Account(Portal.EDU, fact.edu), Account(Portal.SOVETNMO, fact.sovetnmo)}
    if isinstance(fact, _OF_CODES):
        return code_key(fact.code) in person.entries
    if isinstance(fact, facts.CreditReversed):
        return fact.key in person.entries
    return getattr(fact, "account", None) == account
