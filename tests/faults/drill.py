"""A drill: a deployment is lost, and goes on from an older backup in a new database, with the same Kafka."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Self
from uuid import UUID

from pydantic import SecretStr

from sync_service.already_sent import identity_of
from sync_service.bootstrap import Service
from sync_service.messages.records import Outgoing
from sync_service.notices.notice import Notice, NoticeState
from sync_service.outgoing import messages_of
from sync_service.settings import Settings
from tests.faults.deployment import Deployment
from tests.faults.kafka_contents import Held, contents
from tests.faults.outcome import ALL, Outcome
from tests.master_key import MASTER_KEY
from tests.model import lines

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from simulation.bulk_lines import Keyed
    from tests.faults.portals import Portals
    from tests.real_kafka import Kafka
    from tests.real_postgres import Databases

ROLES = ("consumers", "projections", "publisher", "notifier")
NEVER_S = 86_400
SINCE = "2020-01-01T00:00:00Z"
PARTITIONS = 6
BATCH_RECORDS_MAX = 50
LOOK_AGAIN_S = 0.2
SETTLED_TIMEOUT_S = 120.0
NEWS_EVERY = 20
"""Every so many lines of a stream somebody is credited with something of today, which is told by e-mail."""


class Life:
    """One deployment with a database and a directory of its own, on the Kafka that all of them share."""

    def __init__(self, kafka: Kafka, databases: Databases, prefix: str, directory: Path) -> None:
        directory.mkdir()
        self._databases, self._url = databases, databases.create()
        self.service = Service(
            Settings(database_url=self._url, master_key=SecretStr(MASTER_KEY), topic_prefix=prefix, data_dir=directory)
        )
        self.deployment = Deployment(
            directory,
            database_url=self._url,
            master_key=MASTER_KEY,
            data_dir=directory,
            kafka_bootstrap=kafka.bootstrap,
            kafka_group=prefix,
            kafka_partitions=PARTITIONS,
            topic_prefix=prefix,
            batch_records_max=BATCH_RECORDS_MAX,
            ask_again_after_s=NEVER_S,
            notices_since=SINCE,
            notices_gather_s=0,
        )
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        self._stack.callback(self._databases.drop, self._url)
        self._stack.callback(self.service.database.close)
        self._stack.enter_context(self.deployment)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stack.close()

    def start(self) -> None:
        """Start every role, each as a process."""
        for role in ROLES:
            self.deployment.start(role, "run", role)

    def lose(self) -> None:
        """End every process by -9."""
        for role in ROLES:
            self.deployment.kill(role)

    def end(self) -> None:
        """Wait until a restore is settled, and end every process in order."""
        deadline = time.monotonic() + SETTLED_TIMEOUT_S
        while not self.service.restores.is_settled():
            assert time.monotonic() < deadline, "the restored store never caught up"
            time.sleep(LOOK_AGAIN_S)
        for role in ROLES:
            self.deployment.stop(role)

    def mailed(self) -> dict[UUID, list[Notice]]:
        """What was told by each mail that went out."""
        found: dict[UUID, list[Notice]] = defaultdict(list)
        for notice in self.service.notices.listed([NoticeState.SENT], ALL):
            if notice.mail is not None:
                found[notice.mail].append(notice)
        return found


@dataclass
class Aftermath(Outcome):
    """What is left after a restore."""

    apart: Counter[UUID] = field(default_factory=Counter)

    @classmethod
    def after(cls, life: Life, portals: Portals, bootstrap: str) -> Self:
        """Look at everything; nothing moves any more."""
        names, verdict = life.service.names, life.deployment.command("check", "--json")
        came_in, went_out = contents(bootstrap, names.all_in()), contents(bootstrap, names.all_out())
        return cls(life.service, portals, verdict, came_in, went_out)

    def assert_nothing_sent_twice(self) -> None:
        """What the restored log means for portals stands in the topics as often as the log says it, and no oftener.

        `apart` is what only the lost store said: what it had to say came out otherwise in another order. How far a link
        has come is left out, as it is told in steps that depend on the order of answers.
        """
        store, names = self.service.store, self.service.names
        log = (message for event in store.read(0, ALL) for message in messages_of(event, names, store.parked_bytes))
        expected = Counter(map(identity_of, filter(_is_no_progress, log)))
        sent = Counter(map(identity_of, filter(_is_no_progress, map(_outgoing, self.went_out))))
        self.apart = sent - expected
        assert not expected - sent, "something was never said"
        again = {identity for identity in self.apart if expected[identity]}
        examples = [held.value for held in self.went_out if identity_of(_outgoing(held)) in again]
        assert not again, f"{len(again)} of {len(expected)} messages were said again: {examples[:2]!r}"
        told = Counter((held.topic, held.value) for held in self.went_out if not names.is_dead_letters(held.topic))
        assert max(told.values()) == 1


def _outgoing(held: Held) -> Outgoing:
    return Outgoing(held.topic, held.value, held.key, tuple(held.headers.items()))


def _is_no_progress(message: Outgoing) -> bool:
    return b"link.progressed" not in message.value


def with_news(stream: list[Keyed], prefix: str) -> list[Keyed]:
    """The lines, and among them people who register and complete a module today: they are told so by e-mail."""
    today = datetime.now(UTC).date().isoformat()
    catalogue = lines.published("fresh", "module", title="Свежий модуль")
    mixed: list[Keyed] = [(f"{prefix}.catalogue.events.v1", b"fresh", catalogue)]
    for number, line in enumerate(stream):
        mixed.append(line)
        if number % NEWS_EVERY == 0:
            account = f"fresh{number}"
            told = (
                lines.registered(f"edu:{account}", email=f"{account}@example.org"),
                lines.completed(f"edu:{account}", "fresh", on=today),
            )
            mixed += [(f"{prefix}.edu.events.v1", account.encode(), one) for one in told]
    return mixed
