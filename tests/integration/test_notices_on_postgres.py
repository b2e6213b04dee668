"""On the real store: mails are files, people decide by commands, and a rebuild or a replay sends nothing."""

from __future__ import annotations

import json
import threading
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from sync_service.bootstrap import Service
from sync_service.cli import app
from sync_service.messages.records import Record
from sync_service.notices.notice import NoticeState
from sync_service.projections.rebuilding import Rebuild
from sync_service.projections.registry import VIEWS
from sync_service.settings import Settings, SettingsError
from tests.master_key import SECRET_KEY
from tests.model import lines

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sync_service.adapters.postgres_notices import PostgresNotices

SINCE = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
def service(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    """A service with one person who has a credit of today; commands run on the same store."""
    monkeypatch.setenv("SYNC_DATABASE_URL", database_url)
    monkeypatch.setenv("SYNC_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("SYNC_NOTICES_SINCE", SINCE.isoformat())
    settings = Settings(
        database_url=database_url, master_key=SECRET_KEY, data_dir=tmp_path, notices_since=SINCE, notices_gather_s=0
    )
    made = Service(settings)
    with closing(made.database):
        today = datetime.now(UTC).date().isoformat()
        given = (
            lines.published("m1", "module"),
            lines.registered("edu:e1"),
            lines.completed("edu:e1", on=today),
        )
        made.application().receive([Record(line, "file:1", at, at + 1) for at, line in enumerate(given, start=1)])
        assert made.catch_up()
        yield made


def notify(service: Service) -> None:
    """Let a notifier start and do what there is to do."""
    with closing(service.mailer()) as mailer:
        notifier = service.notifier(mailer)
        marks = notifier.take_over()
        while notifier.turn(marks, threading.Event()):
            pass


def mails(service: Service) -> int:
    """How many mails there are."""
    return len(list((service.settings.data_dir / "mail").glob("*.eml.sealed")))


def run(*arguments: str) -> Any:  # noqa: ANN401 - JSON
    """What a command prints as JSON, None if it prints nothing."""
    done = CliRunner().invoke(app, ["notices", *arguments], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout) if done.stdout else None


def test_a_rebuild_and_a_view_taken_back_send_nothing(service: Service) -> None:
    notify(service)
    for name in ("learning_plan", "directory"):
        rebuild = Rebuild(service.store, service.views, VIEWS[name])
        rebuild.fill()
        rebuild.switch()
    service.store.follow("notifier", 0)
    notify(service)
    assert (mails(service), service.notices.counts()) == (1, {NoticeState.SENT: 1})


def test_a_dry_run_says_what_would_go_and_stores_nothing(service: Service) -> None:
    expected = [{"account": "edu:e1", "credits": 1, "subject": "НМО: засчитано 5 баллов", "not_sent": None}]
    assert run("--dry-run", "--json") == expected
    assert (run("--json"), mails(service)) == ({}, 0)
    notify(service)
    assert (run("--dry-run", "--json"), mails(service)) == ([], 1)


def test_people_retry_and_discard_what_is_parked(service: Service) -> None:
    book: PostgresNotices = service.notices
    marks = service.planner().begin(SINCE)
    service.planner().plan_next(marks, 0)
    run("restored")
    (parked,) = run("list", "--json")
    assert (parked["reason"], parked["account"]) == ("store_restored", "edu:e1")
    run("retry", "--reason", "store_restored")
    assert book.counts() == {NoticeState.PLANNED: 1}
    run("discard", parked["notice"])
    assert book.counts() == {NoticeState.SKIPPED: 1}
    notify(service)
    assert mails(service) == 0


def test_a_mail_server_needs_an_address_that_mails_come_from(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="SYNC_MAIL_FROM"):
        Service(Settings(data_dir=tmp_path, smtp_url="smtp://localhost")).mailer()
