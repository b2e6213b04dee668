"""Backups on a real PostgreSQL: one moment of everything that is kept, restored so that every promise holds."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import psycopg

from sync_service.access import Role, Visitor
from sync_service.adapters.postgres_backup import LEFT_OUT
from sync_service.auditing import Act, Door, Look
from sync_service.notices.notice import NoticeState
from tests.integration.backup_site import Site, life, notify

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_every_row_comes_back_as_it_was_and_every_promise_holds(
    backup_site: Site, backup_sites: Callable[..., Site], tmp_path: Path
) -> None:
    manifest = backup_site.backup(tmp_path / "b.zip")
    restored = backup_sites()
    restored.restore(tmp_path / "b.zip")
    changed = {"sync_restores", "sync_notice_marks", "sync_rebuilds", "sync_audit"}
    before, after = backup_site.rows(), restored.rows()
    assert {table: rows for table, rows in after.items() if table not in changed} == {
        table: rows for table, rows in before.items() if table not in changed
    }
    counts = {part.table.name: part.rows for part in manifest.parts}
    assert counts == {table: len(rows) for table, rows in before.items()}
    assert min(counts[f"sync_{name}"] for name in ("events", "messages", "parked", "places", "keys", "notices")) > 0
    restored.assert_holds()


def test_what_comes_next_is_stored_behind_what_was_restored(
    backup_site: Site, backup_sites: Callable[..., Site], tmp_path: Path
) -> None:
    """Counters of every table go on: positions, numbers of orders, and the audit log's chain."""
    backup_site.backup(tmp_path / "b.zip")
    restored = backup_sites()
    restored.restore(tmp_path / "b.zip")
    head = restored.service.store.head()
    restored._received = backup_site._received  # noqa: SLF001 - it reads on where the other one stood
    restored.given(*life(people=2, first=10))
    assert restored.service.store.head() > head
    assert restored.service.rebuilds.ask(["directory"], "anna", "again") == ["directory"]
    assert len(restored.service.rebuilds.recent(10)) == 1
    restored.assert_holds()


def test_a_backup_is_one_moment_while_others_write(
    backup_site: Site, backup_sites: Callable[..., Site], tmp_path: Path
) -> None:
    stopping, written = threading.Event(), [0]

    def write() -> None:
        while not stopping.is_set():
            written[0] += 1
            backup_site.given(*life(people=1, first=100 * written[0]))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(3):
            before = written[0]
            while written[0] < before + 2:
                time.sleep(0.01)
            backup_site.backup(tmp_path / f"{number}.zip")
    finally:
        stopping.set()
        writer.join()
    for number in range(3):
        restored = backup_sites()
        restored.restore(tmp_path / f"{number}.zip")
        restored.assert_holds()
        assert restored.service.store.head() < backup_site.service.store.head()


def test_a_table_that_nobody_has_told_the_backup_of_is_in_it(backup_site: Site, tmp_path: Path) -> None:
    backup_site.execute(
        "CREATE TABLE sync_something_new (id bigint, said text, made text GENERATED ALWAYS AS (said) STORED)"
    )
    backup_site.execute("INSERT INTO sync_something_new VALUES (1, 'well')")
    manifest = backup_site.backup(tmp_path / "b.zip")
    part = manifest.part("sync_something_new")
    assert part is not None
    assert (part.rows, [column.name for column in part.table.columns]) == (1, ["id", "said"])


def test_only_what_is_of_the_moment_or_made_from_events_is_left_out(backup_site: Site, tmp_path: Path) -> None:
    kept = {part.table.name for part in backup_site.backup(tmp_path / "b.zip").parts}
    with psycopg.connect(backup_site.settings.database_url or "") as connection:
        found = connection.execute("SELECT relname FROM pg_class WHERE relkind = 'r' AND relname LIKE 'sync_%'")
        every = {name for (name,) in found}
    left_out = {"sync_views", "sync_parts", "sync_source_ends", "sync_sessions", "sync_sign_in_links"}
    assert every - kept == left_out
    assert all(LEFT_OUT.fullmatch(name) for name in left_out)


def test_mails_that_may_have_gone_out_after_the_backup_are_parked_and_none_goes_out_twice(
    backup_sites: Callable[..., Site], tmp_path: Path
) -> None:
    site = backup_sites()
    site.given(*life())
    site.service.catch_up()
    site.backup(tmp_path / "b.zip")  # before any notifier ever ran
    notify(site.service)
    mailed = site.service.notices.counts()[NoticeState.SENT]
    assert mailed > 0
    restored = backup_sites()
    restored.restore(tmp_path / "b.zip")
    notify(restored.service)
    counts = restored.service.notices.counts()
    assert NoticeState.SENT not in counts
    assert NoticeState.PLANNED not in counts


def test_a_rebuild_that_was_under_way_is_cancelled_as_its_rows_are_in_no_backup(
    backup_site: Site, backup_sites: Callable[..., Site], tmp_path: Path
) -> None:
    backup_site.backup(tmp_path / "b.zip")
    restored = backup_sites()
    restored.restore(tmp_path / "b.zip")
    (order,) = restored.service.rebuilds.recent(10)
    assert (order.state.value, order.error, order.who) == ("cancelled", "generation_gone", "anna")


def test_the_audit_log_goes_on_and_its_chain_holds(
    backup_site: Site, backup_sites: Callable[..., Site], tmp_path: Path
) -> None:
    backup_site.service.audit.record(_look())
    backup_site.backup(tmp_path / "b.zip")
    restored = backup_sites()
    restored.restore(tmp_path / "b.zip")
    restored.service.audit.restored(_look())
    assert list(restored.service.audit.verify()) == []
    assert restored.service.audit.standing().newest == 2


def _look() -> Look:
    return Look.by(Visitor("os:anna", "anna", frozenset(Role)), Door.COMMAND_LINE, Act.STORE_COPIED)
