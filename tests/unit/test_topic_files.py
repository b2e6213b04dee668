"""Topic files of the embedded default: whole lines, whatever happens to those who write them."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumers.consumer import Consumer
from consumers.topic_file_records import TopicFileRecords
from sync_service.adapters.file_topics import FileTopics
from sync_service.messages.records import Outgoing
from sync_service.messages.topic_lines import line_of, parts_of
from sync_service.messages.transport_errors import OffsetsWentBack
from tests.fake_application import FakeApplication
from tests.transports import messages_of, numbered, polled, received

if TYPE_CHECKING:
    from pathlib import Path


def values_in(directory: Path, topic: str = "t") -> list[bytes]:
    application = FakeApplication()
    Consumer(TopicFileRecords(directory, [topic], application), application).run_until_idle()
    return application.values


def test_a_structured_event_stands_in_its_file_as_it_is(tmp_path: Path) -> None:
    event = b'{"specversion":"1.0","id":"1"}'
    headers = (("content-type", b"application/cloudevents+json"),)
    FileTopics(tmp_path).send([Outgoing("t", event, b"edu:1", headers)])
    assert (tmp_path / "t.ndjson").read_bytes() == event + b"\n"


def test_other_bytes_stand_there_readably(tmp_path: Path) -> None:
    FileTopics(tmp_path).send([Outgoing("t", b"\xff", "ключ".encode(), (("reason", b"not UTF-8"), ("raw", b"\x80")))])
    line = '{"key":"ключ","headers":[["reason","not UTF-8"],["raw",{"base64":"gA=="}]],"value_base64":"/w=="}\n'
    assert (tmp_path / "t.ndjson").read_text() == line


keys = st.none() | st.binary(max_size=8)
headers = st.lists(st.tuples(st.text(max_size=4).filter(str.isprintable), st.binary(max_size=8)), max_size=3)


@given(st.binary(max_size=40) | st.just(b'{"a":1}'), keys, headers)
def test_a_message_is_read_back_from_its_line(value: bytes, key: bytes | None, named: list[tuple[str, bytes]]) -> None:
    message = Outgoing("t", value, key, tuple(named))
    line = line_of(message)
    assert line.count(b"\n") == 1
    read, read_key, read_headers = parts_of(line[:-1])
    assert read == value
    assert (read_key, read_headers) in {(key, tuple(named)), (None, ())}
    assert read_headers == tuple(named)


def test_a_line_that_only_looks_wrapped_is_a_value(tmp_path: Path) -> None:
    (tmp_path / "t.ndjson").write_bytes(b'{"key":1}\n{"key":null,"headers":[],"value_base64":"!"}\n')
    assert values_in(tmp_path) == [b'{"key":1}', b'{"key":null,"headers":[],"value_base64":"!"}']


def test_a_line_that_looks_wrapped_and_is_no_utf_8_is_a_value() -> None:
    line = b'{"key":"\xff","headers":[],"value_base64":""}'
    assert parts_of(line) == (line, None, ())


@pytest.mark.parametrize("topic", ["", "..", "a/b", "ж", "a" * 201])
def test_a_name_that_is_no_topic_is_refused(tmp_path: Path, topic: str) -> None:
    with pytest.raises(ValueError, match="not the name of a topic"):
        FileTopics(tmp_path).send(messages_of(topic, numbered(1)))


@pytest.mark.parametrize("torn", [b'{"torn', b"x" * 200_000])
def test_the_torn_line_of_a_killed_writer_is_cut_off(tmp_path: Path, torn: bytes) -> None:
    topics = FileTopics(tmp_path)
    topics.send(messages_of("t", numbered(2)))
    with (tmp_path / "t.ndjson").open("ab") as file:
        file.write(torn)
    assert values_in(tmp_path) == numbered(2)
    topics.send(messages_of("t", numbered(1, first=2)))
    assert values_in(tmp_path) == numbered(3)


def test_a_file_that_is_nothing_but_a_torn_line_begins_again(tmp_path: Path) -> None:
    (tmp_path / "t.ndjson").write_bytes(b'{"torn')
    FileTopics(tmp_path).send(messages_of("t", numbered(1)))
    assert values_in(tmp_path) == numbered(1)


def test_only_whole_lines_are_delivered_however_long(tmp_path: Path) -> None:
    path, application = tmp_path / "t.ndjson", FakeApplication()
    records = TopicFileRecords(tmp_path, ["t"], application)
    long = b'{"text":"%s"}' % (b"x" * 3_000_000)
    with path.open("ab", buffering=0) as file:
        file.write(b"{}\n" + long[:2_000_000])
        assert [record.value for record in polled(records, 1)] == [b"{}"]
        assert records.poll(9, 10**8, 50) == []
        file.write(long[2_000_000:] + b"\n\n{}\n")
        found = polled(records, 2)
    records.close()
    assert [record.value for record in found] == [long, b"{}"]
    assert found[0].offset == 3


def test_topics_take_turns(tmp_path: Path) -> None:
    topics = FileTopics(tmp_path)
    topics.send([*messages_of("a", numbered(6)), *messages_of("b", numbered(6))])
    records = TopicFileRecords(tmp_path, ["a", "missing", "b"], FakeApplication())
    assert [records.poll(3, 10**6, 50)[0].topic for _ in range(4)] == ["a", "b", "a", "b"]
    records.close()


def test_a_file_cut_under_a_running_reader_stops_it(tmp_path: Path) -> None:
    FileTopics(tmp_path).send(messages_of("t", numbered(5)))
    application = FakeApplication()
    records = TopicFileRecords(tmp_path, ["t"], application)
    received(records, application, 5)
    os.truncate(tmp_path / "t.ndjson", 0)
    with pytest.raises(OffsetsWentBack):
        records.poll(9, 10**6, 100)
    records.close()


def test_a_restored_copy_is_the_same_source(tmp_path: Path) -> None:
    FileTopics(tmp_path).send(messages_of("t", numbered(5)))
    application = FakeApplication()
    records = TopicFileRecords(tmp_path, ["t"], application)
    received(records, application, 5)
    path = tmp_path / "t.ndjson"
    content = path.read_bytes()
    path.unlink()
    path.write_bytes(content + b'{"id":"new"}\n')
    received(records, application, 1)
    records.close()
    assert application.values == [*numbered(5), b'{"id":"new"}']


def test_a_reader_does_not_see_what_a_writer_has_not_finished(tmp_path: Path) -> None:
    FileTopics(tmp_path).send(messages_of("t", numbered(1)))
    records = TopicFileRecords(tmp_path, ["t"], FakeApplication())
    with (tmp_path / "t.ndjson").open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert records.poll(9, 10**6, 50) == []
    assert len(polled(records, 1)) == 1
    records.close()


WRITER = """
import pathlib, sys
from sync_service.adapters.file_topics import FileTopics
from sync_service.messages.records import Outgoing
directory, first, count, size_bytes = pathlib.Path(sys.argv[1]), *map(int, sys.argv[2:])
topics, text = FileTopics(directory), b"x" * size_bytes
for start in range(first, first + count, 5):
    numbers = range(start, start + 5)
    topics.send([Outgoing("t", b'{"id":"m-%d","text":"%s"}' % (number, text)) for number in numbers])
"""


def writing(directory: Path, first: int, count: int, size_bytes: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", WRITER, str(directory), *map(str, (first, count, size_bytes))])


def test_several_processes_never_mix_their_lines(tmp_path: Path) -> None:
    application = FakeApplication()
    records = TopicFileRecords(tmp_path, ["t"], application)
    writers = [writing(tmp_path, first, 200, 1_000) for first in (0, 1_000, 2_000)]
    received(records, application, 600)
    assert [writer.wait() for writer in writers] == [0, 0, 0]
    records.close()
    found = [int(json.loads(value)["id"].removeprefix("m-")) for value in application.values]
    for first in (0, 1_000, 2_000):
        mine = range(first, first + 200)
        assert [number for number in found if number in mine] == list(mine)


def test_a_writer_killed_at_any_moment_leaves_whole_lines_for_the_next(tmp_path: Path) -> None:
    application = FakeApplication()
    records = TopicFileRecords(tmp_path, ["t"], application)
    for _ in range(3):
        writer = writing(tmp_path, 0, 10**9, 50_000)
        before = len(application.values)
        while len(application.values) < before + 40:
            application.receive(records.poll(100, 10**7, 200))
        time.sleep(0.01)
        writer.send_signal(signal.SIGKILL)
        writer.wait()
    FileTopics(tmp_path).send(messages_of("t", [b'{"id":"last"}']))
    while application.values[-1] != b'{"id":"last"}':
        application.receive(records.poll(100, 10**7, 200))
    records.close()
    assert all(json.loads(value) for value in application.values)
