"""The simulation on a channel, and the files that the embedded default uses for it."""

from __future__ import annotations

import threading
from collections import deque
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import orjson

from simulation.file_channel import FileChannel
from simulation.life import Life
from simulation.manners import PLAIN
from simulation.runner import Simulation
from simulation.wire import kind_of
from sync_service.adapters.file_topics import FileTopics
from sync_service.messages.records import Outgoing
from sync_service.messages.topic_lines import parts_of

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from simulation.stories import Story

BASE = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
TOPIC = "nmo.edu.events.v1"
LONG_LINES = [b'{"a":"%s"}' % (letter * 300) for letter in (b"a", b"b", b"c")]


class EagerService:
    """A stand-in for service and transport: every module that sovetnmo completes is requested at edu."""

    def __init__(self) -> None:
        self.requested: set[tuple[str, str]] = set()
        self.answered: list[dict[str, Any]] = []
        self._out: deque[tuple[str, bytes]] = deque()

    def publish(self, topic: str, key: bytes, value: bytes) -> None:
        event = orjson.loads(value)
        data = event["data"]
        assert topic.endswith(".events.v1")
        assert isinstance(key, bytes)
        if kind_of(event).startswith("replica.") and not kind_of(event).endswith("withdrawn.v1"):
            self.answered.append(event)
        if (
            kind_of(event) == "module.completed.v1"
            and topic == "nmo.sovetnmo.events.v1"
            and len(data["completed_on"]) == 10
        ):
            replica = (f"E{data['account_id']}", f"module:{data['module_id']}:{data['completed_on']}")
            self.requested.add(replica)
            self._send("replica.requested.v1", account_id=replica[0], activity_key=replica[1], revision=1)

    def flush(self) -> None:
        pass

    def read(self, topics: Collection[str]) -> list[tuple[str, bytes]]:
        if "nmo.edu.replicas.v1" not in topics:
            return []
        out, self._out = self._out, deque()
        return list(out)

    def _send(self, kind: str, **told: object) -> None:
        self._out.append(("nmo.edu.replicas.v1", orjson.dumps({"type": f"ru.nmo.{kind}", "id": "1", "data": told})))


def test_a_life_is_published_whole_and_every_request_is_answered() -> None:
    life = Life(seed=2, specialists=20, duration_s=0.5, base=BASE)
    service = EagerService()
    stories: list[Story] = []
    simulation = Simulation(life, service, manners=PLAIN, tell=stories.append)
    simulation.run(0.5, threading.Event())
    assert simulation.settle(10.0, threading.Event(), quiet_s=0.1)
    assert sum(simulation.published.values()) == len(life.happenings) + len(service.requested) + repeats(life)
    assert simulation.portals["edu"].shown.keys() == service.requested
    assert any("прошёл модуль" in str(story) and "показано в edu через" in str(story) for story in stories)


def repeats(life: Life) -> int:
    """How many answers come again because the module itself was reported again."""
    told = [
        (each.event["data"]["account_id"], each.event["data"]["module_id"], each.event["data"]["completed_on"])
        for each in life
        if kind_of(each.event) == "module.completed.v1"
        and each.publisher == "sovetnmo"
        and each.event["id"] not in life.spoilt
    ]
    return len(told) - len(set(told))


def test_a_simulation_that_is_told_to_stop_stops() -> None:
    stopping = threading.Event()
    stopping.set()
    simulation = Simulation(Life(seed=2, specialists=5, duration_s=60, base=BASE), EagerService())
    simulation.run(60, stopping)
    assert not simulation.published
    assert not simulation.settle(60, stopping)


def test_lines_come_whole_in_order_and_once(tmp_path: Path) -> None:
    writing, reading = FileChannel(tmp_path), FileChannel(tmp_path)
    assert reading.read([TOPIC]) == []
    for number in range(3):
        writing.publish(TOPIC, b"E-1", b'{"n":%d}' % number)
    assert reading.read([TOPIC]) == []
    writing.flush()
    assert reading.read([TOPIC]) == [(TOPIC, b'{"n":%d}' % number) for number in range(3)]
    assert (tmp_path / f"{TOPIC}.ndjson").read_bytes() == b'{"n":0}\n{"n":1}\n{"n":2}\n'
    assert reading.read([TOPIC]) == []


def test_what_the_service_writes_is_read_with_and_without_headers(tmp_path: Path) -> None:
    value = b'{"id":"1"}'
    FileTopics(tmp_path).send([Outgoing(TOPIC, value, b"E-1"), Outgoing(TOPIC, value, b"E-1", (("cause", b"2"),))])
    assert (tmp_path / f"{TOPIC}.ndjson").read_bytes().startswith(value + b'\n{"key":')
    assert FileChannel(tmp_path).read([TOPIC]) == [(TOPIC, value)] * 2


def test_what_the_portals_write_is_read_by_the_service_under_its_bytes(tmp_path: Path) -> None:
    channel = FileChannel(tmp_path)
    channel.publish(TOPIC, b"E-1", b'{"id":"1"}')
    channel.flush()
    assert parts_of((tmp_path / f"{TOPIC}.ndjson").read_bytes().rstrip(b"\n")) == (b'{"id":"1"}', None, ())


def test_a_line_is_read_when_it_is_whole(tmp_path: Path) -> None:
    path, reading = tmp_path / f"{TOPIC}.ndjson", FileChannel(tmp_path)
    path.write_bytes(b'{"a":1}\n{"b"')
    assert reading.read([TOPIC]) == [(TOPIC, b'{"a":1}')]
    path.write_bytes(b'{"a":1}\n{"b":2}\n')
    assert reading.read([TOPIC]) == [(TOPIC, b'{"b":2}')]


def test_what_a_killed_writer_left_half_written_is_cut_off(tmp_path: Path) -> None:
    path, writing = tmp_path / f"{TOPIC}.ndjson", FileChannel(tmp_path)
    for torn in (b"x" * 200_000, b'{"a":1}\n' + b"y" * 200_000):
        path.write_bytes(torn)
        writing.publish(TOPIC, b"", b'{"c":3}')
        writing.flush()
        assert path.read_bytes() == torn[: torn.rfind(b"\n") + 1] + b'{"c":3}\n'


def test_several_writers_do_not_mix_their_lines(tmp_path: Path) -> None:
    def write(letter: bytes) -> None:
        channel = FileChannel(tmp_path)
        for _ in range(20):
            for _ in range(50):
                channel.publish(TOPIC, b"", letter)
            channel.flush()

    writers = [threading.Thread(target=write, args=(letter,)) for letter in LONG_LINES]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    lines = [line for _, line in FileChannel(tmp_path).read([TOPIC])]
    assert len(lines) == 3_000
    assert set(lines) == set(LONG_LINES)
