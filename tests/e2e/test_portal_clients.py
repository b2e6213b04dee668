"""The clients of docs/clients send a file to a real service that is killed meanwhile: every event is stored, once."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from contextlib import closing
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sync_service.adapters.embedded_postgres import stop_store
from tests.model import lines

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
CLIENTS = ROOT / "docs" / "clients"
COMMAND = Path(sys.executable).with_name("sync-service")
TIMEOUT_S = 240
EVENTS = 5_000
COMMANDS = {
    "python": [sys.executable, str(CLIENTS / "python" / "send_events.py")],
    "java": ["java", str(CLIENTS / "java" / "SendEvents.java")],
    "php": ["php", "-d", "display_errors=stderr", str(CLIENTS / "php" / "send_events.php")],
}


class Site:
    """A service on a data directory of its own, which can be killed and started again at the same address."""

    def __init__(self, directory: Path) -> None:
        self.data_dir = directory / "store"
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        plain = {name: value for name, value in os.environ.items() if not name.startswith("SYNC_")}
        self.environment = plain | {
            "SYNC_DATA_DIR": str(self.data_dir),
            "SYNC_CONSOLE_PORT": str(self.port),
            "SYNC_LOG_LEVEL": "warning",
            "SYNC_PORTAL_EVENTS_PER_S": "5000",
        }
        self.url = f"http://127.0.0.1:{self.port}"
        self.running: subprocess.Popen[bytes] | None = None

    def type(self, *words: str) -> str:
        typed = subprocess.run(
            [COMMAND, *words], env=self.environment, capture_output=True, text=True, timeout=TIMEOUT_S, check=True
        )
        return typed.stdout

    def start(self) -> None:
        self.running = subprocess.Popen([COMMAND, "run", "console"], env=self.environment, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + TIMEOUT_S
        while not self._is_up():
            assert time.monotonic() < deadline, "the service did not start"
            time.sleep(0.1)

    def kill(self) -> None:
        assert self.running
        self.running.kill()
        self.running.wait()

    def received(self, token: str) -> dict[str, int]:
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT_S)) as connection:
            connection.request("GET", "/portal/v1/status", headers={"Authorization": f"Bearer {token}"})
            answer = connection.getresponse()
            body = answer.read()
            assert answer.status == HTTPStatus.OK, body
            found: dict[str, int] = json.loads(body)
            return found

    def _is_up(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return True
        except OSError:
            return False


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    lent = Site(tmp_path_factory.mktemp("portal"))
    lent.start()
    yield lent
    lent.kill()
    stop_store(lent.data_dir)


def token_of(site: Site, name: str, portal: str) -> str:
    return site.type("credentials", "add", name, "--portal", portal).strip()


def client(language: str) -> list[str]:
    command = COMMANDS[language]
    if shutil.which(command[0]) is None:
        pytest.skip(f"no {command[0]} on the PATH to run the {language} client with")
    return command


@pytest.mark.parametrize("language", COMMANDS)
def test_every_event_is_stored_once_though_the_service_is_killed_in_between(
    site: Site, tmp_path: Path, language: str
) -> None:
    command, token = client(language), token_of(site, f"sender-{language}", "edu")
    before = site.received(token)["stored"]
    events = tmp_path / "events.ndjson"
    given = [lines.completed(f"edu:{language}-{number}", f"m-{number}") for number in range(EVENTS)]
    events.write_bytes(b"".join(line + b"\n" for line in given))
    environment = site.environment | {"PORTAL_URL": site.url, "PORTAL_TOKEN": token}
    with subprocess.Popen([*command, str(events)], env=environment) as sending:
        wait_until_some_is_sent(tmp_path / "events.ndjson.sent")
        site.kill()
        site.start()
        assert sending.wait(TIMEOUT_S) == 0
    found = site.received(token)
    assert found["stored"] - before == EVENTS
    assert found["received"] == found["stored"] + found["repeats"] + found["parked"]
    assert int((tmp_path / "events.ndjson.sent").read_text()) == events.stat().st_size


@pytest.mark.parametrize("language", COMMANDS)
def test_a_client_tells_what_was_invalid_and_goes_on_where_it_stopped(
    site: Site, tmp_path: Path, language: str
) -> None:
    command, token = client(language), token_of(site, f"teller-{language}", "sovetnmo")
    before = site.received(token)["received"]
    events = tmp_path / "events.ndjson"
    environment = site.environment | {"PORTAL_URL": site.url + "/", "PORTAL_TOKEN": token}
    good, torn = lines.registered(f"sovetnmo:{language}-1"), lines.registered(f"sovetnmo:{language}-2")
    events.write_bytes(good + b"\n\n" + b'{"id": "no event"}\n' + torn[:50])
    assert subprocess.run([*command, str(events)], env=environment, timeout=TIMEOUT_S, check=False).returncode == 1
    assert "specversion" in (tmp_path / "events.ndjson.invalid").read_text(encoding="utf-8")
    with events.open("ab") as file:
        file.write(torn[50:] + b"\n")
    assert subprocess.run([*command, str(events)], env=environment, timeout=TIMEOUT_S, check=False).returncode == 0
    assert site.received(token)["received"] - before == 2


@pytest.mark.parametrize("language", COMMANDS)
def test_a_client_that_is_not_let_in_ends(site: Site, tmp_path: Path, language: str) -> None:
    command = client(language)
    events = tmp_path / "events.ndjson"
    events.write_bytes(lines.registered("edu:e1") + b"\n")
    environment = site.environment | {"PORTAL_URL": site.url, "PORTAL_TOKEN": "sync_edu_" + "0" * 64}
    ended = subprocess.run(
        [*command, str(events)], env=environment, timeout=TIMEOUT_S, capture_output=True, text=True, check=False
    )
    assert (ended.returncode, "refused with 401" in ended.stderr) == (2, True)
    assert not (tmp_path / "events.ndjson.sent").exists()


def wait_until_some_is_sent(sent: Path) -> None:
    deadline = time.monotonic() + TIMEOUT_S
    while not sent.exists():
        assert time.monotonic() < deadline, "nothing was sent"
        time.sleep(0.01)
