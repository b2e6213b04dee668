"""Every address and method of the console, for every role and for nobody: who may come in, and who is sent away.

The table below is written by hand: an address that is not in it fails the first test, so that nobody opens a door by
forgetting about it.
"""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from starlette.responses import PlainTextResponse

from sync_service.access import RIGHTS, Right, Role
from sync_service.console.assets import Assets
from sync_service.console.metrics import Watched
from sync_service.console.metrics import routes as machine_routes
from sync_service.console.ports import Rebuilds
from sync_service.console.recorded import NOBODY
from sync_service.console.routes import ANYBODY, Page, Plain
from sync_service.console.site import table
from sync_service.console.templating import Templates
from tests.unit.console.browsing import Browser, ports_of
from tests.unit.console.standings import Told, healthy
from tests.unit.support_desk import Desk

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sync_service.console.ports import Ports
    from sync_service.console.routes import Entry, Needed

V, S, SUP, O, A = Role.VIEWER, Role.SUPPORT, Role.SUPERVISOR, Role.OPERATOR, Role.AUDITOR  # noqa: E741 - a column each
EVERYBODY = {V, S, SUP, O, A}
STAFF = {V, S, SUP}
DESK = {S, SUP}
OPERATIONS = {S, SUP, O}
OPEN: set[Role | None] = {None, *EVERYBODY}

WHO: dict[tuple[str, str], Iterable[Role | None]] = {
    ("/", "GET"): OPEN,
    ("/console", "GET"): OPEN,
    ("/console/static/{name}", "GET"): OPEN,
    ("/metrics", "GET"): OPEN,  # asks by itself: see test_metrics_are_for_this_machine_or_who_has_the_token
    ("/healthz", "GET"): OPEN,
    ("/readyz", "GET"): OPEN,
    ("/console/sign-in", "GET"): OPEN,
    ("/console/sign-in", "POST"): OPEN,
    ("/console/sign-in/begin", "GET"): OPEN,
    ("/console/sign-in/callback", "GET"): OPEN,
    ("/console/preferences", "GET"): OPEN,
    ("/console/sign-out", "POST"): EVERYBODY,
    ("/console/", "GET"): EVERYBODY,
    ("/console/keys", "GET"): EVERYBODY,
    ("/{rest:path}", "GET"): EVERYBODY,
    ("/console/case", "GET"): STAFF,
    ("/console/case", "POST"): STAFF,
    ("/console/audit", "GET"): {A},
    ("/console/audit", "POST"): {A},
    ("/console/audit/export", "GET"): {A},
    ("/console/search", "GET"): STAFF,
    ("/console/search", "POST"): STAFF,
    ("/console/people/{person}", "GET"): STAFF,
    ("/console/people/{person}", "POST"): DESK,
    ("/console/people/{person}/answer", "GET"): STAFF,
    ("/console/people/{person}/replay", "GET"): STAFF,
    ("/console/people/{person}/replay", "POST"): DESK,
    ("/console/people/{person}/ask", "GET"): DESK,
    ("/console/people/{person}/ask", "POST"): DESK,
    ("/console/people/{person}/report", "GET"): DESK,
    ("/console/people/{person}/certificate", "GET"): {SUP},
    ("/console/codes/{code}", "GET"): STAFF,
    ("/console/codes/{code}/whole", "GET"): DESK,
    ("/console/codes/{code}/letter", "GET"): DESK,
    ("/console/codes/{code}/letter.txt", "GET"): DESK,
    ("/console/parked", "GET"): OPERATIONS,
    ("/console/parked/group/{group}", "GET"): DESK,
    ("/console/parked/group/{group}", "POST"): DESK,
    ("/console/parked/{letter}", "GET"): DESK,
    ("/console/parked/{letter}", "POST"): DESK,
    ("/console/parked/{letter}/whole", "POST"): DESK,
    ("/console/parked/{letter}/discard", "GET"): DESK,
    ("/console/parked/{letter}/discard", "POST"): DESK,
    ("/console/decisions", "GET"): STAFF,
    ("/console/decisions/new", "GET"): DESK,
    ("/console/decisions/new", "POST"): DESK,
    ("/console/decisions/{proposal}", "GET"): STAFF,
    ("/console/decisions/{proposal}", "POST"): {SUP},
    ("/console/decisions/{proposal}/take-back", "POST"): DESK,
    ("/console/rebuilds", "GET"): OPERATIONS,
    ("/console/rebuilds/start", "GET"): {O},
    ("/console/rebuilds/start", "POST"): {O},
    ("/console/rebuilds/{view}", "GET"): OPERATIONS,
    ("/console/rebuilds/{view}/{act}", "GET"): {O},
    ("/console/rebuilds/{view}/{act}", "POST"): {O},
    ("/console/live/rebuilds", "GET"): OPERATIONS,
    ("/console/dashboard", "GET"): OPERATIONS,
    ("/console/dashboard/table", "GET"): OPERATIONS,
    ("/console/dashboard/live", "GET"): OPERATIONS,
}
"""Who may come to which address, by hand. None is nobody in particular."""

UNKNOWN = "00000000-0000-4000-8000-000000000000"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
LET_IN = {200, 303, 307, 404, 405, 422}
"""What a page says to whoever may come, about things that are not there."""


class NoOperations:
    """Stands for what operators ask; raises as if the database were away."""

    def standing(self) -> Any:  # noqa: ANN401 - never returns
        raise ConnectionError


def whole_ports() -> Ports:
    """A console with everything that it may have."""
    desk = Desk()
    rebuilds: Any = Rebuilds((), threading.Event(), desk.views)  # type: ignore[arg-type]
    stopping = threading.Event()
    stopping.set()  # live streams end at once
    told = Told(healthy())
    return replace(ports_of(desk), operators=told, rebuilds=rebuilds, unavailable=(ConnectionError,), stopping=stopping)


def machines() -> Sequence[Entry]:
    """The addresses that the role `console` adds."""
    desk: Any = Desk()
    watched: Any = Watched(NoOperations(), (), desk.store, desk.views, (ConnectionError,))  # type: ignore[arg-type]
    return machine_routes(watched)


def entries() -> Sequence[Entry]:
    """The console's own table of addresses."""
    ports = whole_ports()
    return table(ports, Templates(lambda name: name, dict, ()), Assets(), machines())


def methods_of(entry: Entry) -> Iterable[tuple[str, Needed]]:
    """Each method that the entry answers, with the rule of its table."""
    return [(method, entry.needed(method)) for method in entry.methods]


def answers(calls: list[str]) -> Sequence[Entry]:
    """The same addresses and rules with pages that only note that they were called, so that the rule alone is tried."""

    def called(path: str) -> Any:  # noqa: ANN401 - an answer of either kind
        def answer(_: object) -> PlainTextResponse:
            calls.append(path)
            return PlainTextResponse("here")

        return answer

    made: list[Entry] = []
    for entry in entries():
        if isinstance(entry, Plain):
            made.append(replace(entry, answer=called(entry.path)))
            continue
        shown = called(entry.path) if entry.show else None
        made.append(replace(entry, show=shown, act=called(entry.path) if entry.act else None))
    return made


def address(path: str) -> str:
    """A real address of this form."""
    rest = path.replace("{name}", "console.css").replace("{rest:path}", "nowhere/at/all").replace("{view}", "directory")
    for name in ("person", "code", "letter", "proposal", "group", "act"):
        rest = rest.replace(f"{{{name}}}", UNKNOWN)
    return rest


def test_every_address_and_method_stands_in_the_table_by_hand_and_no_other() -> None:
    known = {(entry.path, method) for entry in entries() for method in entry.methods}
    assert known - set(WHO) == set(), "a door that nobody has thought about"
    assert set(WHO) - known == set(), "a line about a door that is not there"
    assert len(known) == sum(len(entry.methods) for entry in entries()), "one address stands twice"


def test_the_rules_of_the_addresses_are_those_of_the_table_by_hand() -> None:
    for entry in entries():
        for method, needed in methods_of(entry):
            may = OPEN if needed is ANYBODY else {role for role in Role if needed in RIGHTS[role]}
            assert may == set(WHO[entry.path, method]), (entry.path, method)


@pytest.fixture(scope="module")
def calls() -> list[str]:
    """What was let through."""
    return []


@pytest.fixture(scope="module")
def doorkeeper(calls: list[str]) -> Iterator[Browser]:
    """A browser of a console with the real rules, whose pages only note that they were called."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("sync_service.console.web.table", lambda *_: answers(calls))
        patched.setattr("sync_service.console.entrance.recording_of", lambda *_: NOBODY)
        yield Browser(whole_ports())


@pytest.mark.parametrize("role", [None, *Role])
def test_every_address_lets_in_these_and_nobody_else(doorkeeper: Browser, calls: list[str], role: Role | None) -> None:
    doorkeeper.sign_out()
    if role is not None:
        doorkeeper.sign_in("Проба", role)
    for (path, method), who in WHO.items():
        calls.clear()
        answer = doorkeeper.request(method, address(path))
        seen = (role, method, path, answer.status_code)
        if role in set(who):
            assert (answer.status_code, calls) == (200, [path]), seen
            continue
        assert calls == [], seen
        if role is not None:
            assert answer.status_code == 403, seen
            assert "нужна другая роль" in answer.text, seen
        elif method == "GET" and "live" not in path:
            assert answer.status_code == 303, seen
            assert answer.headers["location"].startswith("/console/sign-in"), seen
        else:
            assert answer.status_code == 401, seen


@pytest.mark.parametrize("role", [None, *Role])
def test_a_method_that_an_address_does_not_answer_runs_nothing(
    doorkeeper: Browser, calls: list[str], role: Role | None
) -> None:
    doorkeeper.sign_out()
    if role is not None:
        doorkeeper.sign_in("Проба", role)
    calls.clear()
    for entry in entries():
        for method in set(METHODS) - set(entry.methods):
            assert doorkeeper.request(method, address(entry.path)).status_code in {303, 401, 403, 405}
    assert calls == []


@pytest.mark.parametrize("role", [None, *Role])
def test_the_real_pages_keep_to_it(role: Role | None) -> None:
    """The same once more with the pages themselves, over a store where nothing of what is asked for exists."""
    browser = Browser(whole_ports(), machines())
    for (path, method), who in WHO.items():
        browser.sign_out()
        if role is not None:
            browser.sign_in("Проба", role)
        if path == "/console/live/rebuilds":
            continue  # its book of orders is real only on PostgreSQL
        status = browser.request(method, address(path)).status_code
        if role in set(who):
            assert status in LET_IN | ({503} if path == "/readyz" else set()), (role, method, path, status)
            assert path == "/console/sign-in" or status != 403
        else:
            assert status in {303, 401, 403}, (role, method, path, status)


def test_a_page_without_a_rule_cannot_be_written() -> None:
    def nothing(_: object) -> PlainTextResponse:
        return PlainTextResponse("")

    with pytest.raises(TypeError):
        Page("/console/x", show=nothing)  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        Page("/console/x", see=Right.ENTER, show=nothing, act=nothing)
    with pytest.raises(TypeError):
        Plain("/console/x", answer=nothing)  # type: ignore[call-arg]


def test_several_roles_give_the_rights_of_each(doorkeeper: Browser) -> None:
    doorkeeper.sign_in("Проба", Role.AUDITOR, Role.OPERATOR)
    assert doorkeeper.get("/console/rebuilds/start").status_code == 200
    assert doorkeeper.get("/console/search").status_code == 403
