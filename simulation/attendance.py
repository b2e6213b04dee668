"""The chapter of events: days are published, codes are issued in batches, and people type them in bursts."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from simulation.catalogue import Activity, amended, foreign_congress, forum_days, seminar, unlisted_seminar
from simulation.chance import happens
from simulation.codes import code_key, printed
from simulation.handwriting import mistyped, new_code, typed
from simulation.script import Deed
from simulation.wire import CATALOGUE

if TYPE_CHECKING:
    from random import Random

    from simulation.people import Account, Person
    from simulation.script import Script

BATCH_CODES = 25
"""How many codes a `codes.issued` of the catalogue carries here; the contract allows 10,000."""

_SPARE_SHARE = 0.1


class Plan(NamedTuple):
    """When, in parts of the life, an activity is published, its codes are issued, and its people begin to type."""

    activity: Activity
    share: float
    published: float
    issued: float | None
    burst: float
    late_audience: str | None = None


def plans() -> tuple[Plan, ...]:
    """The events of the story: the third day is published late, and one batch of codes comes after its people typed."""
    first, second, third = forum_days()
    return (
        Plan(first, 0.7, 0.0, 0.03, 0.20),
        Plan(second, 0.6, 0.0, 0.03, 0.38, late_audience="nurses"),
        Plan(third, 0.6, 0.72, 0.05, 0.55),
        Plan(seminar(), 0.2, 0.02, 0.04, 0.34),
        Plan(foreign_congress(), 0.05, 0.10, 0.15, 0.66),
        Plan(unlisted_seminar(), 0.06, 0.12, None, 0.48),
    )


def write_attendance(script: Script) -> None:
    """Publish every event, issue its codes, and let everybody who was there type theirs."""
    for plan in plans():
        random = script.random(f"attendance of {plan.activity.activity_id}")
        script.tell(plan.published, CATALOGUE, "activity.published.v1", **plan.activity.described())
        for audience in plan.activity.audiences:
            _write_audience(script, random, plan, audience)
    second = forum_days()[1]
    script.tell(0.78, CATALOGUE, "activity.published.v1", **amended(second).described())


def _write_audience(script: Script, random: Random, plan: Plan, audience: str) -> None:
    present = [person for person in script.people if person.audience == audience and happens(random, plan.share)]
    codes = [new_code(random) for _ in range(len(present) + 2 + round(len(present) * _SPARE_SHARE))]
    script.codes.setdefault(plan.activity.activity_id, []).extend(codes)
    if plan.issued is not None:
        late = plan.late_audience == audience
        issue_codes(script, plan.activity.activity_id, audience, codes, plan.burst + 0.1 if late else plan.issued)
    for person, code in zip(present, codes, strict=False):
        _type_code(script, random, plan, person, code)


def issue_codes(script: Script, activity_id: str, audience: str, codes: list[str], part: float) -> None:
    """Write down the batches in which the catalogue issues these codes."""
    for start in range(0, len(codes), BATCH_CODES):
        batch = [printed(code) for code in codes[start : start + BATCH_CODES]]
        script.tell(part, CATALOGUE, "codes.issued.v1", activity_id=activity_id, audience=audience, codes=batch)


def _type_code(script: Script, random: Random, plan: Plan, person: Person, code: str) -> None:
    """One person and their certificate: slips, somebody else's code, the same again, and on both portals."""
    part = plan.burst + min(random.expovariate(1 / 0.04), 0.25)
    account = random.choice(person.accounts)
    vouches = plan.issued is None or happens(random, 0.3)
    activity_id = plan.activity.activity_id if vouches else None
    if happens(random, 0.05):
        slip = mistyped(code, random)
        activate(script, person, account, slip, part, activity_id if plan.issued is None else None)
        part += 0.012
    if happens(random, 0.015):
        strangers = typed(random.choice(script.codes[plan.activity.activity_id]), random)
        activate(script, person, account, strangers, part - 0.004, None)
    activate(script, person, account, typed(code, random), part, activity_id)
    script.deeds.append(Deed(part, account.portal, account.account_id, code_key(code)))
    if happens(random, 0.03):
        activate(script, person, account, typed(code, random), part + 0.02, activity_id)
    if len(person.accounts) > 1 and happens(random, 0.05):
        other = next(other for other in person.accounts if other != account)
        activate(script, person, other, typed(code, random), part + 0.001, activity_id)


def activate(script: Script, person: Person, account: Account, text: str, part: float, activity_id: str | None) -> None:
    """Write down that a person typed this text as a code into an account."""
    script.tell(
        part,
        account.portal,
        "code.activated.v1",
        account_id=account.account_id,
        code=text,
        activated_at=script.stamp(part, person.offset_h),
        activity_id=activity_id,
    )
