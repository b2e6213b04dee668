"""The JSON API over a service in memory, and programs and people that ask it: what the tests of the API share."""

from __future__ import annotations

from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.testclient import TestClient

from sync_service.access import Role, Visitor
from sync_service.adapters.memory_audit import MemoryAudit
from sync_service.adapters.memory_credentials import MemoryCredentials
from sync_service.adapters.memory_sessions import MemorySessions
from sync_service.aggregates.values import Account, account_stream, code_stream
from sync_service.api.entering import Gate
from sync_service.api.web import mounted
from sync_service.bootstrap import report_writers
from sync_service.console.doors import Doors
from sync_service.console.ports import Ports
from sync_service.credentials import Credential, Doorkeeper, Kind, new_secret
from sync_service.limiting import RateLimit
from sync_service.signing_in import Sessions
from tests.model import lines
from tests.unit.support_desk import LINKED_PERSON, Desk

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from starlette.requests import Request

    from sync_service.api.endpoint import Endpoint


BASE = "http://127.0.0.1:8080"
CASE = {"x-case": "4711"}
PERSON = account_stream(Account.parse("edu:e1"))
OTHER_STREAM = account_stream(Account.parse("sovetnmo:s1"))
CODE = code_stream(lines.CODE)
NAME, EMAIL = "Громова Анна Игоревна", "gromova@example.org"
PERSONAL = (
    lines.registered("sovetnmo:s1", full_name=NAME, email=EMAIL, snils=lines.SNILS),
    lines.registered("edu:e1", full_name=NAME, email=EMAIL, snils=lines.SNILS),
    lines.cycle("edu:e1"),
)
PARKED = lines.encode(lines.decode(lines.registered("edu:e9", email=EMAIL, full_name=NAME)) | {"type": "ru.nmo.no.v1"})


def ports_of(desk: Desk) -> Ports:
    """The desk as the API's ports; views catch up with what is written."""

    def settle() -> bool:
        desk.catch_up()
        return True

    book = MemorySessions()
    sessions = Sessions(book, lambda: desk.now, idle=timedelta(hours=1), longest=timedelta(hours=12))
    return Ports(
        store=desk.store,
        views=desk.views,
        application=lambda: desk.application,
        now=lambda: desk.now,
        settle=settle,
        ask_again_after_s=(60.0, 600.0),
        report_writers=report_writers,
        doors=Doors(sessions=sessions),
        audit=MemoryAudit(lambda: desk.now),
    )


class Office:
    """A desk with the API before it. Every role has a service account; `limits` are generous unless a test says so."""

    def __init__(self, desk: Desk, *, per_minute: int = 60_000, ports: Ports | None = None) -> None:
        self.desk = desk
        self.ports = ports or ports_of(desk)
        self.audit = self.ports.audit
        self._book = MemoryCredentials()
        self.tokens = {frozenset({role}): self.new_account(role.value, role) for role in Role}
        limits = {name: RateLimit(per_minute) for name in ("calls", "searches", "strangers")}
        self.gate = Gate(self._account, self.ports.doors.session_of, **limits)

    def new_account(self, name: str, *roles: Role) -> str:
        """Make a service account; gives its token."""
        token, secret = new_secret(name, self.desk.now)
        self._book.add(
            Credential(name, Kind.SERVICE, self.desk.now, "os:root", roles=frozenset(roles), secrets=(secret,))
        )
        self._doorkeeper = Doorkeeper(self._book, lambda: self.desk.now)  # one that knows it at once
        return token

    @cached_property
    def app(self) -> Starlette:
        """The API alone."""
        return Starlette(routes=[mounted(self.ports, self.gate)])

    def client(self, *, raises: bool = False) -> TestClient:
        """Somebody who has no token and no session."""
        return TestClient(self.app, base_url=BASE, follow_redirects=False, raise_server_exceptions=raises)

    def client_of(self, endpoints: Iterable[Endpoint], *roles: Role) -> TestClient:
        """A service account before an API that has other addresses."""
        client = TestClient(Starlette(routes=[mounted(self.ports, self.gate, endpoints)]), base_url=BASE)
        client.headers.update(self.as_role(*roles).headers)
        return client

    def token_of(self, *roles: Role) -> str:
        """The token of a service account with these roles."""
        wanted = frozenset(roles)
        if wanted not in self.tokens:
            self.tokens[wanted] = self.new_account(f"several-{len(self.tokens)}", *roles)
        return self.tokens[wanted]

    def as_role(self, *roles: Role, case: str | None = "4711") -> TestClient:
        """A service account with these roles, which looks for a case."""
        client = self.client()
        client.headers["authorization"] = f"Bearer {self.token_of(*roles)}"
        if case is not None:
            client.headers["x-case"] = case
        return client

    def looks(self) -> list[tuple[str, UUID | None, str | None, str | None]]:
        """What was recorded: act, whom, case and detail."""
        return [(row.look.act, row.look.whom, row.look.case, row.look.detail) for row in self.rows]

    @property
    def rows(self) -> Any:  # noqa: ANN401 - the memory log's own rows
        """The rows of the audit log."""
        assert isinstance(self.audit, MemoryAudit)
        return self.audit.rows

    def _account(self, request: Request) -> Visitor | None:
        credential = self._doorkeeper.admit(request.headers.get("authorization"), Kind.SERVICE)
        return credential.visitor if credential else None


def personal_office(**options: Any) -> Office:  # noqa: ANN401 - as Office has them
    """A linked person with a name, an address, a СНИЛС, an entry by code and one by module; and a parked message."""
    return Office(Desk(*LINKED_PERSON, *PERSONAL, PARKED), **options)


def letter_of(office: Office) -> UUID:
    """The parked message."""
    return office.desk.store.letter_streams()[0][0].stream
