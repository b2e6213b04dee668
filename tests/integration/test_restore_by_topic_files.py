"""The drill on the embedded default's topic files: a backup, more traffic, a new database, and nothing twice."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from pydantic import SecretStr

from sync_service.adapters.file_sent import FileSent
from sync_service.adapters.file_topics import FileTopics
from sync_service.already_sent import event_in, identity_of
from sync_service.backups.archive import opened_archive, written_whole
from sync_service.bootstrap import EMBEDDED_TOPICS, Service
from sync_service.checking import check
from sync_service.messages.records import Outgoing
from sync_service.outgoing import messages_of
from sync_service.projections.registry import VIEWS
from sync_service.settings import Settings
from tests.master_key import MASTER_KEY
from tests.model import lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from uuid import UUID

    from tests.real_postgres import Databases

ROLES = ("consumers", "projections", "publisher")
PEOPLE = 12
SETTLE_S = 60.0


class Town:
    """The portals and the catalogue: they write into the topic files, and answer what they are asked to show."""

    def __init__(self, directory: Path) -> None:
        self.topics = directory / EMBEDDED_TOPICS
        self._files = FileTopics(self.topics)
        self._answered: set[tuple[str, str]] = set()

    def says(self, *values: bytes) -> None:
        for value in values:
            try:
                source = json.loads(value)["source"].rpartition("/")[2]
            except ValueError:
                source = "edu"
            self._files.send([Outgoing(f"nmo.{source}.events.v1", value)])

    def answers(self) -> int:
        """Answer what was not answered yet; how many."""
        asked = [
            (message.topic.split(".")[1], event_in(message)["data"])
            for message in self.sent()
            if b"replica.requested" in message.value
        ]
        new = {(f"{portal}:{data['account_id']}", data["activity_key"]) for portal, data in asked} - self._answered
        self._answered |= new
        self.says(*(lines.applied(account, key) for account, key in sorted(new)))
        return len(new)

    def sent(self) -> list[Outgoing]:
        """Everything that was ever sent to the portals."""
        names = [path.name.removesuffix(".ndjson") for path in self.topics.glob("*.ndjson")]
        out = sorted(name for name in names if not name.endswith("events.v1"))
        return list(FileSent(self.topics).since(out, datetime.now(UTC)))

    def received(self) -> int:
        """How many messages there are for the service."""
        return sum(path.read_bytes().count(b"\n") for path in self.topics.glob("*.events.v1.ndjson"))


@contextmanager
def living(url: str, directory: Path) -> Iterator[Service]:
    """A service that runs, and ends in order."""
    settings = Settings(database_url=url, master_key=SecretStr(MASTER_KEY), data_dir=directory, batch_records_max=7)
    service, stopping = Service(settings), threading.Event()
    failures: list[BaseException] = []

    def run() -> None:
        try:
            service.run(ROLES, stopping)
        except BaseException as error:  # noqa: BLE001 - told to the test
            failures.append(error)

    running = threading.Thread(target=run)
    running.start()
    try:
        yield service
    finally:
        stopping.set()
        running.join()
        service.database.close()
    assert not failures


def settle(service: Service, town: Town) -> None:
    """Wait until all is received, answered, decided on and published, and a restore is over."""
    store, deadline = service.store, time.monotonic() + SETTLE_S
    while (
        store.counts().received < town.received()
        or min(store.followed("replication"), store.followed("publisher")) < store.head()
        or town.answers()
        or not service.restores.is_settled()
    ):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def day(number: int) -> Sequence[bytes]:
    """What happens on a day: everybody links or completes something, codes are contested, one message is malformed."""
    told = [lines.published(f"m{number}", "module"), b'{"broken": %d' % number]
    for person in range(PEOPLE):
        edu, sovetnmo = f"edu:e{person}", f"sovetnmo:s{person}"
        told.append(lines.completed(edu if person % 2 else sovetnmo, f"m{number}"))
        if person % 3 == number % 3:
            told += [lines.link_requested(f"r{person}", f"e{person}", f"s{person}")]
            told += [lines.link_confirmed(f"r{person}", f"e{person}", f"s{person}")]
        code = f"ABCD{number:04}{person // 2:04}"
        told += [lines.activated(one, code, activity_id=f"m{number}") for one in (edu, sovetnmo)]
    return told


@pytest.mark.slow
def test_a_store_that_is_restored_beside_its_topic_files_goes_on_and_sends_nothing_twice(
    databases: Databases, tmp_path: Path
) -> None:
    town, file = Town(tmp_path), tmp_path / "b.zip"
    with databases.fresh() as lost, databases.fresh() as restored:
        with living(lost, tmp_path) as service:
            town.says(*day(0))
            settle(service, town)
            town.says(*day(1))
            with written_whole(file) as out:  # amid the second day
                service.backup(out, lambda *_: None)
            settle(service, town)
            town.says(*day(2))
            settle(service, town)
            accepted = owners(service)
        before = town.sent()
        service = Service(Settings(database_url=restored, master_key=SecretStr(MASTER_KEY), data_dir=tmp_path))
        with opened_archive(file) as archive:
            service.restore(archive, lambda _: False, lambda *_: None)
        assert service.store.counts().received < town.received()
        service.database.close()
        with living(restored, tmp_path) as service:
            settle(service, town)
            assert said(town.sent()) == said(before)
            assert owners(service) == accepted
            town.says(*day(3))
            settle(service, town)
            assert_in_step(service, town)


def owners(service: Service) -> dict[str, object]:
    """Whose each code is."""
    assert service.catch_up()
    return {row["code"]: row["owner_account"] for row in service.views.find("code_register", "codes")}


def assert_in_step(service: Service, town: Town) -> None:
    assert service.catch_up()
    verdict = check(service.store, service.views, VIEWS)
    assert verdict.ok, verdict.breaches
    assert verdict.messages.received == town.received()
    assert verdict.messages.repeats == 0
    store, names = service.store, service.names
    means = [message for event in store.read(0, 1_000_000) for message in messages_of(event, names, store.parked_bytes)]
    meant, sent = said(means), said(town.sent())
    assert {identity: sent[identity] for identity in meant} == meant  # the lost store may have said more, in its order
    states = Counter(row["state"] for row in service.views.find("replica_ledger", "replicas"))
    assert set(states) == {"applied"}


def said(messages: Sequence[Outgoing]) -> Counter[UUID]:
    """How often each thing is said; how far a link has come is told in steps that depend on the order of answers."""
    return Counter(identity_of(message) for message in messages if b"link.progressed" not in message.value)
