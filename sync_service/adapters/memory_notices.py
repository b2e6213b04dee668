"""Notices in memory, for tests of rules: what PostgreSQL keeps, without the disk."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import msgspec

from sync_service.aggregates.values import account_stream
from sync_service.notices.notice import Marks, Notice, NoticeState, Why

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from datetime import datetime
    from uuid import UUID

    from sync_service.aggregates.values import Account
    from sync_service.notices.notice import Cause


class MemoryNotices:
    """Keeps notices in a dictionary; fits NoticeBook. `store` names the copy of the database."""

    def __init__(self) -> None:
        self.store = "first"
        self._marked_on = self.store
        self._marks: Marks | None = None
        self._notices: dict[UUID, Notice] = {}

    def begin(self, since: datetime, now: datetime) -> Marks:
        """The marks; on another copy of the database than before, what was waiting is parked."""
        if self._marks is None:
            self._marks, self._marked_on = Marks(since), self.store
        if self._marked_on != self.store:
            self._marked_on = self.store
            self.mark_restored(now)
        return self._marks

    def marks(self) -> Marks | None:
        """The marks, None as long as no notifier has begun."""
        return self._marks

    def mark_restored(self, now: datetime) -> int:
        """Mark that the store was restored, and park what waits or is being sent."""
        if self._marks is not None:
            self._marks = msgspec.structs.replace(self._marks, restored_at=now)
        return self._change(
            lambda one: one.state in {NoticeState.PLANNED, NoticeState.SENDING},
            state=NoticeState.PARKED,
            reason=Why.STORE_RESTORED,
        )

    def park_interrupted(self, now: datetime) -> int:  # noqa: ARG002 - PostgreSQL notes when
        """Park what is found in `sending`."""
        return self._change(
            lambda one: one.state is NoticeState.SENDING, state=NoticeState.PARKED, reason=Why.INTERRUPTED
        )

    def about(self, accounts: Collection[Account]) -> list[Notice]:
        """All notices of these accounts."""
        return [one for one in self._notices.values() if one.account in accounts]

    def plan(self, causes: Collection[Cause], now: datetime, next_at: datetime) -> int:
        """Plan the causes that have no notice yet."""
        return self._insert(causes, NoticeState.PLANNED, now, next_at, None)

    def park_at_once(self, causes: Collection[Cause], now: datetime, reason: str) -> int:
        """Make parked notices of the causes that have none yet."""
        return self._insert(causes, NoticeState.PARKED, now, now, reason)

    def due(self, now: datetime, limit: int) -> list[Account]:
        """The accounts that have a planned notice whose time has come."""
        due = [one for one in self._notices.values() if one.state is NoticeState.PLANNED and one.next_at <= now]
        due.sort(key=lambda one: (one.next_at, one.account))
        return list(dict.fromkeys(one.account for one in due))[:limit]

    def waiting(self, account: Account, until: datetime, limit: int) -> list[Notice]:
        """The planned notices of an account whose time comes until then."""
        found = [
            one
            for one in self._notices.values()
            if one.account == account and one.state is NoticeState.PLANNED and one.next_at <= until
        ]
        return sorted(found, key=lambda one: (one.planned_at, one.key))[:limit]

    def leave(self, notices: Collection[Notice], state: NoticeState, now: datetime, reason: str) -> None:  # noqa: ARG002
        """Park or skip planned notices without sending."""
        ids = {one.id for one in notices}
        self._change(lambda one: one.id in ids and one.state is NoticeState.PLANNED, state=state, reason=reason)

    def forget(self, notices: Collection[Notice]) -> None:
        """Remove planned notices whose credits do not count any more."""
        for one in notices:
            if self._notices[one.id].state is NoticeState.PLANNED:
                del self._notices[one.id]

    def forget_people(self, owners: Collection[UUID]) -> None:
        """Remove all notices to accounts with these streams."""
        theirs = [one.id for one in self._notices.values() if account_stream(one.account) in owners]
        for notice in theirs:
            del self._notices[notice]

    def claim(self, notices: Sequence[Notice], mail: UUID, now: datetime) -> bool:  # noqa: ARG002
        """Turn planned notices to `sending`, all or none."""
        held = [self._notices.get(one.id) for one in notices]
        if not all(one is not None and one.state is NoticeState.PLANNED for one in held):
            return False
        for one in held:
            if one is not None:
                claimed = msgspec.structs.replace(one, attempts=one.attempts + 1, mail=mail, reason=None)
                self._notices[one.id] = msgspec.structs.replace(claimed, state=NoticeState.SENDING)
        return True

    def sent(self, mail: UUID, now: datetime) -> None:  # noqa: ARG002
        """The mail server has taken the mail, even if somebody held it for interrupted meanwhile."""

        def is_ours(one: Notice) -> bool:
            is_held = one.state is NoticeState.PARKED and one.reason == Why.INTERRUPTED
            return one.mail == mail and (is_held or one.state is NoticeState.SENDING)

        self._change(is_ours, state=NoticeState.SENT, reason=None)

    def postpone(self, mail: UUID, now: datetime, next_at: datetime, reason: str) -> None:  # noqa: ARG002
        """The mail was certainly not taken: its notices are planned again."""
        self._change(_is_in(mail), state=NoticeState.PLANNED, next_at=next_at, reason=reason)

    def park(self, mail: UUID, now: datetime, reason: str) -> None:  # noqa: ARG002
        """The mail was refused for good, or its outcome is unknown."""
        self._change(_is_in(mail), state=NoticeState.PARKED, reason=reason)

    def retry(self, notices: Collection[UUID], now: datetime) -> int:
        """Plan parked notices anew, due at once and without attempts."""
        return self._change(
            lambda one: one.id in notices and one.state is NoticeState.PARKED,
            state=NoticeState.PLANNED,
            attempts=0,
            next_at=now,
        )

    def discard(self, notices: Collection[UUID], now: datetime) -> int:  # noqa: ARG002
        """Skip notices that are parked or planned."""
        return self._change(
            lambda one: one.id in notices and one.state in {NoticeState.PARKED, NoticeState.PLANNED},
            state=NoticeState.SKIPPED,
            reason=Why.DISCARDED,
        )

    def counts(self) -> dict[NoticeState, int]:
        """How many notices are in each state."""
        return dict(Counter(one.state for one in self._notices.values()))

    def listed(self, states: Collection[NoticeState], limit: int) -> list[Notice]:
        """The notices in these states, the first planned first."""
        found = [one for one in self._notices.values() if one.state in states]
        return sorted(found, key=lambda one: (one.planned_at, one.account, one.key))[:limit]

    def _insert(
        self, causes: Collection[Cause], state: NoticeState, now: datetime, next_at: datetime, reason: str | None
    ) -> int:
        new = [cause for cause in dict.fromkeys(causes) if cause.notice not in self._notices]
        for cause in new:
            self._notices[cause.notice] = Notice(cause.account, cause.key, state, 0, now, next_at, reason=reason)
        return len(new)

    def _change(self, is_meant: Callable[[Notice], bool], **change: object) -> int:
        meant = [one for one in self._notices.values() if is_meant(one)]
        self._notices |= {one.id: msgspec.structs.replace(one, **change) for one in meant}
        return len(meant)


def _is_in(mail: UUID) -> Callable[[Notice], bool]:
    return lambda one: one.mail == mail and one.state is NoticeState.SENDING
