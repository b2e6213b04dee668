"""The order in which the service stored messages, read from its log, and the independent model fed in that order.

Which of two partitions comes first is chance, and first come decides who gets a contested code and which origin a
record has. So the model is told the same messages in the order in which the log has them. That this order is a lawful
one, with every account's messages as they were published, is compared apart from it.
"""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tests.model.contract_model import World

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sync_service.event_store import EventStore

READ_EVENTS_MAX = 10_000

Identity = tuple[str, str]
"""A message's source and id."""

Stream = tuple[str, bytes]
"""A topic and a key: what Kafka keeps in order."""


def identity_of(line: bytes) -> Identity | None:
    """The source and id of a line, None if it cannot be read."""
    try:
        event = json.loads(line)
        return event["source"], event["id"]
    except (ValueError, KeyError):
        return None


def stored_order(store: EventStore) -> list[Identity]:
    """The stored messages, each where its first event stands in the log."""
    found: dict[Identity, None] = {}
    position = 0
    while events := store.read(position, READ_EVENTS_MAX):
        for event in events:
            if event.cause:
                source, _, message_id = event.cause.partition("#")
                found.setdefault((source, message_id))
        position = events[-1].position
    return list(found)


def told_in_order(order: Sequence[Identity], lines: Iterable[bytes]) -> World:
    """A model that was told every line: first what is stored, in the order of the log, then all the rest."""
    by_identity: dict[Identity, bytes] = {}
    rest: list[bytes] = []
    for line in lines:
        identity = identity_of(line)
        if identity is None or identity in by_identity:
            rest.append(line)
        else:
            by_identity[identity] = line
    world, now = World(), datetime.now(UTC)
    for line in [*(by_identity.pop(identity) for identity in order), *by_identity.values(), *rest]:
        world.deliver(line, now)
    return world


def firsts(sent: Iterable[tuple[str, bytes | None, bytes]]) -> dict[Stream, list[Identity]]:
    """By topic and key, the messages in their order, each at its first coming; what cannot be read is left out."""
    found: dict[Stream, dict[Identity, None]] = defaultdict(dict)
    for topic, key, line in sent:
        identity = identity_of(line)
        if identity is not None:
            found[topic, key or b""].setdefault(identity)
    return {stream: list(identities) for stream, identities in found.items()}


def in_log_order(streams: dict[Stream, list[Identity]], order: Sequence[Identity]) -> dict[Stream, list[Identity]]:
    """The same messages by topic and key, in the order of the log; those that are not in it come last, in any order."""
    place = {identity: number for number, identity in enumerate(order)}
    return {
        stream: sorted(identities, key=lambda identity: place.get(identity, len(place)))
        for stream, identities in streams.items()
    }
