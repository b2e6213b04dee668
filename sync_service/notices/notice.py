"""A notice: that the holder of an account is told of one credit by e-mail, at most once; and where notices are kept."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple, Protocol
from uuid import UUID

import msgspec

from sync_service.aggregates.identifiers import named
from sync_service.aggregates.values import Account

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence


class NoticeState(StrEnum):
    """Where a notice stands.

    `planned` waits to be sent, `sending` is in the hands of the mail server, `sent` was taken by it; `parked` waits for
    a person, and `skipped` will not be sent.
    """

    PLANNED = "planned"
    SENDING = "sending"
    SENT = "sent"
    PARKED = "parked"
    SKIPPED = "skipped"


class Why:
    """The reasons of parked and skipped notices; a refusal of the mail server is `refused_` and its three digits."""

    INTERRUPTED = "interrupted"
    STORE_RESTORED = "store_restored"
    NO_ADDRESS = "no_address"
    ADDRESS_UNUSABLE = "address_unusable"
    SERVER_UNREACHABLE = "server_unreachable"
    ACCOUNT_CLOSED = "account_closed"
    TOLD_OTHERWISE = "told_otherwise"
    DISCARDED = "discarded"


class Cause(NamedTuple):
    """What a notice is about: one activity, recorded by one account. No cause leads to a second e-mail."""

    account: Account
    key: str

    @property
    def notice(self) -> UUID:
        """The id of its only notice."""
        return named(f"notice:{self.account}:{self.key}")


class Notice(msgspec.Struct, frozen=True):
    """A notice as it is stored; it holds no name and no address. `mail` is the e-mail that it was last part of."""

    account: Account
    key: str
    state: NoticeState
    attempts: int
    planned_at: datetime
    next_at: datetime
    mail: UUID | None = None
    reason: str | None = None

    @property
    def cause(self) -> Cause:
        """What it is about."""
        return Cause(self.account, self.key)

    @property
    def id(self) -> UUID:
        """Its id."""
        return self.cause.notice

    @property
    def lacks_address(self) -> bool:
        """Whether it waits for nothing but an address."""
        return self.state is NoticeState.PARKED and self.reason == Why.NO_ADDRESS


class Marks(msgspec.Struct, frozen=True):
    """What the notifier remembers of the store: nothing recorded before `since` is mailed.

    `restored_at` is when the store was last found restored from a backup, which has forgotten what was sent after it.
    """

    since: datetime
    restored_at: datetime | None = None


class NoticeBook(Protocol):
    """Keeps notices. Every change is safe on disk when its method returns."""

    def begin(self, since: datetime, now: datetime) -> Marks:
        """The marks; `since` is stored if there are none yet.

        A store that is not the one which the marks were made on was restored: that is marked, and whatever was waiting
        is parked, because the mails that were sent after the backup are forgotten.
        """

    def marks(self) -> Marks | None:
        """The marks, None as long as no notifier has begun."""

    def mark_restored(self, now: datetime) -> int:
        """Mark that the store was restored, and park what waits or is being sent; how many notices."""

    def park_interrupted(self, now: datetime) -> int:
        """Park what is found in `sending` when nobody sends: whether it arrived is unknown. How many notices."""

    def about(self, accounts: Collection[Account]) -> list[Notice]:
        """All notices of these accounts."""

    def plan(self, causes: Collection[Cause], now: datetime, next_at: datetime) -> int:
        """Plan the causes that have no notice yet; how many."""

    def park_at_once(self, causes: Collection[Cause], now: datetime, reason: str) -> int:
        """Make parked notices of the causes that have none yet; how many."""

    def due(self, now: datetime, limit: int) -> list[Account]:
        """The accounts that have a planned notice whose time has come, the longest due first."""

    def waiting(self, account: Account, until: datetime, limit: int) -> list[Notice]:
        """The planned notices of an account whose time comes until then, the first planned first."""

    def leave(self, notices: Collection[Notice], state: NoticeState, now: datetime, reason: str) -> None:
        """Park or skip planned notices without sending."""

    def forget(self, notices: Collection[Notice]) -> None:
        """Remove planned notices whose credits do not count any more; if they count again, they are planned anew."""

    def forget_people(self, owners: Collection[UUID]) -> None:
        """Remove all notices to accounts with these streams, whatever their state: their person was erased."""

    def claim(self, notices: Sequence[Notice], mail: UUID, now: datetime) -> bool:
        """Turn planned notices to `sending`, all or none; whether they were all still planned."""

    def sent(self, mail: UUID, now: datetime) -> None:
        """The mail server has taken the mail, even if somebody held it for interrupted meanwhile."""

    def postpone(self, mail: UUID, now: datetime, next_at: datetime, reason: str) -> None:
        """The mail was certainly not taken: its notices are planned again."""

    def park(self, mail: UUID, now: datetime, reason: str) -> None:
        """The mail was refused for good, or its outcome is unknown: its notices wait for a person."""

    def retry(self, notices: Collection[UUID], now: datetime) -> int:
        """Plan parked notices anew, due at once and without attempts; how many of them were parked."""

    def discard(self, notices: Collection[UUID], now: datetime) -> int:
        """Skip notices that are parked or planned; how many of them were."""

    def counts(self) -> dict[NoticeState, int]:
        """How many notices are in each state."""

    def listed(self, states: Collection[NoticeState], limit: int) -> list[Notice]:
        """The notices in these states, the first planned first."""
