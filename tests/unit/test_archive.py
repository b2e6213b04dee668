"""The archive of a backup: whatever happens to its bytes is found before anything is restored from it."""

from __future__ import annotations

import hashlib
import io
import random
import stat
from datetime import UTC, datetime
from typing import TYPE_CHECKING, BinaryIO
from zipfile import ZipFile

import msgspec
import pytest

from sync_service.backups.archive import (
    MANIFEST,
    SIGNATURE,
    broken_parts,
    member_of,
    opened_archive,
    read_manifest,
    rows_of,
    write_archive,
    written_whole,
)
from sync_service.backups.manifest import FORMAT, BackupRefused, Column, Manifest, TableShape

if TYPE_CHECKING:
    from pathlib import Path

    from sync_service.backups.manifest import Sink

EVENTS = TableShape("sync_events", (Column("id", "uuid"), Column("state", "bytea")))
EMPTY = TableShape("sync_notices", (Column("notice", "uuid"),))
ROWS = [random.Random(7).randbytes(50_000), b"", b"the end" * 10_000]
KEY = b"a key"


class FakeSnapshot:
    """Two tables, one of them empty."""

    taken_at = datetime(2026, 5, 1, tzinfo=UTC)
    server = "18.1"
    head = 3
    published = 2

    def tables(self) -> list[TableShape]:
        return [EVENTS, EMPTY]

    def copy(self, table: TableShape, sink: Sink) -> int:
        rows = ROWS if table == EVENTS else []
        for row in rows:
            sink.write(row)
        return len(rows)


def sign(digest: str) -> bytes:
    return hashlib.sha256(KEY + digest.encode()).digest()


def written(out: BinaryIO) -> Manifest:
    return write_archive(out, FakeSnapshot(), "1.0", sign, lambda *_: None)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "backup.zip"
    with written_whole(path) as out:
        written(out)
    return path


def troubles(file: Path) -> list[str]:
    """What is wrong with an archive, as `restore` asks."""
    try:
        with opened_archive(file) as archive:
            manifest, digest, signature = read_manifest(archive)
            if sign(digest).hex() != signature:
                return ["signature"]
            return broken_parts(archive, manifest, lambda *_: None)
    except BackupRefused as refused:
        return list(refused.reasons)


def test_what_was_written_is_read_again_byte_for_byte(file: Path) -> None:
    assert troubles(file) == []
    with opened_archive(file) as archive:
        manifest, _, _ = read_manifest(archive)
        assert b"".join(rows_of(archive, "sync_events")) == b"".join(ROWS)
    assert (manifest.rows, manifest.head, manifest.published) == (3, 3, 2)
    assert manifest.part("sync_notices") is not None
    assert manifest.part("sync_other") is None


def test_it_is_for_its_owner_only_and_stands_under_its_name_only_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "backup.zip"
    with pytest.raises(KeyboardInterrupt), written_whole(path):
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []
    with written_whole(path) as out:
        written(out)
        assert not path.exists()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in tmp_path.iterdir()] == ["backup.zip"]


def test_no_backup_is_written_over(file: Path) -> None:
    before = file.read_bytes()
    with pytest.raises(FileExistsError), written_whole(file):
        raise AssertionError
    assert file.read_bytes() == before


def test_it_goes_through_a_pipe_that_cannot_go_back(tmp_path: Path) -> None:
    class Pipe(io.RawIOBase):
        """Takes bytes, and knows no places."""

        taken = b""

        def writable(self) -> bool:
            return True

        def write(self, given: object) -> int:
            piece = bytes(given)  # type: ignore[call-overload]
            self.taken += piece
            return len(piece)

    pipe = Pipe()
    written(pipe)  # type: ignore[arg-type]
    path = tmp_path / "piped.zip"
    path.write_bytes(pipe.taken)
    assert troubles(path) == []


def test_every_altered_byte_is_found_or_does_not_matter(file: Path, tmp_path: Path) -> None:
    """What the ZIP form keeps beside the rows (dates of members, say) may change without changing what is restored."""
    whole, chance, found = file.read_bytes(), random.Random(1), 0
    for _ in range(300):
        altered = bytearray(whole)
        altered[chance.randrange(len(whole))] ^= 1 << chance.randrange(8)
        path = tmp_path / "altered.zip"
        path.write_bytes(altered)
        if troubles(path):
            found += 1
            continue
        with opened_archive(path) as archive:
            assert b"".join(rows_of(archive, "sync_events")) == b"".join(ROWS)
    assert found > 280


def test_what_is_cut_off_anywhere_is_refused(file: Path, tmp_path: Path) -> None:
    whole = file.read_bytes()
    for length in range(0, len(whole) - 1, 997):
        path = tmp_path / "cut.zip"
        path.write_bytes(whole[:length])
        assert troubles(path), length


def test_rows_that_are_missing_or_changed_with_their_check_sums_are_named_by_table(file: Path, tmp_path: Path) -> None:
    for name, changed in (("gone", None), ("other", b"other rows")):
        path = tmp_path / f"{name}.zip"
        with ZipFile(file) as old, ZipFile(path, "w") as new:
            for member in old.namelist():
                content: bytes | None = changed if member == member_of("sync_events") else old.read(member)
                if content is not None:
                    new.writestr(member, content)
        (trouble,) = troubles(path)
        assert trouble.startswith("sync_events: ")


def test_a_manifest_that_was_written_anew_lacks_the_signature(file: Path, tmp_path: Path) -> None:
    path = tmp_path / "forged.zip"
    with ZipFile(file) as old, ZipFile(path, "w") as new:
        for member in old.namelist():
            content = old.read(member)
            new.writestr(member, content.replace(b'"head": 3', b'"head": 9') if member == MANIFEST else content)
    assert troubles(path) == ["signature"]


def test_what_is_no_backup_or_of_a_later_form_is_refused_in_words(file: Path, tmp_path: Path) -> None:
    text, other, later = tmp_path / "a.txt", tmp_path / "other.zip", tmp_path / "later.zip"
    text.write_bytes(b"no archive")
    assert "not a whole archive" in troubles(text)[0]
    with ZipFile(other, "w") as archive:
        archive.writestr("readme", b"")
    assert "no manifest" in troubles(other)[0]
    with ZipFile(file) as old, ZipFile(later, "w") as new:
        manifest = msgspec.json.decode(old.read(MANIFEST)) | {"format": FORMAT + 1}
        new.writestr(SIGNATURE, old.read(SIGNATURE))
        new.writestr(MANIFEST, msgspec.json.encode(manifest))
    assert "this version reads 1 at most" in troubles(later)[0]
