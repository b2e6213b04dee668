"""The archive of a backup: a ZIP file with one member a table and, last, a manifest signed with the store's key.

Written as a stream, so that it can go through a pipe; what is cut off lacks the manifest, and is refused.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import zlib
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO, Final
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile

import msgspec

from sync_service.backups.manifest import FORMAT, BackupRefused, Manifest, Part

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sync_service.backups.manifest import Sink, Snapshot, TableShape

    Told = Callable[[str, int], None]
    Signing = Callable[[str], bytes]

MANIFEST: Final = "manifest.json"
SIGNATURE: Final = "manifest.signature"
LEVEL: Final = 1
"""How hard to compress: what is sealed does not get smaller, however long one tries."""
CHUNK_BYTES: Final = 1024 * 1024
FILE_MODE: Final = 0o600
_UNREADABLE = (BadZipFile, zlib.error, EOFError, NotImplementedError)


def write_archive(out: BinaryIO, snapshot: Snapshot, version: str, sign: Signing, told: Told) -> Manifest:
    """Write everything that the snapshot holds; `sign` makes the manifest's signature, `told` hears of each table."""
    with ZipFile(out, "w", ZIP_DEFLATED, compresslevel=LEVEL) as archive:
        parts = []
        for table in snapshot.tables():
            part = _written(archive, snapshot, table)
            told(table.name, part.rows)
            parts.append(part)
        manifest = Manifest(
            FORMAT, version, snapshot.taken_at, snapshot.server, snapshot.head, snapshot.published, tuple(parts)
        )
        text = msgspec.json.format(msgspec.json.encode(manifest), indent=1)
        archive.writestr(SIGNATURE, sign(_digest(text)).hex())
        archive.writestr(MANIFEST, text)
    return manifest


def read_manifest(archive: ZipFile) -> tuple[Manifest, str, str]:
    """The manifest, its digest and its signature; raises BackupRefused."""
    try:
        text = archive.read(MANIFEST)
        signature = archive.read(SIGNATURE).decode()
        manifest = msgspec.json.decode(text, type=Manifest)
    except KeyError:
        raise BackupRefused("it holds no manifest: this is no backup of the service") from None
    except (*_UNREADABLE, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise BackupRefused(f"its manifest cannot be read: {error}") from None
    if manifest.format > FORMAT:
        raise BackupRefused(
            f"its form is {manifest.format}, written by version {manifest.version}: this version reads {FORMAT} at most"
        )
    return manifest, _digest(text), signature


@contextmanager
def opened_archive(file: Path) -> Iterator[ZipFile]:
    """The archive in a file; raises BackupRefused if it is none, or not whole."""
    try:
        with ZipFile(file) as archive:
            yield archive
    except BadZipFile as error:
        raise BackupRefused(f"{file.name}: not a whole archive ({error})") from None


def broken_parts(archive: ZipFile, manifest: Manifest, told: Told) -> list[str]:
    """What is wrong with the rows of the archive, a line for every part that is not as the manifest says."""
    found = []
    for part in manifest.parts:
        if wrong := _wrong_with(archive, part):
            found.append(f"{part.table.name}: {wrong}")
        told(part.table.name, part.rows)
    return found


def member_of(table: str) -> str:
    """The name under which a table's rows stand in the archive."""
    return f"tables/{table}.copy"


def rows_of(archive: ZipFile, table: str) -> Iterator[bytes]:
    """The rows of a table, in pieces."""
    with archive.open(member_of(table)) as member:
        while piece := member.read(CHUNK_BYTES):
            yield piece


@contextmanager
def written_whole(file: Path) -> Iterator[BinaryIO]:
    """A new file for its owner only, which stands under its name when it is whole and on the disk, and never before.

    Raises FileExistsError if there is a file of that name: no backup is written over.
    """
    if file.exists():
        raise FileExistsError(17, "there is such a file already, and no backup is written over", str(file))
    beside = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    opened = os.open(beside, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, FILE_MODE)
    try:
        with os.fdopen(opened, "wb") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        os.link(beside, file)
    finally:
        beside.unlink(missing_ok=True)
    directory = os.open(file.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


class _Counted:
    """Counts and digests what goes through."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._digest = hashlib.sha256()
        self.size_bytes = 0

    def write(self, data: bytes, /) -> None:
        """Pass the bytes on."""
        self._digest.update(data)
        self.size_bytes += len(data)
        self._sink.write(data)

    @property
    def sha256(self) -> str:
        """The digest of all that went through."""
        return self._digest.hexdigest()


def _written(archive: ZipFile, snapshot: Snapshot, table: TableShape) -> Part:
    with archive.open(member_of(table.name), "w", force_zip64=True) as member:
        counted = _Counted(member)
        rows = snapshot.copy(table, counted)
    return Part(table, rows, counted.size_bytes, counted.sha256)


def _wrong_with(archive: ZipFile, part: Part) -> str | None:
    digest, size_bytes = hashlib.sha256(), 0
    try:
        for piece in rows_of(archive, part.table.name):
            digest.update(piece)
            size_bytes += len(piece)
    except KeyError:
        return "its rows are missing"
    except _UNREADABLE as error:
        return f"its rows cannot be read: {error}"
    if size_bytes != part.size_bytes:
        return f"{size_bytes} bytes, and the manifest says {part.size_bytes}"
    return None if digest.hexdigest() == part.sha256 else "its rows are not those that were written"


def _digest(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()
