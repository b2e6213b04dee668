"""A store with topics that outlive it, backed up and restored in memory."""

from __future__ import annotations

import json
from collections import Counter
from contextlib import contextmanager
from copy import deepcopy
from datetime import UTC, datetime
from random import Random
from typing import TYPE_CHECKING, Any

from sync_service.aggregates.confirmation_code import ConfirmationCode
from sync_service.aggregates.values import canonical_code
from sync_service.already_sent import identity_of
from sync_service.messages.records import Outgoing, Record
from sync_service.messages.transport_errors import TransportUnavailable
from sync_service.publishing import Publisher
from sync_service.reapplying import Resumed, Resumption
from sync_service.resumption import Restored
from tests.memory_restores import MemoryRestores
from tests.told import NAMES, NOW, Service

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

IN = {"edu": "nmo.edu.events.v1", "sovetnmo": "nmo.sovetnmo.events.v1", "catalogue": "nmo.catalogue.events.v1"}


class Topics:
    """The topics in and out, which outlive every store: a partition each, whose records come in any order."""

    def __init__(self, seed: int = 0) -> None:
        self.sent: list[Outgoing] = []
        self.came: dict[str, list[bytes]] = {place: [] for place in IN.values()}
        self.is_away = False
        self._chance = Random(seed)

    def send(self, messages: Sequence[Outgoing]) -> None:
        if self.is_away:
            raise TransportUnavailable("nobody answers")
        self.sent += messages

    def close(self) -> None:
        """Nothing is open."""

    def since(self, topics: Collection[str], moment: datetime) -> Iterator[Outgoing]:
        assert set(topics) == set(NAMES.all_out())
        assert moment < datetime.now(UTC)
        yield from self.sent

    def add(self, line: bytes) -> None:
        """A portal, or the catalogue, publishes."""
        source = json.loads(line)["source"].rpartition("/")[2]
        self.came[IN[source]].append(line)

    def ends(self) -> dict[str, int]:
        return {place: len(came) for place, came in self.came.items() if came}

    def records(self, place: str, start: int) -> list[Record]:
        came = self.came[place][start:]
        return [Record(line, place, at, at + 1, topic=place) for at, line in enumerate(came, start)]

    @contextmanager
    def reader(self, positions: dict[str, int]) -> Iterator[Reader]:
        yield Reader(self, positions, self._chance)

    def said(self, kind: str) -> list[dict[str, Any]]:
        """What the messages of a type say."""
        events = [json.loads(message.value) for message in self.sent]
        return [event["data"] for event in events if event["type"] == f"ru.nmo.{kind}.v1"]

    def twice(self) -> list[bytes]:
        """What was said more than once."""
        counts = Counter(map(identity_of, self.sent))
        return [message.value for message in self.sent if counts[identity_of(message)] > 1]


class Reader:
    """Reads the partitions from where a store stands, a few records of one of them at a time."""

    def __init__(self, topics: Topics, positions: dict[str, int], chance: Random) -> None:
        self._topics, self._positions, self._chance = topics, positions, chance

    def poll(self, records_max: int, bytes_max: int, timeout_ms: int) -> list[Record]:
        assert records_max * bytes_max * timeout_ms
        place = self._chance.choice(list(IN.values()))
        records = self._topics.records(place, self._positions.get(place, 0))[: self._chance.randint(1, 3)]
        self._positions[place] = self._positions.get(place, 0) + len(records)
        return records


class Site:
    """A service that reads and writes the topics; `backup` remembers it, and `restored` is made of that."""

    def __init__(self, topics: Topics, service: Service | None = None, decider: str | None = None) -> None:
        self.topics, self.service = topics, service or Service()
        self.restores = MemoryRestores()
        self.publisher = Publisher(self.service.store, topics, NAMES, sent=self.restores, decider=decider)

    def given(self, *values: bytes) -> Site:
        """Take messages one after the other, and publish what each of them means."""
        for value in values:
            self.topics.add(value)
            self.read()
            self.publish()
        return self

    def read(self) -> None:
        for place, position in self.positions().items():
            self.service.application.receive(self.topics.records(place, position))

    def publish(self) -> None:
        while self.publisher.publish_next():
            pass

    def positions(self) -> dict[str, int]:
        return dict.fromkeys(IN.values(), 0) | self.service.store.positions(list(IN.values()))

    def code(self, text: str) -> ConfirmationCode:
        """A confirmation code as the store has it, tried or not."""
        code = ConfirmationCode(canonical_code(text))
        return code.fold(self.service.store.load([code.id]).get(code.id, []))

    def backup(self) -> Service:
        return deepcopy(self.service)

    def restored(self, backup: Service, decider: str | None = None) -> tuple[Site, Resumed]:
        site = Site(self.topics, deepcopy(backup), decider)
        store = site.service.store
        site.restores.begin(Restored(1, datetime.now(UTC), store.followed("publisher")))
        resumed = Resumption(
            book=site.restores,
            sent=self.topics,
            names=NAMES,
            application=site.service.application,
            now=lambda: NOW,
            unread=self.topics.ends,
            incoming=lambda: self.topics.reader(site.positions()),
        ).run()
        assert resumed is not None
        return site, resumed
