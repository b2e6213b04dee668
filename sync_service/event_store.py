"""The port of the event store: what is written in one transaction, and what can be read back."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

import msgspec

from sync_service.aggregates.aggregate import Event
from sync_service.messages.records import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from contextlib import AbstractContextManager


def idle() -> None:
    """What there is to do while the store is busy, unless somebody knows better."""


class Conflict(Exception):
    """Someone else wrote what this transaction relied on: load afresh and decide again. Nothing was written."""


class StoredMessage(msgspec.Struct, frozen=True):
    """That a message is stored: its key (source, id), its content (type, data), and how it was judged on arrival."""

    key: UUID
    content: UUID
    refused: bool


class ParkedBytes(msgspec.Struct, frozen=True):
    """The bytes of a parked message. `letter` is its stream; `message` its key, if source and id could be read."""

    letter: UUID
    message: UUID | None
    record: Record
    parked_at: datetime


class EditedBytes(msgspec.Struct, frozen=True):
    """What a parked message was applied as after somebody had edited it; what came stays as it is."""

    letter: UUID
    value: bytes
    edited_at: datetime


class Move(msgspec.Struct, frozen=True):
    """How far a transaction moves on in one place, and what it counted there.

    `expected` is where the place stood before, None if it was never read: the move fails if that is not so any more.
    """

    place: str
    expected: int | None
    next_offset: int
    received: int
    repeats: int


class Flow(msgspec.Struct):
    """What a transaction received from one source, and what became of it; a retry moves one from parked to stored."""

    source: str
    received: int = 0
    stored: int = 0
    repeats: int = 0
    refused: int = 0
    parked: int = 0


class Erasure(msgspec.Struct, frozen=True):
    """What an erasure changes in what is stored already, in the same transaction as the facts that it records.

    `rewritten` are events as they are when nobody is known: each replaces the stored one of its stream and version.
    The streams of `rekeyed` (all their events are among the rewritten) get a new key, the old one is destroyed, and
    e-mail notices about them are removed. Of `letters` the bytes are dropped, and so are the rows of every view that
    were made from `owners`: they are made anew from the rewritten events.
    """

    rewritten: list[Event]
    rekeyed: frozenset[UUID]
    letters: list[UUID]
    owners: frozenset[UUID] = frozenset()


class Work(msgspec.Struct):
    """Everything that one transaction writes.

    `relied_on` are the versions of the streams that were read and not written; if one has moved on, nothing is written.
    """

    recorded_at: datetime
    events: list[Event] = []
    messages: list[StoredMessage] = []
    parked: list[ParkedBytes] = []
    edited: list[EditedBytes] = []
    moves: list[Move] = []
    flows: list[Flow] = []
    relied_on: dict[UUID, int] = {}
    erasure: Erasure | None = None


class MessageCounts(msgspec.Struct, frozen=True):
    """What was received in the whole store, and what became of it (CONTRACT.md, «Counting»)."""

    received: int
    stored: int
    repeats: int
    refused: int
    parked: int


class Append(Protocol):
    """Writes all of a transaction's work or nothing."""

    def __call__(self, work: Work, meanwhile: Callable[[], object] = idle) -> int:
        """The log's head afterwards; raises Conflict."""


class EventStore(Protocol):
    """Keeps the events, and beside them what must be true in the same transaction."""

    def load(self, streams: Collection[UUID], until: int | None = None) -> dict[UUID, list[Event]]:
        """The events of these streams, oldest first, none after the position `until`; unknown streams are left out."""

    def seen(self, messages: Collection[UUID]) -> dict[UUID, UUID]:
        """The contents of those messages that are stored, by key."""

    def letters(self, messages: Collection[UUID]) -> dict[UUID, list[UUID]]:
        """The parked letters that carry these messages' keys."""

    def parked_bytes(self, letter: UUID) -> ParkedBytes | None:
        """The bytes of a parked message; empty ones if they were erased."""

    def edited_bytes(self, letter: UUID) -> EditedBytes | None:
        """What a parked message was applied as, if somebody had edited it."""

    def letter_streams(self, *, waiting: bool = False, limit: int | None = None) -> list[list[Event]]:
        """The events of every parked message, or of those that wait for a decision, in order of arrival.

        With a limit: of so many that came first.
        """

    def latest_letters(self, skip: int, limit: int) -> list[list[Event]]:
        """The events of the parked messages that came last, decided or not, the last one first."""

    def letter_counts(self) -> tuple[int, int]:
        """How many parked messages wait for a decision, and how many there ever were."""

    def positions(self, places: Collection[str]) -> dict[str, int]:
        """Where reading goes on in these places; places never read are left out."""

    def known_places(self, prefix: str) -> dict[str, int]:
        """Where reading goes on in every place whose name begins with the prefix."""

    def append(self, work: Work, meanwhile: Callable[[], object] = idle) -> int:
        """Write all of it or nothing, and return the log's head; raises Conflict.

        `meanwhile` may be called while the store is busy, or not at all; it must leave the store alone.
        """

    def alone(self) -> AbstractContextManager[Append]:
        """Keep all other writers out from now to the end; gives what appends meanwhile, once. Raises Conflict."""

    def read(self, after: int, limit: int) -> list[Event]:
        """The events after a position, in the log's order, at most `limit`."""

    def head(self) -> int:
        """The position of the newest event, 0 if there is none."""

    def position_at(self, moment: datetime) -> int:
        """The position of the last event recorded at or before the moment, 0 if there is none."""

    def counts(self) -> MessageCounts:
        """What was received and what became of it."""

    def followed(self, follower: str) -> int:
        """How far a follower of the log has come, 0 at first."""

    def follow(self, follower: str, position: int) -> None:
        """Store how far a follower of the log has come."""

    def followers(self) -> Mapping[str, tuple[int, datetime]]:
        """How far every follower has come, and when it last said so."""
