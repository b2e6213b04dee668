"""What is remembered of a specialist between decisions: accounts, entries, replicas, links."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

import msgspec

from sync_service.aggregates.specialist_facts import CycleOpened
from sync_service.aggregates.values import Account, Portal, Reason

Place = tuple[datetime, int]
"""When an event was recorded and its position, which is not known before the transaction is stored: 0 until then."""


CODE_MOVED = "code_moved"
LINK_UNDONE = "link_undone"
SUPPORT = "support"
"""Why portals are told no longer to show an activity, beside the words of the portal that reversed it."""


class AccountState(msgspec.Struct):
    """One account: field by field the latest that its portal said, and whether it is open."""

    account: Account
    said: dict[str, tuple[datetime, Place, Any]] = msgspec.field(default_factory=dict)
    closing: tuple[datetime, bool] | None = None

    def hear(self, at: datetime, place: Place, **fields: object) -> None:
        """Take over the fields that are given and not older than what is known."""
        for name, value in fields.items():
            if value is not None and (name not in self.said or at >= self.said[name][0]):
                self.said[name] = (at, place, value)

    def get(self, field: str) -> Any:  # noqa: ANN401 - a field's own type
        """The latest value of a field, None if it was never said."""
        return self.said[field][2] if field in self.said else None

    def turn(self, at: datetime, *, closed: bool) -> None:
        """Close or reopen it, unless something later is known; the later arrival stands when equal."""
        if self.closing is None or at >= self.closing[0]:
            self.closing = (at, closed)

    @property
    def is_closed(self) -> bool:
        """Whether it is closed, of closings and reopenings the latest by their instant."""
        return self.closing is not None and self.closing[1]


class EntrySource(StrEnum):
    """How a portal reported an activity."""

    CODE = "code"
    MODULE = "module"
    PROGRAMME = "programme"


class Entry(msgspec.Struct):
    """One credited activity. `completed_on` is the date as the portal wrote it; the catalogue may know better."""

    key: str
    source: EntrySource
    origin: Account
    activity_id: str
    completed_on: date
    position: int
    recorded_at: datetime
    recorded_on: frozenset[Portal]
    activated_at: datetime | None = None
    code: str | None = None
    audience: str | None = None
    vouched_for: str | None = None
    code_revoked_at: datetime | None = None
    hours: float = 0
    distance_hours: float = 0
    organisation: str | None = None

    def came_before(self, other: Entry) -> bool:
        """Whether it was recorded first; in a transaction that is not stored yet, positions are not known."""
        return (self.recorded_at, self.position) <= (other.recorded_at, other.position)


class Reversal(msgspec.Struct, frozen=True):
    """A credit taken back: by which account's portal, why and when; `place` orders it by recording.

    `account` is None if support did it. `moved`: the code is another person's, who has the credit; `before` is then the
    reversal that stands again if the code comes back.
    """

    account: Account | None
    reason: str
    at: datetime
    place: Place
    moved: bool = False
    before: Reversal | None = None

    @property
    def told(self) -> str:
        """The reason as portals are told it: whose a moved code is, and what support wrote, concerns nobody else."""
        if self.moved:
            return CODE_MOVED
        return self.reason if self.account else SUPPORT

    def beside(self, other: Reversal) -> Reversal:
        """What stands of two reversals of one credit: the first, and that the code was moved in any case."""
        if self.moved == other.moved:
            return min(self, other, key=lambda one: one.place)
        mark, real = (self, other) if self.moved else (other, self)
        return mark if mark.before else msgspec.structs.replace(mark, before=real)

    @property
    def portal(self) -> Portal | None:
        """The portal that reported it, None if support did it."""
        return self.account.portal if self.account else None


class Cycle(msgspec.Struct, frozen=True):
    """A five-year cycle for one specialty; `place` orders it by recording."""

    said: CycleOpened
    place: Place


class ReplicaState(StrEnum):
    """Where a replica stands (CONTRACT.md, «Replicas»)."""

    REQUESTED = "requested"
    APPLIED = "applied"
    REFUSED = "refused"


class Telling(msgspec.Struct, frozen=True):
    """What a replica says to the portal that is to show it."""

    kind: str
    activity_id: str
    completed_on: date
    title: str | None = None
    credits: float | None = None


class Replica(msgspec.Struct):
    """The copy of an entry in the other account: what was asked, how often, and what the portal answered."""

    account: Account
    key: str
    telling: Telling
    revision: int
    backfill: bool
    requested_at: datetime
    asked_at: datetime
    asked: int = 1
    state: ReplicaState = ReplicaState.REQUESTED
    answered_at: datetime | None = None
    detail: str | None = None
    deferred: bool = False


class LinkKey(msgspec.Struct, frozen=True):
    """What pairs a request and a confirmation: the same request id and the same two accounts."""

    request_id: str
    edu: str
    sovetnmo: str

    @property
    def accounts(self) -> tuple[Account, Account]:
        """The edu account and the sovetnmo account."""
        return Account(Portal.EDU, self.edu), Account(Portal.SOVETNMO, self.sovetnmo)


class LinkAttempt(msgspec.Struct):
    """One attempt to link two accounts, as far as it came."""

    key: LinkKey
    begun_at: datetime
    requested: bool = False
    confirmed: bool = False
    reason: Reason | None = None
    refused_at: datetime | None = None
    upheld: bool = False

    @property
    def is_case(self) -> bool:
        """Whether people have to decide on it: the identities differ, and nobody has refused it for good."""
        return self.reason is Reason.IDENTITY_MISMATCH and not self.upheld

    @property
    def is_refused(self) -> bool:
        """Whether it ended without a link: it was refused, the person declined, or support undid it."""
        return self.reason is not None

    @property
    def state(self) -> str:
        """The wire value of `history --json`."""
        if self.is_refused:
            return "refused"
        return "requested" if self.requested else "confirmed"


class Link(msgspec.Struct):
    """The link that joined two accounts, and how much of the earlier history is shown on the other side.

    `open` counts the backfilled replicas that neither were answered nor are reversed; `version` is the joining's place
    in the stream.
    """

    key: LinkKey
    joined_at: datetime
    version: int
    to_edu: int
    to_sovetnmo: int
    applied: int = 0
    open: int = 0
    told: int = 0
    completed_at: datetime | None = None

    @property
    def state(self) -> str:
        """The wire value of `history --json`."""
        return "completed" if self.completed_at else "backfilling"
