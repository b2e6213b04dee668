"""A real Chromium before a console on a real PostgreSQL, filled by the simulated portals while the tests look."""

from __future__ import annotations

import os
import shutil
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from simulation.file_channel import FileChannel
from simulation.life import Life
from simulation.runner import Simulation
from sync_service.access import Role, Visitor
from sync_service.bootstrap import EMBEDDED_TOPICS, ROLES, Service, now
from sync_service.console.serving import address_of
from sync_service.settings import Settings
from tests.master_key import SECRET_KEY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Page

    from tests.real_postgres import Databases

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
SHOTS = "CONSOLE_SHOTS"
"""The environment variable that names a directory for pictures; without it none are taken."""

SPECIALISTS = 60
PUBLISHED_S = 4.0
SETTLED_S = 12.0
RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
}


@dataclass(frozen=True)
class LiveConsole:
    """A running service with its console: `url` ends in `/console`."""

    service: Service
    url: str
    channel: FileChannel

    def sign_in(self, tab: Page, name: str = "Анна Орехова", *roles: Role) -> None:
        """Open a real one-time link in the tab, with these roles or all; the case that is worked on is said already."""
        visitor = Visitor(f"link:{name}", name, frozenset(roles or Role))
        once = self.service.sessions.offer(visitor, timedelta(minutes=1))
        tab.goto(f"{self.url}/sign-in?once={once}")
        assert tab.url == f"{self.url}/", tab.url
        token = next(one["value"] for one in tab.context.cookies() if one["name"] == "session")
        session = self.service.sessions.find(token)
        assert session is not None
        self.service.sessions.keep_case(session, "7")

    def publish(self, topic: str, key: str, value: bytes) -> None:
        """Send a message as a portal or the catalogue would, and wait until it is received and shown."""
        before = self.service.store.counts().received
        self.channel.publish(topic, key.encode(), value)
        self.channel.flush()
        waiting = threading.Event()
        for _ in range(200):
            if self.service.store.counts().received > before and self.service.settle():
                return
            waiting.wait(0.05)
        raise TimeoutError(topic)


@pytest.fixture(scope="package")
def live_console(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveConsole]:
    """Run every role and the console, and let the simulated portals live for some seconds first."""
    directory = tmp_path_factory.mktemp("console")
    with databases.fresh() as conninfo:
        settings = Settings(
            data_dir=directory,
            database_url=conninfo,
            master_key=SECRET_KEY,
            console_port=0,
            log_level="error",
            ask_again_after_s=(2, 4, 8),
        )
        service = Service(settings)
        channel = FileChannel(directory / EMBEDDED_TOPICS)
        with _running(service):
            life = Life(2025, SPECIALISTS, PUBLISHED_S, now())
            simulation = Simulation(life, channel)
            simulation.run(PUBLISHED_S, threading.Event())
            simulation.settle(SETTLED_S, threading.Event(), quiet_s=1)
            service.settle()
            yield LiveConsole(service, address_of(service.listening).rstrip("/"), channel)


@contextmanager
def _running(service: Service) -> Iterator[None]:
    stopping, failures = threading.Event(), []

    def run() -> None:
        try:
            service.run(ROLES, stopping)
        except Exception as error:  # noqa: BLE001 - an entry point of a thread: raised where the test ends
            failures.append(error)

    _ = service.views, service.notices, service.listening
    roles = threading.Thread(target=run, daemon=True)
    roles.start()
    try:
        yield
    finally:
        stopping.set()
        roles.join(30)
        service.database.close()
        if failures:
            raise failures[0]


@pytest.fixture(scope="package")
def console_url(live_console: LiveConsole) -> str:
    """The console's address, without a slash at its end."""
    return live_console.url


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """Start a Chromium, once for all of these tests; skipped where there is none.

    It ends with them: as long as Playwright runs, this thread can run no event loop of another test.
    """
    found = str(CHROMIUM) if CHROMIUM.exists() else shutil.which("chromium") or shutil.which("chromium-browser")
    if not found:
        pytest.skip("needs a Chromium on the PATH (Debian: chromium)")
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only where there is a browser

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def page(stranger: Page, live_console: LiveConsole) -> Page:
    """The same tab, signed in with every role."""
    live_console.sign_in(stranger)
    return stranger


@pytest.fixture
def stranger(chromium: Browser) -> Iterator[Page]:
    """A tab of a fresh profile, 1440 by 900; whatever the browser complains of (scripts, the content policy) fails."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, locale="ru-RU", timezone_id="Asia/Irkutsk")
    tab = context.new_page()
    tab.set_default_timeout(10_000)
    complaints: list[str] = []
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    tab.on(
        "console",
        lambda line: complaints.append(line.text) if line.type == "error" and not _is_status(line.text) else None,
    )
    yield tab
    context.close()
    assert complaints == []


def _is_status(text: str) -> bool:
    """Whether the browser only says that a page had an error status, as some tests want it to."""
    return text.startswith("Failed to load resource: the server responded with a status of 4")


@pytest.fixture
def assert_accessible() -> Callable[[Page], None]:
    """Assert that axe-core finds nothing on the page as it stands."""

    def check(tab: Page) -> None:
        from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # noqa: PLC0415

        response: dict[str, Any] = Axe().run(tab, options=RULES).response
        found = [
            {"rule": one["id"], "help": one["help"], "at": [node["target"] for node in one["nodes"]][:5]}
            for one in response["violations"]
        ]
        assert found == [], msgspec.json.format(msgspec.json.encode(found)).decode()

    return check


@pytest.fixture
def shot() -> Callable[[Page, str], None]:
    """Take a picture of the whole page, where the environment names a directory for pictures."""

    def take(tab: Page, name: str) -> None:
        directory = os.environ.get(SHOTS)
        if directory:
            Path(directory).mkdir(parents=True, exist_ok=True)
            tab.screenshot(path=str(Path(directory) / f"{name}.png"), full_page=True)

    return take
