"""What a restore refuses, with nothing changed: a store in use or full, another key, a changed or foreign backup."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zipfile import ZipFile

import psycopg
import pytest

from sync_service.backups.archive import opened_archive, read_manifest
from sync_service.backups.manifest import BackupRefused
from sync_service.sealing import MasterKeyMissing
from tests.integration.backup_site import OTHER_KEY, Site, life

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_a_store_that_holds_rows_is_replaced_only_by_who_says_so(
    backup_site: Site, backup_sites: Callable[..., Site], tmp_path: Path
) -> None:
    backup_site.backup(tmp_path / "b.zip")
    other = backup_sites()
    other.given(*life(people=1, first=50))
    other.service.database.pool.close()
    before = other.rows()
    fresh = Site(other.settings.database_url or "", other.settings.data_dir)
    with pytest.raises(BackupRefused, match="they stay"):
        fresh.restore(tmp_path / "b.zip")
    assert other.rows() == before
    fresh.restore(tmp_path / "b.zip", may_replace=True)
    assert fresh.rows()["sync_events"] == backup_site.rows()["sync_events"]
    fresh.assert_holds()
    fresh.service.database.close()


def test_a_store_that_somebody_uses_is_not_touched(backup_site: Site, tmp_path: Path) -> None:
    backup_site.backup(tmp_path / "b.zip")
    before = backup_site.rows()
    with psycopg.connect(backup_site.settings.database_url or ""):
        fresh = Site(backup_site.settings.database_url or "", backup_site.settings.data_dir)
        with pytest.raises(BackupRefused, match="other connections"):
            fresh.restore(tmp_path / "b.zip", may_replace=True)
    assert backup_site.rows() == before


def test_without_its_master_key_a_backup_is_not_restored_and_nothing_is_changed(
    backup_site: Site, backup_sites: Callable[..., Site], tmp_path: Path
) -> None:
    backup_site.backup(tmp_path / "b.zip")
    other = backup_sites(master_key=OTHER_KEY)
    with pytest.raises(MasterKeyMissing):
        other.restore(tmp_path / "b.zip")
    assert other.rows() == {}


def test_a_backup_that_is_signed_with_another_store_s_key_is_refused(
    backup_site: Site, backup_sites: Callable[..., Site], tmp_path: Path
) -> None:
    """Its digests were made to fit by somebody who does not have the master key."""
    backup_site.backup(tmp_path / "b.zip")
    forged = tmp_path / "forged.zip"
    with opened_archive(tmp_path / "b.zip") as old:
        rewrite(old, forged)
    other = backup_sites()
    with pytest.raises(BackupRefused, match="was changed after it was written"):
        other.restore(forged)
    assert other.rows() == {}


def rewrite(old: ZipFile, forged: Path) -> None:
    """The same archive, whose manifest says that nothing had been published."""
    with ZipFile(forged, "w") as new:
        for member in old.namelist():
            content = old.read(member)
            if member == "manifest.json":
                manifest, _, _ = read_manifest(old)
                content = content.replace(b'"head": %d' % manifest.head, b'"head": %d' % (manifest.head + 1))
            new.writestr(member, content)


def test_rows_that_this_version_has_no_place_for_are_named(
    backup_site: Site, backup_sites: Callable[..., Site], tmp_path: Path
) -> None:
    backup_site.execute("CREATE TABLE sync_of_the_future (id bigint)")
    backup_site.execute("ALTER TABLE sync_places ADD COLUMN hope text")
    backup_site.backup(tmp_path / "b.zip")
    with pytest.raises(BackupRefused) as refused:
        backup_sites().restore(tmp_path / "b.zip")
    assert refused.value.reasons == (
        "sync_of_the_future: this version has no such table (0 rows)",
        "sync_places.hope: text in the backup, no such column here",
    )
