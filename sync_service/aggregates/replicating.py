"""Decisions on replicas: what is shown in the other account, asked again, withdrawn, answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sync_service.aggregates import specialist_facts as facts
from sync_service.aggregates.coverage import highest_credits, rows_for
from sync_service.aggregates.judging import done_on, kind_of
from sync_service.aggregates.specialist_state import EntrySource, ReplicaState, Telling

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sync_service.aggregates.activity import Activity
    from sync_service.aggregates.specialist import Specialist
    from sync_service.aggregates.specialist_state import Entry, Replica
    from sync_service.aggregates.values import Account, Portal

    Catalogue = Callable[[str], Activity]

PROGRESS_STEPS = 10
"""A link's progress is told each time another tenth of the earlier history is shown."""


def missing_in(person: Specialist, portal: Portal) -> list[Entry]:
    """The entries that the person's account on the portal should show and was never asked to."""
    return [
        entry
        for key, entry in person.entries.items()
        if portal not in entry.recorded_on and key not in person.reversals and (portal, key) not in person.replicas
    ]


def replicate(person: Specialist, entry: Entry, catalogue: Catalogue) -> None:
    """Ask every other open account of the person to show the entry, unless it was reversed before it came."""
    for portal in sorted(person.by_portal):
        if portal not in entry.recorded_on and person.is_open(portal) and entry.key not in person.reversals:
            request(person, portal, entry, catalogue)
    if entry.key in person.reversals:
        withdraw(person, entry.key)


def request(
    person: Specialist,
    portal: Portal,
    entry: Entry,
    catalogue: Catalogue,
    *,
    backfill: bool = False,
) -> None:
    """Ask the person's account on the portal to show the entry."""
    telling = telling_of(person, entry, catalogue(entry.activity_id))
    person.record(
        _request(person, portal, entry, telling, revision=_revision(person, portal, entry.key) + 1, backfill=backfill)
    )


def catch_up(person: Specialist, portal: Portal, catalogue: Catalogue) -> None:
    """Bring a reopened account up to date: what it missed, what changed, what was reversed meanwhile."""
    for entry in missing_in(person, portal):
        request(person, portal, entry, catalogue)
    for entry in list(person.entries.values()):
        revise(person, entry, catalogue)
    for key, reversal in list(person.reversals.items()):
        entry_or_none = person.entries.get(key)
        is_there = (portal, key) in person.replicas or (entry_or_none and portal in entry_or_none.recorded_on)
        if is_there and (portal, key) not in person.withdrawn and reversal.portal is not portal:
            withdraw_from(person, portal, key, reversal.told)


def revise(person: Specialist, entry: Entry, catalogue: Catalogue) -> None:
    """Ask again with a higher revision where the catalogue says something else now."""
    for portal in sorted(person.by_portal):
        replica = person.replicas.get((portal, entry.key))
        if replica is None or not person.is_open(portal) or entry.key in person.reversals:
            continue
        telling = telling_of(person, entry, catalogue(entry.activity_id))
        if telling != replica.telling:
            person.record(
                _request(
                    person,
                    portal,
                    entry,
                    telling,
                    revision=replica.revision + 1,
                    backfill=replica.backfill,
                    asked=replica.asked,
                )
            )


def ask_again(person: Specialist, portal: Portal, key: str) -> bool:
    """Remind a portal of a replica that it left unanswered; False if there is nothing to remind of."""
    replica = person.replicas.get((portal, key))
    return replica is not None and replica.state is ReplicaState.REQUESTED and ask_anew(person, portal, key)


def ask_anew(person: Specialist, portal: Portal, key: str) -> bool:
    """Ask for a replica again, whatever was answered; False if the portal should not show it."""
    replica = person.replicas.get((portal, key))
    if replica is None or key in person.reversals or not person.is_open(portal):
        return False
    person.record(
        _request(
            person,
            portal,
            person.entries[key],
            replica.telling,
            revision=replica.revision,
            backfill=replica.backfill,
            asked=replica.asked + 1,
        )
    )
    return True


def withdraw(person: Specialist, key: str) -> None:
    """Tell every open account of the person but the reporter's that the activity was reversed.

    Support has no account: what it takes back is taken back from all of them.
    """
    reversal = person.reversals[key]
    for portal in sorted(person.by_portal):
        if portal is not reversal.portal and person.is_open(portal) and (portal, key) not in person.withdrawn:
            withdraw_from(person, portal, key, reversal.told)


def applied(
    person: Specialist,
    account: Account,
    key: str,
    at: datetime,
    *,
    duplicate: bool = False,
    remote_ref: str | None = None,
) -> bool:
    """Record that the portal shows the replica; False if that changes nothing."""
    replica = _asked(person, account, key)
    if replica is None or replica.state is ReplicaState.APPLIED:
        return False
    person.record(facts.ReplicaApplied(account=account, key=key, at=at, duplicate=duplicate, remote_ref=remote_ref))
    tell_progress(person)
    return True


def rejected(person: Specialist, account: Account, key: str, at: datetime, detail: str | None) -> bool:
    """Record that the portal will not show the replica; False if that changes nothing."""
    replica = _asked(person, account, key)
    if replica is None or replica.state is not ReplicaState.REQUESTED:
        return False
    person.record(facts.ReplicaRejected(account=account, key=key, at=at, detail=detail))
    tell_progress(person)
    return True


def deferred(person: Specialist, account: Account, key: str, at: datetime, detail: str | None) -> bool:
    """Record that the portal cannot show the replica for now; False if it is answered already."""
    replica = _asked(person, account, key)
    if replica is None or replica.state is not ReplicaState.REQUESTED:
        return False
    person.record(facts.ReplicaDeferred(account=account, key=key, at=at, detail=detail))
    return True


def tell_progress(person: Specialist) -> None:
    """Record that a link is completed, or that another tenth of it is shown."""
    link = person.link
    if link is None or link.completed_at is not None:
        return
    total = link.to_edu + link.to_sovetnmo
    counts: dict[str, Any] = {
        "request_id": link.key.request_id,
        "edu": link.key.edu,
        "sovetnmo": link.key.sovetnmo,
        "to_edu": link.to_edu,
        "to_sovetnmo": link.to_sovetnmo,
        "applied": link.applied,
    }
    if link.open == 0:
        person.record(facts.LinkCompleted(**counts))
    elif link.applied * PROGRESS_STEPS // total > link.told * PROGRESS_STEPS // total:
        person.record(facts.LinkProgressed(**counts))


def telling_of(person: Specialist, entry: Entry, activity: Activity) -> Telling:
    """What a portal is told of an entry, as the catalogue has it now (CONTRACT.md, `replica.requested.v1`)."""
    credit: float | None = None
    if entry.source is EntrySource.PROGRAMME:
        credit = entry.hours
    elif activity.published is not None:
        training = person.qualification()
        rows = rows_for(activity.published.accreditation, training.audience)
        credit = highest_credits(rows, training.pairs)
    kind, completed_on = kind_of(entry, activity), done_on(entry, activity)
    return Telling(kind, entry.activity_id, completed_on, activity.title, credit)


def _asked(person: Specialist, account: Account, key: str) -> Replica | None:
    return person.replicas.get((account.portal, key))


def _revision(person: Specialist, portal: Portal, key: str) -> int:
    return person.revisions.get((portal, key), 0)


def withdraw_from(person: Specialist, portal: Portal, key: str, reason: str) -> None:
    """Tell one account, open or not, no longer to show the activity."""
    person.record(
        facts.ReplicaWithdrawn(
            account=person.by_portal[portal].account,
            key=key,
            revision=_revision(person, portal, key) + 1,
            reason=reason,
        )
    )


def _request(
    person: Specialist, portal: Portal, entry: Entry, telling: Telling, *, revision: int, backfill: bool, asked: int = 1
) -> facts.ReplicaRequested:
    return facts.ReplicaRequested(
        account=person.by_portal[portal].account,
        key=entry.key,
        revision=revision,
        kind=telling.kind,
        activity_id=telling.activity_id,
        completed_on=telling.completed_on,
        origin=entry.origin,
        origin_recorded_at=entry.recorded_at,
        title=telling.title,
        credits=telling.credits,
        backfill=backfill,
        asked=asked,
    )
