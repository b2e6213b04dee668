"""Adopts a policy from its file: says for how many cycles it changes what is asked for, and records the adoption."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import msgspec

from sync_service.aggregates.policy import CodePortalsAdopted, PolicyAdopted, RuleBook
from sync_service.policies.files import read_policy
from sync_service.policies.targets import policy_for, rule_book

if TYPE_CHECKING:
    from datetime import date

    from sync_service.application import Application
    from sync_service.event_store import EventStore
    from sync_service.projections.view_store import ViewStore
    from sync_service.unit_of_work import UnitOfWork


class Adoption(msgspec.Struct, frozen=True):
    """What an adoption changes: of so many `cycles`, `cycles_changed` go by other targets than before."""

    policy: str
    is_new: bool
    cycles: int
    cycles_changed: int
    fact: PolicyAdopted | CodePortalsAdopted


def foresee(store: EventStore, views: ViewStore, content: bytes) -> Adoption:
    """What the adoption of a file would change, by the cycles of the live views; raises PolicyMalformed."""
    fact = read_policy(content)
    before, after = rule_book(store), _with(rule_book(store), fact)
    cycles = views.spread("learning_plan", "cycles", "policy", "starts_on")
    changed = sum(
        count
        for (named, starts_on), count in cycles.items()
        if _asked(before, named, starts_on) != _asked(after, named, starts_on)
    )
    return Adoption(fact.policy, not before.has(fact), sum(cycles.values()), changed, fact)


def adopt(application: Application, fact: PolicyAdopted | CodePortalsAdopted) -> bool:
    """Record the adoption; False if just this is what holds already."""
    recorded: list[bool] = []

    def decide(work: UnitOfWork) -> None:
        recorded.append(work.rule_book().adopt(fact))

    application.act(decide)
    return recorded[-1]


def _asked(book: RuleBook, named: object, starts_on: object) -> object:
    """What a cycle with these values of its row is asked for."""
    policy = policy_for(book, cast("str | None", named), cast("date", starts_on))
    return policy.policy, policy.targets, policy.altogether


def _with(book: RuleBook, fact: PolicyAdopted | CodePortalsAdopted) -> RuleBook:
    """The book as it would be after the adoption."""
    if isinstance(fact, CodePortalsAdopted):
        book.code_portals = fact
    elif not book.has(fact):
        book.adopted.append(fact)
    return book
