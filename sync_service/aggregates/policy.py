"""The rule book: which policies were adopted, what they ask for, and which portals took codes when.

There is one stream of all adoptions, so that one query gives what held at any position of the log.
"""

from __future__ import annotations

from datetime import date

import msgspec

from sync_service.aggregates.aggregate import Aggregate, Fact, Journal, evolves
from sync_service.aggregates.identifiers import named
from sync_service.aggregates.values import Portal

RULE_BOOK = named("policy:rule-book")
"""The stream of the rule book."""


class Targets(msgspec.Struct, frozen=True):
    """What a whole cycle asks for: credits by events and modules, academic hours by programmes; None asks nothing."""

    events: float | None = None
    modules: float | None = None
    programme_hours: float | None = None
    distance_hours: float | None = None


class Altogether(msgspec.Struct, frozen=True):
    """What a whole cycle asks for in sums: `activity` is events and modules in any split, `credits` everything."""

    activity: float | None = None
    credits: float | None = None


class CodePeriod(msgspec.Struct, frozen=True, omit_defaults=True):
    """Which portals took codes from one day to another, both included; without a last day, from then on."""

    portals: tuple[Portal, ...]
    valid_from: date
    valid_until: date | None = None

    def holds(self, on: date) -> bool:
        """Whether the day lies in the period."""
        return _holds(self.valid_from, on, self.valid_until)


class PolicyAdopted(Fact, frozen=True):
    """A policy was adopted: what a cycle that begins on one of its days asks for; a later adoption of the name wins.

    `years` is how long such a cycle lasts. `is_default`: cycles of these days that name no policy go by it.
    """

    TYPE = "policy.adopted.v1"
    policy: str
    title_ru: str
    title_en: str
    targets: Targets
    valid_from: date
    valid_until: date | None = None
    years: int = 5
    altogether: Altogether | None = None
    is_default: bool = False

    def holds(self, on: date) -> bool:
        """Whether a cycle that begins on this day goes by it."""
        return _holds(self.valid_from, on, self.valid_until)


class CodePortalsAdopted(Fact, frozen=True):
    """It was adopted which portals took codes when; it replaces all that was said of this before.

    On a day of no period both portals take codes.
    """

    TYPE = "policy.code_portals_adopted.v1"
    policy: str
    title_ru: str
    title_en: str
    periods: tuple[CodePeriod, ...]


class RuleBook(Aggregate):
    """All policies that were adopted; those that the service ships are the base beneath (`policies.targets`)."""

    def __init__(self, journal: Journal | None = None) -> None:
        super().__init__(RULE_BOOK, journal)
        self.adopted: list[PolicyAdopted] = []
        self.code_portals: CodePortalsAdopted | None = None

    def adopt(self, fact: PolicyAdopted | CodePortalsAdopted) -> bool:
        """Record the adoption; False if it would change nothing."""
        if self.has(fact):
            return False
        self.record(fact)
        return True

    def has(self, fact: PolicyAdopted | CodePortalsAdopted) -> bool:
        """Whether just this was adopted, and nothing after it that took its place."""
        if isinstance(fact, CodePortalsAdopted):
            return fact == self.code_portals
        rivals = [one for one in self.adopted if one.policy == fact.policy or (fact.is_default and one.is_default)]
        return bool(rivals) and rivals[-1] == fact

    def in_force(self, policy: str, on: date) -> PolicyAdopted | None:
        """The adopted policy of this name for a cycle that begins on this day; the latest adoption wins."""
        return next((one for one in reversed(self.adopted) if one.policy == policy and one.holds(on)), None)

    def default_on(self, on: date) -> PolicyAdopted | None:
        """The adopted policy for a cycle that begins on this day and names none; None leaves it to the Model."""
        held = (one for one in reversed(self.adopted) if one.is_default and one.holds(on))
        return next((one for one in held if self.in_force(one.policy, on) is one), None)

    def takes_codes(self, portal: Portal, on: date) -> bool:
        """Whether a portal took codes on a day (DOMAIN.md, «Where codes are activated»)."""
        periods = self.code_portals.periods if self.code_portals else ()
        return all(portal in period.portals for period in periods if period.holds(on))

    @evolves(PolicyAdopted)
    def _adopted(self, fact: PolicyAdopted, _: object) -> None:
        self.adopted.append(fact)

    @evolves(CodePortalsAdopted)
    def _code_portals_adopted(self, fact: CodePortalsAdopted, _: object) -> None:
        self.code_portals = fact


def _holds(first: date, on: date, last: date | None) -> bool:
    return first <= on and (last is None or on <= last)
