"""Fuzzes what comes by Kafka: value, key and headers, through decoding and receiving into views and answers."""

from __future__ import annotations

from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING

import msgspec

from sync_service.aggregates.errors import DomainError
from sync_service.application import Application
from sync_service.messages.decoding import MESSAGE_BYTES_MAX, decode
from sync_service.messages.records import Record
from tests.fuzz.spoiling import JSON_SCRAPS, TEXTS, encoded, spoiled_bytes, spoiled_json
from tests.model import lines
from tests.model.streams import steps
from tests.unit.support_desk import Desk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random
    from typing import Any

    from tests.fuzz.door import Enter

STREAMS = 40
STEPS = 60
SHOWN_EVERY = 40
ACCOUNTS = ("sovetnmo:s1", "edu:e1", "sovetnmo:s2", "edu:e2")
TOPICS = {"nmo.sovetnmo.events.v1": "/portals/sovetnmo", "nmo.edu.events.v1": "/portals/edu"}
MEDIA_TYPES = (
    b"application/cloudevents+json",
    b"application/cloudevents+json; charset=utf-8",
    b"APPLICATION/JSON",
    b"application/cloudevents+avro",
    b"application/cloudevents-batch+json",
    b"text/plain",
    b"",
    b"\xff",
)


@lru_cache(maxsize=1)
def corpus() -> list[list[dict[str, Any]]]:
    """Valid events in the order of life, stream by stream, so that later ones refer to what earlier ones said."""
    return [[lines.decode(step.line) for step in steps(seed, STEPS, malformed=0)] for seed in range(STREAMS)]


def event_of(chance: Random) -> dict[str, Any]:
    """One event of any stream; early ones, which others refer to, come more often."""
    stream = chance.choice(corpus())
    return stream[min(chance.randrange(len(stream)), chance.randrange(len(stream)))]


class MessagesDoor:
    """Records, one by one: valid, spoiled a little, spoiled beyond reading."""

    name = "kafka"
    lasts = 400
    share = 40

    def make(self, chance: Random) -> Record:
        """Make a record in either content mode."""
        event = spoiled_json(chance, event_of(chance), chance.choice((0, 0, 0, 0, 0, 0, 1, 1, 2, 3)))
        value, headers = _binary(chance, event) if chance.random() < 0.25 else _structured(chance, event)
        if chance.random() < 0.15:
            value = spoiled_bytes(chance, value, chance.randint(1, 4))
        if chance.random() < 0.001:
            value += b" " * (MESSAGE_BYTES_MAX - len(value) + chance.randint(-1, 1))
        key = chance.choice((None, b"", b"s-1", b"\xff\0"))
        return Record(
            value,
            "kafka:t:i:0",
            0,
            1,
            key,
            tuple(headers),
            chance.choice((None, None, None, None, None, None, *TOPICS)),
        )

    @contextmanager
    def open(self) -> Iterator[Enter]:
        """Receive into a store in memory; what is stored is shown by every view, and asked for."""
        desk = Desk()
        desk.application = Application(desk.store, lambda: desk.now, lambda topic: TOPICS.get(topic or ""))
        count = 0

        def enter(record: Record) -> str:
            nonlocal count
            count += 1
            read = decode(record, desk.now)
            assert read == decode(record, desk.now), "the same record was read in two ways"
            receipt = desk.application.receive([msgspec.structs.replace(record, offset=count, next_offset=count + 1)])
            assert receipt.received == 1
            assert receipt.stored + receipt.repeats + receipt.parked == 1
            if count % SHOWN_EVERY == 0:
                _show(desk)
            return "stored" if receipt.stored else "repeat" if receipt.repeats else "parked"

        yield enter
        _show(desk)


def _show(desk: Desk) -> None:
    """Bring the views up to date, and ask what support would ask."""
    desk.catch_up()
    for account in ACCOUNTS:
        try:
            desk.history(account)
            desk.plan(account)
            assert desk.replay(account).equal, "what is shown is not what the events say"
        except DomainError:
            continue


def _structured(chance: Random, event: object) -> tuple[bytes, list[tuple[str, bytes]]]:
    if chance.random() < 0.6:
        return encoded(event), []
    return encoded(event), [("content-type", chance.choice(MEDIA_TYPES))]


def _binary(chance: Random, event: object) -> tuple[bytes, list[tuple[str, bytes]]]:
    """The attributes as headers, some of them doubled, of other bytes, or in another case."""
    attributes = dict(event) if isinstance(event, dict) else {}
    value = encoded(attributes.pop("data", None))
    headers = [("content-type", chance.choice((b"application/json", *MEDIA_TYPES)))]
    for name, said in attributes.items():
        text = said if isinstance(said, str) else str(said)
        utf_8 = f"ce_{name}".encode(errors="replace").decode()  # a name is text, by whatever way it comes
        headers.append((utf_8, text.encode(errors="surrogatepass")))
    if chance.random() < 0.4:
        place = chance.randrange(len(headers))
        name, content = headers[place]
        headers[place] = (chance.choice((name, name.upper(), name * 50)), spoiled_bytes(chance, content, 1))
    if chance.random() < 0.2:
        headers.append((chance.choice(("ce_id", "ce_", "", "ce_data")), chance.choice(JSON_SCRAPS)))
        headers.append(("traceparent", chance.choice(TEXTS).encode(errors="surrogatepass")))
    return value, headers
