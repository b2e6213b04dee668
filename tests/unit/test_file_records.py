"""One NDJSON file or stream as a source of records: every line once, whatever its length, end and whereabouts."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, BinaryIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumers import lines
from consumers.consumer import BatchLimits, Consumer
from consumers.file_records import FileRecords
from consumers.lines import LineCutter
from sync_service.messages.transport_errors import OffsetsWentBack
from tests.fake_application import Counts, FakeApplication

if TYPE_CHECKING:
    from pathlib import Path

LIMITS = BatchLimits(records_max=3, bytes_max=10**6)


def ingest(path: Path, application: FakeApplication) -> Counts | None:
    return Consumer(FileRecords(path, application), application, LIMITS).run_until_idle()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "some.ndjson"


def test_every_line_is_a_record_and_blank_ones_are_none(file: Path) -> None:
    file.write_bytes(b'{"a":1}\n\n  \t\r\n{"b":2}\r\n\xff\xfe\n{"c":3}')
    application = FakeApplication()
    assert ingest(file, application) == Counts(received=4, stored=4)
    assert application.values == [b'{"a":1}', b'{"b":2}', b"\xff\xfe", b'{"c":3}']
    assert [record.topic for record in application.stored] == [None] * 4


def test_offsets_are_where_lines_begin_and_reading_goes_on(file: Path) -> None:
    content = b'{"a":1}\n\n{"b":2}\r\n{"c":3}'
    file.write_bytes(content)
    application = FakeApplication()
    ingest(file, application)
    for record in application.stored:
        assert content[record.offset :].startswith(record.value)
    assert [record.next_offset for record in application.stored] == [8, 18, len(content)]


def test_an_empty_file_has_no_records(file: Path) -> None:
    file.write_bytes(b"")
    assert ingest(file, FakeApplication()) is None


def test_a_missing_file_is_an_error_of_the_system(file: Path) -> None:
    with pytest.raises(FileNotFoundError):
        FileRecords(file, FakeApplication())


def test_it_resumes_where_it_stopped(file: Path) -> None:
    file.write_bytes(b"".join(b'{"n":%d}\n' % n for n in range(10)))
    application = FakeApplication()
    first = FileRecords(file, application)
    application.receive(first.poll(4, 10**6, 0))
    first.poll(4, 10**6, 0)
    first.close()
    assert ingest(file, application) == Counts(received=6, stored=6)
    assert ingest(file, application) is None
    assert application.values == [b'{"n":%d}' % n for n in range(10)]


def test_another_content_or_another_path_is_another_file(file: Path) -> None:
    application = FakeApplication()
    file.write_bytes(b"{}\n")
    ingest(file, application)
    file.write_bytes(b"{}\n{}\n")
    assert ingest(file, application) == Counts(received=2, stored=2)
    copy = file.with_name("copy.ndjson")
    copy.write_bytes(file.read_bytes())
    assert ingest(copy, application) == Counts(received=2, stored=2)
    assert len(application.places) == 3


def test_a_relative_path_is_the_same_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    application = FakeApplication()
    file.write_bytes(b"{}\n")
    ingest(file, application)
    monkeypatch.chdir(file.parent)
    assert ingest(file.relative_to(file.parent), application) is None


def test_what_is_added_meanwhile_is_another_file_and_what_is_cut_off_is_an_error(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("consumers.file_records.CHUNK_BYTES", 4)
    file.write_bytes(b"{}\n" * 4)
    records = FileRecords(file, FakeApplication())
    with file.open("ab") as more:
        more.write(b"{}\n")
    assert sum(len(records.poll(9, 99, 0)) for _ in range(9)) == 4
    records.close()

    cut = FileRecords(file, FakeApplication())
    os.truncate(file, 6)
    assert len(cut.poll(9, 99, 0)) == 1
    assert len(cut.poll(9, 99, 0)) == 1
    with pytest.raises(OffsetsWentBack, match=file.name):
        cut.poll(9, 99, 0)
    cut.close()


def test_progress_is_told_what_is_stored(file: Path) -> None:
    file.write_bytes(b"{}\n" * 6)
    told: list[tuple[int, int | None]] = []
    application = FakeApplication()
    records = FileRecords(file, application, lambda done, total: told.append((done, total)))
    Consumer(records, application, BatchLimits(records_max=4)).run_until_idle()
    assert told == [(0, 18), (12, 18), (18, 18), (18, 18)]


def test_a_line_longer_than_what_is_kept_is_cut_and_the_next_is_whole(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "LINE_BYTES_MAX", 3_000_000)
    file.write_bytes(b"x" * 300_000 + b"\n" + b"y" * 5_000_000 + b"\n{}\n")
    application = FakeApplication()
    ingest(file, application)
    assert [len(value) for value in application.values] == [300_000, 3_000_000, 2]
    assert [record.offset for record in application.stored] == [0, 300_001, 5_300_002]


def test_a_stream_is_read_as_it_comes_and_has_a_new_place_each_time(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    application, places = FakeApplication(), set()
    for _ in range(2):
        writer = threading.Thread(target=pipe.write_bytes, args=[b'{"a":1}\n{"b":2}\n'])
        writer.start()
        records = FileRecords(pipe, application)
        places.add(records.place)
        assert Consumer(records, application, LIMITS).run_until_idle() == Counts(received=2, stored=2)
        writer.join()
    assert len(places) == 2
    assert all(place.startswith("stdin:") for place in places)


def test_a_stream_gives_what_is_there_without_waiting_for_a_full_batch(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writers: list[BinaryIO] = []
    opened = threading.Thread(target=lambda: writers.append(pipe.open("wb", buffering=0)))
    opened.start()
    records = FileRecords(pipe, FakeApplication())
    opened.join()
    with writers[0] as writer:
        writer.write(b"{}\n{")
        assert [record.value for record in records.poll(9, 99, 0)] == [b"{}"]
        writer.write(b"}\n")
    assert [record.value for record in records.poll(9, 99, 0)] == [b"{}"]
    assert records.poll(9, 99, 0) == []
    records.close()


@given(st.binary(max_size=60).map(lambda raw: raw.replace(b"a", b"\n")), st.integers(1, 7))
def test_however_a_stream_is_chunked_its_lines_are_the_same(content: bytes, chunk_bytes: int) -> None:
    cutter = LineCutter(0)
    found = []
    for start in range(0, len(content), chunk_bytes):
        found += list(cutter.feed(content[start : start + chunk_bytes]))
    found += list(cutter.finish())
    expected = [line.removesuffix(b"\r") for line in content.split(b"\n") if line and not line.isspace()]
    assert [line.content for line in found] == expected
    assert all(content[line.start : line.following].rstrip(b"\n").removesuffix(b"\r") == line.content for line in found)
    assert cutter.start == len(content)
