"""Fuzzes what comes by files: NDJSON that is ingested, topic files, providers' tables, portals' exports."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from consumers.file_records import FileRecords
from consumers.lines import LineCutter
from sync_service.imports.activities import import_activities
from sync_service.imports.codes import import_codes
from sync_service.imports.rows import FileUnreadable
from sync_service.imports.shown import read_export
from sync_service.messages.records import Outgoing
from sync_service.messages.topic_lines import line_of, parts_of
from tests.fuzz.door import always
from tests.fuzz.messages_door import event_of
from tests.fuzz.spoiling import JSON_SCRAPS, TEXTS, encoded, spoiled_bytes, spoiled_json
from tests.unit.support_desk import Desk

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from contextlib import AbstractContextManager
    from random import Random

    from sync_service.messages.records import Record
    from tests.fuzz.door import Enter

LINE_ENDS = (b"\n", b"\n", b"\n", b"\r\n", b"\n\n", b" \t\n", b"\r", b"")
MEMORY = Path("/dev/shm")  # noqa: S108 - a file for every input is made, read and removed

ACTIVITIES = (
    "activity_id,kind,title,provider,place,held_on,foreign,audience,education_level,credits,specialties\n"
    "a1,event,Форум,Общество,Казань,2025-05-12,нет,doctors,higher,5,терапия;кардиология\n"
    "a1,event,Форум,Общество,Казань,2025-05-12,нет,nurses,secondary,2.5,сестринское дело\n"
    "m1,module,Модуль,Общество,,,,doctors,higher,1,терапия\n"
)
CODES = "code,activity_id,audience\nAB12-CDEF3456,a1,doctors\nК0МРТ9ХУНСЕ1,a1,doctors\n;\nab12cdef3456,a2,nurses\n"
DELIMITERS = (",", ",", ";", "\t", '"', "\n", "\r", "\x1c")


class Untold:
    """Knows the positions that it was told, as the application would."""

    def __init__(self, known: dict[str, int] | None = None) -> None:
        self._known = known or {}

    def positions(self, places: Collection[str]) -> dict[str, int]:
        return {place: self._known[place] for place in places if place in self._known}

    def known_places(self, prefix: str) -> dict[str, int]:
        return {place: offset for place, offset in self._known.items() if place.startswith(prefix)}


class LinesDoor:
    """NDJSON files of a few lines, with every kind of line end, cut into chunks of every length."""

    name = "ndjson"
    lasts = 5_000
    share = 8

    def make(self, chance: Random) -> tuple[bytes, int]:
        """Make a file's content and the length of the chunks in which it is cut."""
        content = bytearray()
        for _ in range(chance.randrange(6)):
            content += _line(chance) + chance.choice(LINE_ENDS)
        return bytes(content), chance.choice((1, 2, 3, 7, 64, 4096))

    @contextmanager
    def open(self) -> Iterator[Enter]:
        """Read each file as `ingest` does, from its beginning and from every place where it may have stopped."""
        with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as directory:
            path = Path(directory) / "messages.ndjson"

            def enter(given: tuple[bytes, int]) -> str:
                content, chunk_bytes = given
                path.write_bytes(content)
                whole = _read(path, Untold())
                assert [record.value for record in whole] == _expected(content)
                assert all(one.next_offset <= other.offset for one, other in pairwise(whole))
                assert whole == _read_in_two(path, whole)
                assert _cut(content, chunk_bytes) == [(one.offset, one.next_offset, one.value) for one in whole]
                return "empty" if not whole else "one line" if len(whole) == 1 else "lines"

            yield enter


class TopicLinesDoor:
    """Lines of topic files: whatever message is written is read again as it was, and any line is read."""

    name = "topicfile"
    lasts = 50_000
    share = 16

    def make(self, chance: Random) -> Outgoing | bytes:
        """Make a message to be written, or a line that somebody else wrote."""
        value = _line(chance) if chance.random() < 0.8 else chance.randbytes(chance.randrange(40))
        names = ("content-type", "ce_id", "", "ключ")
        headers = tuple(
            (chance.choice(names), chance.choice((b"application/cloudevents+json", b"", b"\xff", value[:20])))
            for _ in range(chance.choice((0, 0, 1, 3)))
        )
        message = Outgoing("t", value, chance.choice((None, b"", b"e-1", b"\xff\0", "ключ".encode())), headers)
        if chance.random() < 0.5:
            return message
        return spoiled_bytes(chance, line_of(message), chance.randint(1, 4)).replace(b"\n", b"")

    def open(self) -> AbstractContextManager[Enter]:
        """Write and read, or only read."""
        return always(self._enter)

    def _enter(self, given: Outgoing | bytes) -> str:
        if isinstance(given, bytes):
            value, _, headers = parts_of(given)
            return "as it is" if value == given and not headers else "unwrapped"
        line = line_of(given)
        assert line.count(b"\n") == 1
        assert line.endswith(b"\n")
        value, key, headers = parts_of(line[:-1])
        assert value == given.value
        if line[:-1] == given.value:
            return "plain"
        assert (key, headers) == (given.key, given.headers)
        return "wrapped"


class TablesDoor:
    """Providers' files of activities and codes, CSV and NDJSON, imported; portals' exports, read."""

    name = "csv"
    lasts = 100
    share = 8

    def make(self, chance: Random) -> tuple[str, bytes]:
        """Make a file's name and content."""
        kind = chance.choice(("activities.csv", "codes.csv", "activities.ndjson", "codes.ndjson", "shown.ndjson"))
        if kind.endswith(".csv"):
            content = _table(chance, ACTIVITIES if kind.startswith("activities") else CODES)
        else:
            content = b"\n".join(encoded(_row(chance, kind)) for _ in range(chance.randint(1, 4)))
        if chance.random() < 0.3:
            content = spoiled_bytes(chance, content, chance.randint(1, 3))
        return kind, content

    @contextmanager
    def open(self) -> Iterator[Enter]:
        """Import each file into a catalogue that grows with them; every row has a result."""
        desk = Desk()
        with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as directory:

            def enter(given: tuple[str, bytes]) -> str:
                name, content = given
                if name.startswith("shown"):
                    export = read_export(content.split(b"\n"))
                    return "unreadable lines" if export.unreadable else "read"
                path = Path(directory) / name
                path.write_bytes(content)
                return _imported(desk, path)

            yield enter
        desk.catch_up()


def _imported(desk: Desk, path: Path) -> str:
    """Import a table; say whether all of it went in."""
    into = import_activities if path.name.startswith("activities") else import_codes
    try:
        result = into(desk.application, path, desk.now, lambda _done, _total: None)
    except FileUnreadable:
        return "refused"
    assert result.imported + result.failed == len(result.rows)
    assert all(row.ok != bool(row.errors) for row in result.rows)
    return "imported" if result.is_whole else "imported in part"


def _line(chance: Random) -> bytes:
    made = encoded(spoiled_json(chance, event_of(chance), chance.choice((0, 1))))
    return spoiled_bytes(chance, made, chance.randint(1, 3)) if chance.random() < 0.5 else made


def _expected(content: bytes) -> list[bytes]:
    """The lines of a file by another way than the reader's."""
    return [line.removesuffix(b"\r") for line in content.split(b"\n") if line and not line.isspace()]


def _read(path: Path, application: Untold) -> list[Record]:
    records = FileRecords(path, application)
    found: list[Record] = []
    while batch := records.poll(3, 1 << 20, 0):
        found += batch
    records.close()
    return found


def _read_in_two(path: Path, whole: list[Record]) -> list[Record]:
    """Read the first half, stop, and go on from what was stored."""
    if not whole:
        return []
    half = whole[: (len(whole) + 1) // 2]
    return half + _read(path, Untold({half[-1].place: half[-1].next_offset}))


def _cut(content: bytes, chunk_bytes: int) -> list[tuple[int, int, bytes]]:
    cutter = LineCutter(0)
    found = []
    for start in range(0, len(content), chunk_bytes):
        found += list(cutter.feed(content[start : start + chunk_bytes]))
    return [(line.start, line.following, line.content) for line in (*found, *cutter.finish())]


def _table(chance: Random, valid: str) -> bytes:
    rows = [row.split(",") for row in valid.splitlines()]
    for _ in range(chance.choice((0, 1, 1, 2, 4))):
        row = chance.choice(rows)
        row[chance.randrange(len(row))] = chance.choice((*TEXTS, *rows[0], "2,5", "1e9", "да"))
        if chance.random() < 0.2:
            rows.append(list(row) * chance.randint(1, 2))
    delimiter = chance.choice(DELIMITERS)
    text = chance.choice(("\n", "\r\n", "\r")).join(delimiter.join(row) for row in rows)
    return chance.choice((b"", b"", b"\xef\xbb\xbf")) + text.encode(errors="surrogatepass")


def _row(chance: Random, kind: str) -> Any:  # noqa: ANN401 - JSON
    rows: dict[str, dict[str, object]] = {
        "activities.ndjson": {
            "activity_id": chance.choice(("a1", "a2")),
            "kind": "event",
            "title": "Форум",
            "provider": "Общество",
            "held_on": "2025-05-12",
            "foreign": False,
            "audience": "doctors",
            "education_level": "higher",
            "credits": 5,
            "specialties": ["терапия"],
        },
        "codes.ndjson": {"code": "AB12-CDEF3456", "activity_id": "a1", "audience": "doctors"},
        "shown.ndjson": {"account_id": "e1", "activity_key": "code:AB12CDEF3456"},
    }
    if chance.random() < 0.05:
        return encoded(chance.choice(JSON_SCRAPS).decode("latin-1"))[:9].decode("latin-1")
    return spoiled_json(chance, rows[kind], chance.choice((0, 1, 2)))
