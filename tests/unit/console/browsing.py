"""A browser before the console over a service in memory, signed in as whomever a test wants."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from starlette.testclient import TestClient

from sync_service.access import Role, Visitor
from sync_service.adapters.memory_audit import MemoryAudit
from sync_service.adapters.memory_sessions import MemorySessions
from sync_service.bootstrap import report_writers
from sync_service.console.doors import Doors
from sync_service.console.ports import Ports
from sync_service.console.web import console
from sync_service.signing_in import Sessions

if TYPE_CHECKING:
    from tests.unit.support_desk import Desk

BASE = "http://127.0.0.1:8080"
SOMEBODY = "Анна Орехова"
CASE = "17/26"
EVERY_ROLE = frozenset(Role)


def now() -> datetime:
    """The clock of sessions: a desk's own may be set to any day."""
    return datetime.now(UTC)


def doors() -> Doors:
    """A door that nobody has come through yet."""
    return Doors(sessions=Sessions(MemorySessions(), now, idle=timedelta(hours=1), longest=timedelta(hours=12)))


def ports_of(desk: Desk, door: Doors | None = None) -> Ports:
    """The desk as the console's ports; views catch up with what is written."""

    def settle() -> bool:
        desk.catch_up()
        return True

    return Ports(
        store=desk.store,
        views=desk.views,
        application=lambda: desk.application,
        now=lambda: desk.now,
        settle=settle,
        ask_again_after_s=(60.0, 600.0),
        report_writers=report_writers,
        doors=door or doors(),
        audit=MemoryAudit(now),
    )


class Browser(TestClient):
    """Does not follow redirects by itself; its forms carry the session's token as the console's own do."""

    def __init__(self, ports: Ports, more: Any = ()) -> None:  # noqa: ANN401 - the console's own addresses
        super().__init__(console(ports, more), base_url=BASE, follow_redirects=False, client=("127.0.0.1", 50_000))
        self.doors = ports.doors
        self.audit = ports.audit
        self.csrf = ""

    def sign_in(self, name: str = SOMEBODY, *roles: Role, case: str | None = CASE) -> Browser:
        """Go on as this person, with these roles or all, and with a case that they said before."""
        token = self.doors.sessions.open(Visitor(f"test|{name}", name, frozenset(roles) or EVERY_ROLE))
        found = self.doors.sessions.find(token)
        assert found is not None
        self.doors.sessions.keep_case(found, case)
        self.cookies.set("session", token, domain="127.0.0.1", path="/")
        self.csrf = found.csrf
        return self

    def sign_out(self) -> Browser:
        """Go on as nobody."""
        self.cookies.set("session", "", domain="127.0.0.1", path="/")
        self.csrf = ""
        return self

    def request(self, method: str, url: Any, **asked: Any) -> Any:  # noqa: ANN401 - as is
        """Send a request; a form carries the token unless the test gives its own."""
        if method == "POST" and asked.get("content") is None and asked.get("json") is None:
            asked["data"] = {"csrf": self.csrf, **(asked.get("data") or {})}
        return super().request(method, url, **asked)
