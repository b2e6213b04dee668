"""The aggregates of the stock library's peer, as its documentation would have a user write them."""

# ruff: noqa: ARG002 - what an event carries are the arguments of the method that records it

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - the library reads the signatures
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from eventsourcing.domain import Aggregate, event


class ReceivedMessage(Aggregate):
    """A message that is stored. Its id is drawn from source and id, so that a second one meets the unique index."""

    @event("Received")
    def __init__(self, source: str, message_id: str, message_type: str, *, refused: bool) -> None:
        self.source, self.message_id, self.message_type = source, message_id, message_type
        self.refused = refused

    @staticmethod
    def create_id(source: str, message_id: str, **_: Any) -> UUID:  # noqa: ANN401 - the other arguments
        """The same for the same message."""
        return uuid5(NAMESPACE_URL, f"message:{source}#{message_id}")


class Activity(Aggregate):
    """An activity of the catalogue."""

    @event("Published")
    def __init__(self, activity_id: str, kind: str, title: str, accreditation: list[dict[str, Any]]) -> None:
        self.activity_id, self.kind, self.title = activity_id, kind, title
        self.accreditation = accreditation

    @staticmethod
    def create_id(activity_id: str, **_: Any) -> UUID:  # noqa: ANN401 - the other arguments
        """The same for the same activity."""
        return uuid5(NAMESPACE_URL, f"activity:{activity_id}")


class Code(Aggregate):
    """A code and whose it is."""

    @event("Issued")
    def __init__(self, code: str, activity_id: str, audience: str | None) -> None:
        self.code, self.activity_id, self.audience = code, activity_id, audience
        self.owner: str | None = None
        self.activated_at: datetime | None = None

    @staticmethod
    def create_id(code: str, **_: Any) -> UUID:  # noqa: ANN401 - the other arguments
        """The same for the same code."""
        return uuid5(NAMESPACE_URL, f"code:{code}")

    @event("Activated")
    def activate(self, account: str, typed: str, activated_at: datetime) -> None:
        """It becomes the account's."""
        self.owner, self.activated_at = account, activated_at

    @event("Refused")
    def refuse(self, account: str, typed: str, activated_at: datetime) -> None:
        """Somebody else tried it."""


class Specialist(Aggregate):
    """One person; after a link the edu account's has absorbed the other. `shown` says where what is shown."""

    @event("Noticed")
    def __init__(self, account: str) -> None:
        self.accounts = [account]
        self.absorbed_into: UUID | None = None
        self.known: dict[str, Any] = {}
        self.halves: dict[str, list[str]] = {}
        self.shown: dict[str, list[str]] = {}

    @staticmethod
    def create_id(account: str) -> UUID:
        """The same for the same account."""
        return uuid5(NAMESPACE_URL, f"account:{account}")

    @event("Registered")
    def register(self, account: str, known: dict[str, Any]) -> None:
        """What the portal knows of the person."""
        self.known |= known

    @event("Recorded")
    def record(self, account: str, key: str, activity_id: str, completed_on: str, said: dict[str, Any]) -> None:
        """Something was activated or completed."""
        self.shown[key] = [account]

    @event("ReplicaRequested")
    def request_replica(self, account: str, key: str, activity: dict[str, Any]) -> None:
        """The person's other account is to show it too."""
        self.shown[key].append(account)

    @event("LinkHeard")
    def hear(self, request_id: str, half: str, at: datetime) -> None:
        """One half of a link came."""
        self.halves.setdefault(request_id, []).append(half)

    @event("AbsorbedInto")
    def be_absorbed(self, by: UUID) -> None:
        """From now on the other one is this person."""
        self.absorbed_into = by

    @event("Absorbed")
    def absorb(self, account: str, shown: list[str]) -> None:
        """Take over the other account and its history."""
        self.accounts.append(account)
        for key in shown:
            self.shown.setdefault(key, []).append(account)
