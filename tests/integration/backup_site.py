"""A store with a bit of everything on a real PostgreSQL, to be backed up and restored."""

from __future__ import annotations

import threading
from contextlib import closing, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, LiteralString

import psycopg
import pytest
from psycopg.sql import SQL, Composed, Identifier
from pydantic import SecretStr

from sync_service.adapters.postgres_backup import kept_tables
from sync_service.adapters.postgres_database import StoreUnavailable
from sync_service.adapters.store_secrets import NotSealed
from sync_service.backups.archive import opened_archive, written_whole
from sync_service.bootstrap import Service
from sync_service.checking import check
from sync_service.messages.records import Record
from sync_service.projections.registry import VIEWS
from sync_service.sealing import MasterKeyMissing
from sync_service.settings import Settings
from tests.master_key import MASTER_KEY
from tests.model import lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from sync_service.backups.manifest import Manifest
    from tests.real_postgres import Databases

SINCE = datetime(2020, 1, 1, tzinfo=UTC)
TODAY = datetime.now(UTC).date().isoformat()
OTHER_KEY = "/".join(["A" * 21, "A" * 20 + "="])


class Site:
    """A service on a database of its own, which is fed with lines as a consumer would."""

    def __init__(self, url: str, directory: Path, master_key: str = MASTER_KEY) -> None:
        self.settings = Settings(
            database_url=url,
            master_key=SecretStr(master_key),
            data_dir=directory,
            notices_since=SINCE,
            notices_gather_s=0,
        )
        self.service = Service(self.settings)
        self._received = 0

    def given(self, *values: bytes) -> None:
        records = []
        for value in values:
            self._received += 1
            records.append(Record(value, "file:1", self._received - 1, self._received))
        self.service.application().receive(records)

    def backup(self, file: Path) -> Manifest:
        with written_whole(file) as out:
            return self.service.backup(out, lambda *_: None)

    def restore(self, file: Path, *, may_replace: bool = False) -> None:
        with opened_archive(file) as archive:
            self.service.restore(archive, lambda _: may_replace, lambda *_: None)
        self.service.resume()
        assert self.service.catch_up()

    def assert_holds(self) -> None:
        assert self.service.catch_up()
        assert check(self.service.store, self.service.views, VIEWS).breaches == []

    def rows(self) -> dict[str, list[tuple[object, ...]]]:
        """Every row of every table that a backup holds, as it stands in the database."""
        with psycopg.connect(self.settings.database_url or "") as connection:
            return {
                table.name: sorted(connection.execute(everything_in(table.name)).fetchall(), key=repr)
                for table in kept_tables(connection)
            }

    def execute(self, statement: LiteralString) -> None:
        with psycopg.connect(self.settings.database_url or "", autocommit=True) as connection:
            connection.execute(statement)


def everything_in(table: str) -> SQL | Composed:
    return SQL("SELECT * FROM {}").format(Identifier(table))


@pytest.fixture
def backup_sites(databases: Databases, tmp_path: Path) -> Iterator[Callable[..., Site]]:
    """Makes sites, each with a database and a directory of its own."""
    made: list[Site] = []

    def site(**options: str) -> Site:
        directory = tmp_path / f"data-{len(made)}"
        directory.mkdir()
        made.append(Site(databases.create(), directory, **options))
        return made[-1]

    yield site
    for one in made:
        with suppress(MasterKeyMissing, NotSealed, StoreUnavailable):
            one.service.database.close()
        databases.drop(one.settings.database_url or "")


@pytest.fixture
def backup_site(backup_sites: Callable[..., Site]) -> Site:
    """A store with a bit of everything: people, a link, codes, a parked message, mails."""
    site = backup_sites()
    site.given(*life())
    site.service.catch_up()
    site.service.rebuilds.ask(["directory"], "anna", "why not")
    notify(site.service)
    return site


def life(people: int = 5, first: int = 0) -> Sequence[bytes]:
    """What happens to some people; one message is malformed."""
    told = [lines.published("m1", "module"), lines.issued("ABCD00001111", activity_id="m1"), b"{broken %d" % first]
    for number in range(first, first + people):
        edu, sovetnmo = f"edu:e{number}", f"sovetnmo:s{number}"
        told += [
            lines.registered(edu),
            lines.registered(sovetnmo),
            lines.completed(edu, on=TODAY),
            lines.link_requested(f"r{number}", f"e{number}", f"s{number}"),
            lines.link_confirmed(f"r{number}", f"e{number}", f"s{number}"),
            lines.activated(sovetnmo, "ABCD-00001111"),
        ]
    return told


def notify(service: Service) -> None:
    """Let a notifier start and do what there is to do."""
    with closing(service.mailer()) as mailer:
        notifier = service.notifier(mailer)
        marks = notifier.take_over()
        while notifier.turn(marks, threading.Event()):
            pass
