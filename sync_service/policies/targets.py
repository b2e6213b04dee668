"""Targets of a cycle as data: which policy holds for a cycle, what it asks for, and what remains."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

import msgspec

from sync_service.aggregates.policy import RULE_BOOK, Altogether, PolicyAdopted, RuleBook
from sync_service.policies.files import read_policy

if TYPE_CHECKING:
    from datetime import date

    from sync_service.aggregates.policy import Targets
    from sync_service.event_store import EventStore

DEFAULT_POLICY = "model-144"


class Totals(msgspec.Struct, frozen=True):
    """Credits by events and by modules, academic hours of programmes, and how many of these at a distance."""

    events: float = 0
    modules: float = 0
    programme_hours: float = 0
    distance_hours: float = 0

    def missing_to(self, targets: Targets) -> Totals:
        """What is still missing to these targets: never less than nothing, and nothing where there is no target."""
        names = self.__struct_fields__
        return Totals(**{name: _missing(getattr(targets, name), getattr(self, name)) for name in names})


class Sums(msgspec.Struct, frozen=True):
    """Credits by events and modules together, and by everything together."""

    activity: float
    credits: float


class SumsShown(msgspec.Struct, frozen=True):
    """What a policy asks for in sums, what was reached, and what remains."""

    targets: Altogether
    totals: Sums
    remaining: Sums


def sums_of(policy: PolicyAdopted, totals: Totals) -> SumsShown | None:
    """How a cycle's totals stand against its policy's sums; None for a policy that has none."""
    if policy.altogether is None:
        return None
    activity = totals.events + totals.modules
    reached = Sums(activity, activity + totals.programme_hours)
    asked = policy.altogether
    remaining = Sums(_missing(asked.activity, reached.activity), _missing(asked.credits, reached.credits))
    return SumsShown(asked, reached, remaining)


@lru_cache
def shipped_policies() -> dict[str, PolicyAdopted]:
    """The policies that come with the service, by name: the base that is always there."""
    texts = [file.read_bytes() for file in files(__package__).iterdir() if file.name.endswith(".toml")]
    found = [fact for text in texts if isinstance(fact := read_policy(text), PolicyAdopted)]
    return {policy.policy: policy for policy in found}


def rule_book(store: EventStore, until: int | None = None) -> RuleBook:
    """What was adopted at or before a position, or up to the log's head; one query."""
    return RuleBook().fold(store.load([RULE_BOOK], until).get(RULE_BOOK, []))


def policy_for(book: RuleBook, named: str | None, starts_on: date) -> PolicyAdopted:
    """The policy of a cycle that begins on this day: the one that it names, or else the default of that day.

    A name that nobody adopted and nobody shipped counts as none; where no default was adopted, it is the Model.
    """
    found = _named(book, named, starts_on) if named else None
    return found or book.default_on(starts_on) or _named(book, DEFAULT_POLICY, starts_on) or _model()


def _named(book: RuleBook, policy: str, on: date) -> PolicyAdopted | None:
    return book.in_force(policy, on) or shipped_policies().get(policy)


def _model() -> PolicyAdopted:
    return shipped_policies()[DEFAULT_POLICY]


def _missing(target: float | None, reached: float) -> float:
    return 0 if target is None else max(0, target - reached)
