"""What the service does by itself about replicas: asks again when nobody answers, and tells what the catalogue changed.

It only records decisions; the publisher sends them. Nothing here depends on when it runs: what it finds to do is in the
replica ledger, and every decision is taken again on the person's own state.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from sync_service.aggregates import replicating
from sync_service.aggregates.activity import ActivityPublished
from sync_service.aggregates.values import Portal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from threading import Event as Stopping
    from uuid import UUID

    from sync_service.aggregates.values import Account
    from sync_service.application import Application
    from sync_service.projections.running import Leader
    from sync_service.projections.view_store import Overdue, ViewStore
    from sync_service.unit_of_work import UnitOfWork

log = structlog.get_logger(__name__)

FOLLOWER = "replication"
LEDGER = "replica_ledger"
READ_EVENTS_MAX = 5_000
PEOPLE_MAX = 200
"""So many people are changed in one transaction."""
IDLE_S = 0.5


class Replicator:
    """Follows the catalogue and the clock."""

    def __init__(
        self,
        application: Application,
        views: ViewStore,
        now: Callable[[], datetime],
        ask_again_after_s: Sequence[float],
    ) -> None:
        self._application = application
        self._store = application.store
        self._views = views
        self._now = now
        self._delays_s = ask_again_after_s

    def run(self, stopping: Stopping, leader: Leader) -> None:
        """Go on until told to stop, at its own pace: nothing here is urgent enough to look at every commit."""
        while not stopping.is_set():
            if not leader.is_held() or not self.revise_next() + self.ask_again():
                stopping.wait(IDLE_S)

    def revise_next(self) -> int:
        """Tell the portals what the next descriptions in the log change; how many events were looked at.

        It stays behind the replica ledger, which knows whose entries speak of an activity: whoever is recorded later
        has been told of the new description already, as decisions rely on the activity's version.
        """
        position = self._store.followed(FOLLOWER)
        ledger = self._views.live(LEDGER)
        events = [event for event in self._store.read(position, READ_EVENTS_MAX) if event.position <= ledger.position]
        if not events:
            return 0
        described = {event.fact.activity_id for event in events if isinstance(event.fact, ActivityPublished)}
        if described:
            owners = sorted(self._views.owners_by_activity(ledger, "replicas", described))
            for start in range(0, len(owners), PEOPLE_MAX):
                self._revise(owners[start : start + PEOPLE_MAX], described)
            log.info("replicas.revised", activities=len(described), people=len(owners))
        self._store.follow(FOLLOWER, events[-1].position)
        return len(events)

    def ask_again(self) -> int:
        """Remind portals of replicas that they left unanswered for too long; how many."""
        overdue = self._views.overdue(self._now(), self._delays_s, PEOPLE_MAX)
        reminded = 0

        def decide(work: UnitOfWork) -> None:
            nonlocal reminded
            work.preload(replica.owner for replica in overdue)
            reminded = sum(_remind(work, replica) for replica in overdue)

        if overdue:
            self._application.act(decide)
            if reminded:
                log.info("replicas.asked_again", replicas=reminded)
        return reminded

    def _revise(self, owners: Sequence[UUID], described: set[str]) -> None:
        def decide(work: UnitOfWork) -> None:
            work.preload(owners)
            for owner in owners:
                person = work.specialist(owner)
                for entry in list(person.entries.values()):
                    if entry.activity_id in described and not person.absorbed_into:
                        replicating.revise(person, entry, work.activity)

        self._application.act(decide)


def _remind(work: UnitOfWork, replica: Overdue) -> bool:
    person = work.specialist(replica.owner)
    portal = Portal(replica.portal)
    known = person.replicas.get((portal, replica.key))
    if person.absorbed_into or known is None or known.asked != replica.asked:
        return False  # the ledger is behind what happened since
    return replicating.ask_again(person, portal, replica.key)


def resend_to(application: Application, account: Account, portal: Portal) -> int:
    """Ask a portal again for every replica of a person that it should show, answered or not; how many."""
    asked = 0

    def decide(work: UnitOfWork) -> None:
        nonlocal asked
        person = work.known_person(account)
        asked = sum(
            replicating.ask_anew(person, portal, key) for place, key in list(person.replicas) if place is portal
        )

    application.act(decide)
    return asked
