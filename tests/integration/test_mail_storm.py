"""The mail server is down half the time and the notifier is killed: no credit in two mails, none lost from sight."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec
import pytest

from sync_service.bootstrap import Service
from sync_service.messages.records import Record
from sync_service.notices.notice import NoticeState
from sync_service.settings import Settings
from tests.faults.deployment import Deployment
from tests.mail_server import TAKEN, MailServer
from tests.master_key import SECRET_KEY
from tests.model import lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sync_service.application import Application
    from sync_service.notices.notice import Notice

SETTLED = frozenset((NoticeState.SENT, NoticeState.PARKED))
LOOK_S = 0.05
KILLS = 3
TRIES = "0.3,0.6,1.2,2.4,4.8"
BATCH = 500


class Storm(msgspec.Struct, frozen=True):
    """How big it is. Every person gets a credit a wave; the `first` waves wait when the notifier starts.

    `phase_s` is how long the server is up, or down, on average.
    """

    people: int
    waves: int
    first: int
    phase_s: float
    timeout_s: float

    @property
    def credits(self) -> int:
        """How many credits there are to be told of."""
        return self.people * self.waves

    @property
    def mails(self) -> int:
        """How many mails that makes, about: what waits for a person at the start is one."""
        return self.people * (1 + self.waves - self.first)


class Moods:
    """How the server answers: the same for the same seed, as far as mails come in the same order."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)

    def to_recipient(self, address: str) -> str:
        if address.startswith("s7."):
            return f"550 {address} does not live here"
        return "451 come again" if self._chance.random() < 0.1 else TAKEN

    def to_mail(self, _: str) -> str | None:
        dice = self._chance.random()
        if dice < 0.02:
            return None
        return "452 no room" if dice < 0.05 else TAKEN


class World:
    """The service with its people; a wave gives each of them one more credit."""

    def __init__(self, service: Service, storm: Storm) -> None:
        self.service = service
        self._people = [f"sovetnmo:s{number}" for number in range(storm.people)]
        self._application: Application = service.application()
        self._received = 0
        self._today = datetime.now(UTC).date().isoformat()
        self.hears(lines.published(f"m{wave}", "module", title=title_of(wave)) for wave in range(storm.waves))
        self.hears(lines.registered(person, email=address_of(person)) for person in self._people)

    def gives(self, wave: int) -> None:
        """Let everybody complete one more module."""
        self.hears(lines.completed(person, f"m{wave}", on=self._today) for person in self._people)
        assert self.service.catch_up()

    def hears(self, given: Iterator[bytes]) -> None:
        """Receive lines."""
        every = list(given)
        for start in range(0, len(every), BATCH):
            records = []
            for line in every[start : start + BATCH]:
                self._received += 1
                records.append(Record(line, "file:1", self._received, self._received + 1))
            self._application.receive(records)

    def told(self) -> list[Notice]:
        """All notices."""
        return self.service.notices.listed(list(NoticeState), 1_000_000)

    def is_settled(self, credits_: int) -> bool:
        """Whether so many credits are in a mail or parked."""
        counts = self.service.notices.counts()
        return sum(counts.get(state, 0) for state in SETTLED) == credits_


def title_of(wave: int) -> str:
    return f"Модуль номер {wave}."


def address_of(person: str) -> str:
    return f"{person.partition(':')[2]}.doctor@example.org"


@contextmanager
def up_half_the_time(server: MailServer, phase_s: float) -> Iterator[None]:
    """Start and stop the server in turns, until the end, when it stays up."""
    stopping = threading.Event()

    chance = random.Random(2)

    def turn() -> None:
        while not stopping.wait(phase_s * chance.uniform(0.4, 1.6)):
            server.stop()
            stopping.wait(phase_s * chance.uniform(0.4, 1.6))
            server.start()

    turning = threading.Thread(target=turn, daemon=True)
    turning.start()
    try:
        yield
    finally:
        stopping.set()
        turning.join()


@pytest.fixture
def service(database_url: str, tmp_path: Path) -> Iterator[Service]:
    """The service inside the test: it receives and projects, and sends nothing."""
    made = Service(Settings(database_url=database_url, master_key=SECRET_KEY, data_dir=tmp_path))
    with closing(made.database):
        yield made


@pytest.fixture
def server() -> Iterator[MailServer]:
    """A server with moods."""
    moods = Moods(seed=1)
    started = MailServer().start()
    started.answer_recipient, started.answer_mail = moods.to_recipient, moods.to_mail
    yield started
    started.close()


@pytest.mark.parametrize(
    "storm",
    [
        pytest.param(
            Storm(people=60, waves=10, first=8, phase_s=2, timeout_s=120),
            id="600 credits to 60 people",
            marks=pytest.mark.slow,
        ),
        pytest.param(
            Storm(people=3_000, waves=4, first=4, phase_s=10, timeout_s=1_500),
            id="12,000 credits to 3,000 people",
            marks=[pytest.mark.faults, pytest.mark.timeout(1_800)],
        ),
    ],
)
def test_no_credit_is_in_two_mails_and_each_is_in_one_or_parked(
    service: Service, server: MailServer, database_url: str, tmp_path: Path, storm: Storm
) -> None:
    world = World(service, storm)
    settings = {
        "database_url": database_url,
        "smtp_url": server.url,
        "smtp_timeout_s": 2,
        "mail_from": "notices@example.org",
        "notices_since": "2020-01-01T00:00:00Z",
        "notices_gather_s": 0,
        "notices_retry_after_s": TRIES,
    }
    with Deployment(tmp_path, **settings) as deployment, up_half_the_time(server, storm.phase_s):
        for wave in range(storm.first):
            world.gives(wave)
        deployment.start("notifier", "run", "notifier")
        _give_and_kill(world, server, deployment, storm)
        _wait_until(lambda: world.is_settled(storm.credits), deployment, storm.timeout_s)
        deployment.stop("notifier")
        assert "@example.org" not in deployment.said("notifier")
    _verify(world.told(), server, storm)


def _give_and_kill(world: World, server: MailServer, deployment: Deployment, storm: Storm) -> None:
    """Kill the notifier in the middle of sending, again and again, while more credits come."""
    more = list(range(storm.first, storm.waves))
    for kill in range(KILLS):
        goal = storm.mails * (kill + 1) // (KILLS + 2)
        _wait_until(lambda goal=goal: len(server.taken) >= goal, deployment, storm.timeout_s)  # type: ignore[misc]
        deployment.kill("notifier")
        if more:
            world.gives(more.pop(0))
        deployment.start("notifier")


def _wait_until(is_so: Callable[[], bool], deployment: Deployment, timeout_s: float) -> None:
    deadline = time.monotonic() + timeout_s
    while not is_so():
        assert time.monotonic() < deadline, deployment.said("notifier")
        deployment.assert_running()
        time.sleep(LOOK_S)


def _verify(notices: list[Notice], server: MailServer, storm: Storm) -> None:
    """The server's count: what each person was told of, against what the service says of it."""
    told: Counter[tuple[str, str]] = Counter()
    for message in server.taken:
        body = message.get_body(("plain",))
        assert body is not None
        text = body.get_content()
        told.update((message["To"], title_of(wave)) for wave in range(storm.waves) if title_of(wave) in text)
    assert [credit for credit, times in told.items() if times > 1] == []
    known = {(address_of(str(one.account)), title_of(int(one.key.split(":")[1][1:]))): one for one in notices}
    assert len(known) == len(notices) == storm.credits
    assert told.keys() <= known.keys()
    sent = {credit for credit, one in known.items() if one.state is NoticeState.SENT}
    parked = {credit for credit, one in known.items() if one.state is NoticeState.PARKED}
    assert (sent <= told.keys(), sent | parked == known.keys()) == (True, True)
    assert {known[credit].reason for credit in told.keys() - sent} <= {"interrupted"}
    reasons = Counter(known[credit].reason for credit in parked)
    print(f"\n{len(server.taken)} mails tell of {len(told)} credits; parked {dict(reasons)}")  # noqa: T201 - with -s
