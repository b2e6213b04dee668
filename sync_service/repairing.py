"""Mends what a reconciliation found, as far as the service can: a portal is asked, or told of reversals, again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_service.aggregates import replicating
from sync_service.aggregates.specialist_state import LINK_UNDONE
from sync_service.aggregates.values import Account
from sync_service.questions.reconciling import Cause

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sync_service.aggregates.specialist import Specialist
    from sync_service.aggregates.values import Portal
    from sync_service.application import Application
    from sync_service.questions.reconciling import Deviation, Reconciliation
    from sync_service.unit_of_work import UnitOfWork

MENDED_AT_ONCE = 500
ASKED_ANEW = frozenset({Cause.WAITING, Cause.REFUSED, Cause.LOST})
"""What asking again may mend; the rest only the portal can, or time (a closed account)."""
WITHDRAWN_ANEW = frozenset({Cause.REVERSED, Cause.NOT_REPORTED})
"""What withdrawing again may mend. What an undone link left behind is in no plan: the person's history knows it."""


def mend(application: Application, portal: Portal, found: Reconciliation) -> int:
    """Ask the portal again for what is missing, and withdraw again what is shown though it was withdrawn; how many."""
    parts = _parts([one for one in (*found.missing, *found.extra) if _can_mend(one)])
    return sum(_mend_part(application, portal, part) for part in parts)


def _mend_part(application: Application, portal: Portal, part: Sequence[Deviation]) -> int:
    mended = 0

    def decide(work: UnitOfWork) -> None:
        nonlocal mended
        work.preload_people(Account(portal, one.account_id) for one in part)
        mended = sum(_mend(work, portal, one) for one in part)

    application.act(decide)
    return mended


def _can_mend(one: Deviation) -> bool:
    return one.cause in ASKED_ANEW or one.cause in WITHDRAWN_ANEW


def _mend(work: UnitOfWork, portal: Portal, one: Deviation) -> bool:
    person = work.known_person(Account(portal, one.account_id))
    if one.cause in ASKED_ANEW:
        return replicating.ask_anew(person, portal, one.activity_key)
    if one.cause is Cause.NOT_REPORTED:
        return _withdraw_what_was_another_s(person, portal, one.activity_key)
    reversal = person.reversals.get(one.activity_key)
    if reversal is None or reversal.portal is portal or not person.is_open(portal):
        return False
    replicating.withdraw_from(person, portal, one.activity_key, reversal.told)
    return True


def _withdraw_what_was_another_s(person: Specialist, portal: Portal, key: str) -> bool:
    """Tell even a closed account, as the undoing did; what was never withdrawn is the portal's own story."""
    if key in person.entries or (portal, key) not in person.withdrawn:
        return False
    replicating.withdraw_from(person, portal, key, LINK_UNDONE)
    return True


def _parts(every: Sequence[Deviation]) -> Iterator[Sequence[Deviation]]:
    for start in range(0, len(every), MENDED_AT_ONCE):
        yield every[start : start + MENDED_AT_ONCE]
