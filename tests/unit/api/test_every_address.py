"""Every address and method of the API, every role and none: from the table, and from the literal list below."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import pytest

from sync_service.access import RIGHTS, Role, Visitor
from sync_service.api.endpoint import Whom
from sync_service.api.table import ENDPOINTS
from tests.unit.api.office import CASE, CODE, PERSON, personal_office

if TYPE_CHECKING:
    from sync_service.api.endpoint import Endpoint
    from tests.unit.api.office import Office

EVERYBODY = "viewer support supervisor operator auditor"
SEERS = "viewer support supervisor"
STAFF = "support supervisor"
WATCHERS = "support supervisor operator"

ROLES = {
    "GET /me": EVERYBODY,
    "POST /search": SEERS,
    "GET /people/{specialist_id}": SEERS,
    "GET /people/{specialist_id}/history": SEERS,
    "GET /people/{specialist_id}/plan": SEERS,
    "GET /people/{specialist_id}/answer": SEERS,
    "POST /people/{specialist_id}/reveal": STAFF,
    "GET /people/{specialist_id}/replay": SEERS,
    "POST /people/{specialist_id}/repair": STAFF,
    "POST /people/{specialist_id}/resend": STAFF,
    "GET /people/{specialist_id}/report": STAFF,
    "POST /people/{specialist_id}/entries/{entry_id}/preview": STAFF,
    "POST /people/{specialist_id}/entries/{entry_id}/reverse": STAFF,
    "POST /codes": SEERS,
    "GET /codes/{code_id}": SEERS,
    "POST /codes/{code_id}/reveal": STAFF,
    "POST /codes/{code_id}/letter": STAFF,
    "GET /parked": WATCHERS,
    "GET /parked/groups": WATCHERS,
    "GET /parked/{letter_id}": SEERS,
    "POST /parked/{letter_id}/reveal": STAFF,
    "POST /parked/{letter_id}/preview": STAFF,
    "POST /parked/{letter_id}/retry": STAFF,
    "POST /parked/{letter_id}/discard": STAFF,
    "GET /decisions": SEERS,
    "POST /decisions": STAFF,
    "POST /decisions/preview": STAFF,
    "GET /decisions/{proposal_id}": SEERS,
    "POST /decisions/{proposal_id}/approve": "supervisor",
    "POST /decisions/{proposal_id}/reject": "supervisor",
    "POST /decisions/{proposal_id}/take-back": STAFF,
    "GET /people/{specialist_id}/erasure": "supervisor",
    "GET /people/{specialist_id}/erasure/certificate": "supervisor",
    "GET /rebuilds": WATCHERS,
    "POST /rebuilds": "operator",
    "POST /rebuilds/{view}/switch": "operator",
    "POST /rebuilds/{view}/pause": "operator",
    "POST /rebuilds/{view}/resume": "operator",
    "POST /rebuilds/{view}/cancel": "operator",
    "POST /rebuilds/{view}/back": "operator",
    "GET /standing": WATCHERS,
    "GET /series": WATCHERS,
    "GET /audit": "auditor",
    "GET /audit/export": "auditor",
    "POST /audit/verify": "auditor",
}
"""Who may use what, as people have decided it: a new address without a line here fails."""

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW")
DENIED = {401, 403}
IDS = {"specialist_id": PERSON, "code_id": CODE, "view": "directory"}
BY_NAME = {endpoint.name: endpoint for endpoint in ENDPOINTS}


@pytest.fixture(scope="module")
def office() -> Office:
    return personal_office()


def address(path: str) -> str:
    """The address with ids; those that nothing has are the person's own."""
    names = [part.strip("{}") for part in path.split("/") if part.startswith("{")]
    return f"/api/v1{path}".format(**{name: IDS.get(name, PERSON) for name in names})


def test_the_list_has_a_line_for_every_address_and_no_other() -> None:
    assert ROLES.keys() == BY_NAME.keys()


@pytest.mark.parametrize("name", ROLES)
def test_the_table_gives_each_address_to_those_roles(name: str) -> None:
    right = BY_NAME[name].right
    assert {role.value for role in Role if right in RIGHTS[role]} == set(ROLES[name].split())


@pytest.mark.parametrize(("name", "role"), list(product(ROLES, Role)))
def test_a_role_gets_in_where_it_may_and_nowhere_else(office: Office, name: str, role: Role) -> None:
    method, path = name.split(" ")
    before = len(office.rows)
    answer = office.as_role(role).request(method, address(path), json=None if method == "GET" else {})
    if role.value in ROLES[name].split():
        assert answer.status_code not in DENIED, answer.text
    else:
        assert answer.status_code == 403
        assert answer.json()["type"] == "urn:sync-service:problem:not-allowed"
        assert len(office.rows) == before


@pytest.mark.parametrize(
    ("name", "token"), list(product(ROLES, (None, "", "Bearer x", "Bearer sync_viewer_" + "0" * 64)))
)
def test_nobody_gets_in_without_a_known_token(office: Office, name: str, token: str | None) -> None:
    method, path = name.split(" ")
    headers = CASE | ({} if token is None else {"authorization": token})
    answer = office.client().request(method, address(path), json=None if method == "GET" else {}, headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(("path", "method"), list(product(sorted({each.path for each in ENDPOINTS}), METHODS)))
def test_other_methods_are_refused_and_the_right_ones_named(office: Office, path: str, method: str) -> None:
    known = {endpoint.method for endpoint in ENDPOINTS if endpoint.path == path}
    if method in known:
        return
    answer = office.as_role(*Role).request(method, address(path))
    assert answer.status_code == 405
    assert set(answer.headers["allow"].split(", ")) == known


@pytest.mark.parametrize("path", ["", "/", "/me/", "/nothing", "/people", "/people/x/y/z", "/audit/rows"])
def test_other_addresses_are_told_as_problems(office: Office, path: str) -> None:
    answer = office.as_role(*Role).get(f"/api/v1{path}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.name)
def test_whoever_looks_at_somebody_says_for_which_case(office: Office, endpoint: Endpoint) -> None:
    asked = office.as_role(*Role, case=None)
    answer = asked.request(endpoint.method, address(endpoint.path), json=None if endpoint.method == "GET" else {})
    is_missing = answer.status_code == 400 and answer.json()["type"].endswith("case-missing")
    assert is_missing is (endpoint.whom in {Whom.NAMED, Whom.FOUND})


def test_everything_but_what_shows_nobody_is_recorded() -> None:
    assert {endpoint.name for endpoint in ENDPOINTS if endpoint.whom is Whom.UNRECORDED} == {
        "GET /me",
        "GET /standing",
        "GET /series",
    }


def test_everything_is_masked_but_what_reveals_or_shows_nobody() -> None:
    assert {endpoint.name for endpoint in ENDPOINTS if not endpoint.masks} == {
        "GET /me",
        "POST /people/{specialist_id}/reveal",
        "POST /codes/{code_id}/reveal",
        "POST /codes/{code_id}/letter",
        "POST /parked/{letter_id}/reveal",
        *(name for name in ROLES if "/rebuilds" in name or "/audit" in name),
        "GET /standing",
        "GET /series",
    }


def test_a_session_of_the_console_gets_in_with_the_roles_of_its_visitor(office: Office) -> None:
    doors = office.ports.doors
    token = doors.sessions.open(Visitor("test|Anna", "Анна", frozenset({Role.VIEWER})))
    session = doors.sessions.find(token)
    assert session is not None
    browser = office.client()
    browser.cookies.set("session", token, domain="127.0.0.1", path="/")
    browser.headers.update(CASE)
    assert browser.get("/api/v1/me").json()["name"] == "Анна"
    assert browser.get("/api/v1/audit").status_code == 403
    assert browser.post("/api/v1/search", json={"text": "edu:e1"}).json()["type"].endswith("csrf")
    wrong = browser.post("/api/v1/search", json={"text": "edu:e1"}, headers={"x-csrf-token": "x"})
    assert wrong.json()["type"].endswith("csrf")
    right = browser.post("/api/v1/search", json={"text": "edu:e1"}, headers={"x-csrf-token": session.csrf})
    assert right.status_code == 200


def test_a_wrong_token_is_not_mended_by_a_session(office: Office) -> None:
    token = office.ports.doors.sessions.open(Visitor("test|Anna", "Анна", frozenset(Role)))
    browser = office.client()
    browser.cookies.set("session", token, domain="127.0.0.1", path="/")
    assert browser.get("/api/v1/me", headers={"authorization": "Bearer x"}).status_code == 401
