"""Decides which credits an e-mail is due for: follows the log, and plans a notice for what newly counts in the plan."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, TypeVar
from uuid import UUID

import msgspec
import structlog

from sync_service.aggregates.activity import ActivityPublished, ActivityWithdrawn
from sync_service.aggregates.erased_facts import SpecialistErased
from sync_service.aggregates.judging import Counts
from sync_service.aggregates.specialist_facts import ActivationRecorded
from sync_service.aggregates.values import Account, Portal
from sync_service.notices.notice import Cause, Marks, Why
from sync_service.projections.directory import ACCOUNTS, Directory
from sync_service.projections.learning_plan import ENTRIES, LearningPlan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from sync_service.aggregates.aggregate import Event
    from sync_service.event_store import EventStore
    from sync_service.notices.notice import Notice, NoticeBook
    from sync_service.projections.view import Table
    from sync_service.projections.view_store import ViewStore

FOLLOWER = "notifier"
PLAN, DIRECTORY = LearningPlan.name, Directory.name
READ_EVENTS_MAX = 5_000
PEOPLE_MAX = 1_000
OLD_ON_ARRIVAL = timedelta(days=30)
EASTERNMOST = timedelta(hours=12)
"""How far ahead of UTC a day begins in Kamchatka."""

R = TypeVar("R", bound=msgspec.Struct)

log = structlog.get_logger(__name__)


class Credit(msgspec.Struct, frozen=True):
    """What the notifier needs of a row of the plan's entries."""

    owner: UUID
    activity_key: str
    kind: str
    title: str | None
    completed_on: date
    origin: str
    origin_account: str
    recorded_at: datetime
    position: int
    counts: str
    credits: float
    counts_in: tuple[str, ...]
    credits_in: tuple[float, ...]

    @property
    def is_counted(self) -> bool:
        """Whether it counts, and for more than nothing."""
        return self.counts == Counts.COUNTED and self.credits > 0

    @property
    def cause(self) -> Cause:
        """The account that recorded it, and its key: nobody else is told, so that replicas tell nobody."""
        return Cause(Account(Portal(self.origin), self.origin_account), self.activity_key)

    def is_news(self, since: datetime) -> bool:
        """Whether it was recorded after the beginning, and was not old on arrival: a first backfill mails nobody."""
        oldest = self.recorded_at.date() - OLD_ON_ARRIVAL
        return self.recorded_at >= since and self.completed_on >= oldest


class AccountRow(msgspec.Struct, frozen=True):
    """What the notifier needs of a row of the directory."""

    owner: UUID
    portal: str
    account_id: str
    email: str | None
    is_closed: bool

    @property
    def account(self) -> Account:
        """The account."""
        return Account(Portal(self.portal), self.account_id)


class Found(msgspec.Struct):
    """What a batch of events leads to: causes to plan, to park at once, and parked notices that can go after all."""

    plan: list[Cause] = []
    park: list[Cause] = []
    retry: list[UUID] = []


class Planner:
    """Follows the log behind the views that it looks at (CONTRACT.md, section 2, promise 7).

    What it finds depends on rows and notices alone, so that going over the same events again finds nothing new.
    """

    def __init__(self, store: EventStore, views: ViewStore, book: NoticeBook, now: Callable[[], datetime]) -> None:
        self._store = store
        self._views = views
        self._book = book
        self._now = now

    def begin(self, since: datetime | None) -> Marks:
        """What is mailed on this store; `since` is a setting, and None means now. A later setting narrows it.

        What was recorded before will never be mailed, so the first run starts in the log where that ends.
        """
        now = self._now()
        marks = self._book.begin(since or now, now)
        if FOLLOWER not in self._store.followers():
            self._store.follow(FOLLOWER, self._beginning(marks))
        return msgspec.structs.replace(marks, since=max(marks.since, since or marks.since))

    def plan_next(self, marks: Marks, gather_s: float) -> int:
        """Plan notices, due in so many seconds, for what the next events let count; how many events there were."""
        events = self._next(self._store.followed(FOLLOWER))
        if not events:
            return 0
        for owners in self._touched(events):
            self._keep(self._untold(owners, marks), gather_s)
        self._forget_erased(events)
        self._store.follow(FOLLOWER, events[-1].position)
        return len(events)

    def look(self, since: datetime | None) -> Iterator[Found]:
        """What planning would find from here to where the views stand, without storing anything."""
        marks = self._book.marks() or Marks(since or self._now())
        marks = msgspec.structs.replace(marks, since=max(marks.since, since or marks.since))
        is_begun = FOLLOWER in self._store.followers()
        position = self._store.followed(FOLLOWER) if is_begun else self._beginning(marks)
        while events := self._next(position):
            for owners in self._touched(events):
                yield self._untold(owners, marks)
            position = events[-1].position

    def _beginning(self, marks: Marks) -> int:
        return self._store.position_at(marks.since - timedelta(microseconds=1))

    def _next(self, position: int) -> Sequence[Event]:
        """The next events that both views have taken in."""
        seen = min(self._views.live(PLAN).position, self._views.live(DIRECTORY).position)
        events = self._store.read(position, READ_EVENTS_MAX) if position < seen else []
        return [event for event in events if event.position <= seen]

    def _touched(self, events: Iterable[Event]) -> Iterator[list[UUID]]:
        """The people whose entries may count since these events, so many at a time."""
        owners, described = set(), set()
        for event in events:
            if event.fact.TYPE.startswith("specialist."):
                owners.add(event.stream)
            elif isinstance(event.fact, ActivityPublished | ActivityWithdrawn):
                described.add(event.fact.activity_id)
        if described:
            owners |= self._views.owners_by_activity(self._views.live(PLAN), ENTRIES.name, described)
        every = sorted(owners)
        for start in range(0, len(every), PEOPLE_MAX):
            yield every[start : start + PEOPLE_MAX]

    def _untold(self, owners: Sequence[UUID], marks: Marks) -> Found:
        """What counts for these people and has no notice yet, on whichever of their accounts."""
        credited = [
            credit
            for credit in self._rows(PLAN, ENTRIES, owners, Credit)
            if credit.is_counted and credit.is_news(marks.since) and not credit.cause.account.is_erased
        ]
        found = Found()
        if not credited:
            return found
        accounts = self._rows(DIRECTORY, ACCOUNTS, {credit.owner for credit in credited}, AccountRow)
        addressed = {row.account for row in accounts if row.email}
        owner_of = {row.account: row.owner for row in accounts}
        known: dict[tuple[UUID, str], list[Notice]] = {}
        for notice in self._book.about(list(owner_of)):
            known.setdefault((owner_of[notice.account], notice.key), []).append(notice)
        for credit in credited:
            notices = known.get((credit.owner, credit.activity_key), [])
            if not notices:
                was_told = marks.restored_at is not None and self._was_told(credit, marks.restored_at)
                (found.park if was_told else found.plan).append(credit.cause)
            found.retry += [one.id for one in notices if one.lacks_address and one.account in addressed]
        return found

    def _forget_erased(self, events: Iterable[Event]) -> None:
        """Remove what was planned of somebody at the very moment at which another process erased them."""
        erased = {event.stream for event in events if isinstance(event.fact, SpecialistErased)}
        if erased:
            self._book.forget_people(erased)

    def _keep(self, found: Found, gather_s: float) -> None:
        now = self._now()
        planned = self._book.plan(found.plan, now, now + timedelta(seconds=gather_s))
        parked = self._book.park_at_once(found.park, now, Why.STORE_RESTORED)
        retried = self._book.retry(found.retry, now) if found.retry else 0
        if planned or parked or retried:
            log.info("notices.planned", notices=planned, parked=parked, retried=retried)

    def _was_told(self, credit: Credit, restored_at: datetime) -> bool:
        """Whether it may have been mailed before the store was restored, if only its message is delivered again since.

        A code says when it was typed; of a completion only the day is known, and a day ends in the east first.
        """
        if credit.recorded_at < restored_at:
            return True
        recording = self._store.read(credit.position - 1, 1)[0].fact
        if isinstance(recording, ActivationRecorded):
            return recording.activated_at < restored_at
        return credit.completed_on <= (restored_at + EASTERNMOST).date()

    def _rows(self, view: str, table: Table, owners: Iterable[UUID], row: type[R]) -> list[R]:
        found = self._views.existing(self._views.live(view), list(owners))
        return [
            msgspec.convert(dict(zip(table.names, values, strict=True)), row)
            for rows in found.values()
            for values in rows.get(table.name, {}).values()
        ]
