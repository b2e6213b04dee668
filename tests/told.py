"""What the portals are told: the application on a store in memory, fed with lines, and its log translated."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec

from sync_service.adapters.memory_store import MemoryStore
from sync_service.application import Application
from sync_service.messages.outcome_messages import OUTGOING_BODIES
from sync_service.messages.records import Outgoing, Record
from sync_service.outgoing import messages_of
from sync_service.topic_names import TopicNames
from tests.fake_sealer import FakeSealer
from tests.model import lines

if TYPE_CHECKING:
    from collections.abc import Sequence

NOW = datetime(2026, 1, 1, tzinfo=UTC)
NAMES = TopicNames()
BODIES = {body.TYPE: body for body in OUTGOING_BODIES}


@dataclass(frozen=True)
class Sent:
    """One message that went out, opened."""

    portal: str
    channel: str
    key: str
    event: dict[str, Any]

    @property
    def kind(self) -> str:
        return str(self.event["type"]).removeprefix("ru.nmo.").removesuffix(".v1")

    @property
    def said(self) -> dict[str, Any]:
        said: dict[str, Any] = self.event["data"]
        return said

    @property
    def cause(self) -> str | None:
        return self.event.get("cause")

    @property
    def to(self) -> tuple[str, str, str]:
        """What was sent, to which portal, under which key."""
        return self.kind, self.portal, self.key


class Service:
    """The application on a store in memory, and what it would tell the portals."""

    def __init__(self, store: MemoryStore | None = None) -> None:
        self.store = store or MemoryStore()
        self.application = Application(self.store, lambda: NOW, NAMES.source_of)
        self.sealer = FakeSealer()
        self._offset = 0

    def given(self, *values: bytes) -> Service:
        """Receive these lines as `ingest` would."""
        return self.given_records([Record(value, "file:1", 0, 0) for value in values])

    def given_records(self, records: Sequence[Record]) -> Service:
        """Receive these records in one batch, each on the next offset."""
        placed = []
        for record in records:
            self._offset += 1
            placed.append(msgspec.structs.replace(record, offset=self._offset, next_offset=self._offset + 1))
        self.application.receive(placed)
        return self

    def outgoing(self, after: int = 0) -> list[Outgoing]:
        """Translate the log from a position on."""
        events = self.store.read(after, 1_000_000)
        bytes_of = self.store.parked_bytes
        return [message for event in events for message in messages_of(event, NAMES, bytes_of, sealer=self.sealer)]

    def told(self, after: int = 0) -> list[Sent]:
        """What the portals are told, copies of dead letters aside."""
        return [opened(message) for message in self.outgoing(after) if not NAMES.is_dead_letters(message.topic)]

    def then(self, *values: bytes) -> list[Sent]:
        """Receive these lines too, and give what only they lead to."""
        before = self.store.head()
        return self.given(*values).told(before)


def opened(message: Outgoing) -> Sent:
    """Open a message, and check what must be true of every one."""
    _, portal, channel, _ = message.topic.split(".")
    event = json.loads(message.value)
    assert message.headers == (("content-type", b"application/cloudevents+json"),)
    assert message.topic in NAMES.all_out()
    body = BODIES[event["type"]].model_validate_json(json.dumps(event["data"]))
    assert body.model_dump(mode="json", exclude_none=True) == event["data"]
    assert (event["specversion"], event["source"]) == ("1.0", "/sync")
    assert datetime.fromisoformat(event["time"]) == NOW
    key = message.key.decode() if message.key else ""
    assert event.get("subject", key) == key
    return Sent(portal, channel, key, event)


def id_of(line: bytes) -> str:
    """The id of a message."""
    return str(lines.decode(line)["id"])


def assert_sound(sent: Sequence[Sent]) -> None:
    """An activity never goes back to its origin, revisions never go down, and no two messages share an id."""
    revisions: dict[tuple[str, str, str], int] = defaultdict(int)
    for one in sent:
        if one.channel == "replicas":
            shown = (one.portal, one.said["account_id"], one.said["activity_key"])
            assert one.said["revision"] >= revisions[shown]
            revisions[shown] = one.said["revision"]
        if one.kind == "replica.requested":
            assert one.said["origin"]["portal"] != one.portal
    assert max(Counter(one.event["id"] for one in sent).values(), default=1) == 1
