"""Signing in by links, out again, and what protects a session: cookies, forms, limits, the end of streams."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from structlog.testing import capture_logs

from sync_service.access import Role, Visitor
from sync_service.console.doors import RoleRule, clean_name
from sync_service.console.metrics import may_read
from sync_service.limiting import RateLimit
from tests.unit.console.browsing import BASE, Browser, doors, ports_of
from tests.unit.support_desk import LINKED, Desk

if TYPE_CHECKING:
    from collections.abc import Callable

    from sync_service.console.doors import Doors

ANNA = Visitor("link:ANNA", "Анна", frozenset({Role.SUPPORT}))
MINUTES = timedelta(minutes=10)


def opened(**changes: Any) -> Browser:  # noqa: ANN401 - fields of Doors
    """A browser of a console, with nobody signed in."""
    return Browser(ports_of(Desk(*LINKED), replace(doors(), **changes)))


def link(door: Doors, visitor: Visitor = ANNA) -> str:
    return f"/console/sign-in?once={door.sessions.offer(visitor, MINUTES)}"


def is_signed_in(browser: Browser) -> bool:
    return browser.get("/console/").status_code == 200


def test_a_link_signs_in_once() -> None:
    browser, other = opened(), opened()
    address = link(browser.doors)
    answer = browser.get(address)
    assert (answer.status_code, answer.headers["location"]) == (303, "/console/")
    assert "Анна" in browser.get("/console/").text
    again = Browser(ports_of(Desk(), browser.doors)).get(address)
    assert again.status_code == 403
    assert "Эта ссылка уже не действует" in again.text
    assert "set-cookie" not in again.headers
    assert not is_signed_in(other)


def test_a_link_leads_to_where_one_wanted_to_go() -> None:
    browser = opened()
    assert browser.get(f"{link(browser.doors)}&back=/console/decisions").headers["location"] == "/console/decisions"
    evil = browser.get(f"{link(browser.doors)}&back=https://evil.example/")
    assert evil.headers["location"] == "/console/"


@pytest.mark.parametrize(
    "headers", [{"sec-purpose": "prefetch"}, {"purpose": "prefetch"}, {"sec-fetch-site": "cross-site"}]
)
def test_looking_at_a_link_does_not_use_it_up(headers: dict[str, str]) -> None:
    """A browser that loads it ahead, or another site that leads here: a person has to say so."""
    browser = opened()
    address = link(browser.doors)
    page = browser.get(address, headers=headers)
    assert page.status_code == 200
    assert "set-cookie" not in page.headers
    assert browser.head(address).status_code == 200
    once = address.partition("once=")[2]
    assert f'name="once" value="{once}"' in page.text
    assert browser.post("/console/sign-in", data={"once": once}).status_code == 303
    assert is_signed_in(browser)


def test_two_links_of_one_role_are_two_people() -> None:
    browser = opened()
    names = set()
    for name in ("Анна", "Борис"):
        visitor = Visitor(f"link:{name}", name, frozenset({Role.SUPERVISOR}))
        browser.get(link(browser.doors, visitor))
        session = browser.doors.sessions.find(browser.cookies["session"])
        assert session is not None
        names.add(session.visitor.signature)
    assert len(names) == 2


def test_signing_in_begins_a_new_session_whatever_cookie_there_was() -> None:
    browser = opened()
    browser.cookies.set("session", "planted-by-another-site", domain="127.0.0.1", path="/")
    browser.get(link(browser.doors))
    first = browser.cookies["session"]
    assert first != "planted-by-another-site"
    browser.get(link(browser.doors))
    assert browser.doors.sessions.find(first) is None


def test_signing_out_ends_the_session() -> None:
    browser = opened().sign_in()
    token = browser.cookies["session"]
    assert browser.get("/console/sign-out").status_code == 405, "no link and no picture signs anybody out"
    assert browser.post("/console/sign-out").headers["location"] == "/console/sign-in?out=1"
    assert browser.doors.sessions.find(token) is None
    assert not is_signed_in(browser)
    assert "Вы вышли" in browser.get("/console/sign-in?out=1").text


def test_nobody_is_told_how_to_sign_in_and_sees_no_section() -> None:
    page = opened().get("/console/sign-in").text
    assert "sync-service sign-in-link --role support" in page
    assert "data-section" not in page
    assert 'name="q"' not in page
    assert "Выйти" not in page


def test_over_tls_the_cookie_is_bound_to_this_host() -> None:
    browser = opened(url="https://nmo.example.org")
    given = browser.get(link(browser.doors)).headers["set-cookie"]
    assert given.startswith("__Host-session=")
    words = {word.strip().lower() for word in given.split(";")}
    assert {"secure", "httponly", "path=/", "samesite=lax"} <= words
    assert not any(word.startswith(("domain", "max-age", "expires")) for word in words)
    token = given.partition("=")[2].partition(";")[0]
    plain = Browser(ports_of(Desk(), browser.doors))
    plain.cookies.set("session", token)
    assert not is_signed_in(plain), "a cookie without the prefix may come from anywhere"


@pytest.mark.parametrize("csrf", ["", "0" * 64, None])
def test_a_form_without_the_sessions_token_changes_nothing(csrf: str | None) -> None:
    browser = opened().sign_in()
    form = {"q": "s1"} | ({"csrf": csrf} if csrf is not None else {})
    answer = browser.post("/console/search", content="&".join(f"{name}={value}" for name, value in form.items()))
    assert answer.status_code == 403
    assert "Запрос пришёл не с этой страницы" in answer.text


def test_the_token_of_another_session_is_no_good() -> None:
    browser = opened().sign_in("Анна")
    stolen = browser.csrf
    browser.sign_in("Борис")
    assert browser.post("/console/search", data={"q": "s1", "csrf": stolen}).status_code == 403
    assert browser.post("/console/search", data={"q": "s1"}).status_code == 303


def test_every_form_on_every_page_carries_the_token(browse: Callable[..., Browser]) -> None:
    browser = browse(Desk(*LINKED))
    for address in ("/console/", "/console/keys", "/console/sign-in", "/console/decisions", "/console/parked"):
        for form in re.findall(r'<form[^>]*method="post".*?</form>', browser.get(address).text, re.DOTALL):
            assert f'name="csrf" value="{browser.csrf}"' in form, (address, form)


def test_a_page_says_which_role_it_needs(browse: Callable[..., Browser]) -> None:
    browser = browse(Desk(), Role.VIEWER)
    page = browser.get("/console/parked")
    assert page.status_code == 403
    assert "Сюда можно с ролью: Поддержка, Руководитель поддержки и Оператор службы." in page.text
    assert "Ваша роль: Наблюдатель." in page.text
    browser.cookies.set("lang", "en")
    assert "Roles that may come here: Support, Supervisor and Operator." in browser.get("/console/parked").text


@pytest.mark.parametrize("role", list(Role))
def test_the_navigation_shows_what_the_role_may_open_and_nothing_else(
    browse: Callable[..., Browser], role: Role
) -> None:
    browser = browse(Desk(*LINKED), role)
    page = browser.get("/console/")
    assert page.status_code == 200
    sections = re.findall(r'href="([^"]+)" data-section="([^"]+)"', page.text)
    assert sections
    for address, _ in sections:
        assert browser.get(address).status_code in {200, 404}, address
    for address in {"/console/parked", "/console/decisions", "/console/rebuilds"} - {one for one, _ in sections}:
        assert browser.get(address).status_code == 403, address


def test_one_address_can_try_to_sign_in_only_so_often() -> None:
    browser = opened(sign_ins=RateLimit(5))
    answers = [browser.get(f"/console/sign-in?once=guess{number}") for number in range(6)]
    assert [one.status_code for one in answers] == [403] * 5 + [429]
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 12
    assert "Слишком часто" in answers[-1].text
    assert browser.get(link(browser.doors)).status_code == 429, "a right one has to wait too"
    assert browser.get("/console/sign-in").status_code == 200, "the page itself can be looked at"


def test_all_addresses_together_can_try_only_so_often() -> None:
    browser = opened(all_sign_ins=RateLimit(3), sign_ins=RateLimit(100))
    answers = [browser.get(f"/console/sign-in?once=guess{number}").status_code for number in range(4)]
    assert answers == [403] * 3 + [429]


def test_one_person_can_search_only_so_often_in_however_many_sessions() -> None:
    browser = opened(searches=RateLimit(4))
    statuses = [browser.sign_in("Анна").post("/console/search", data={"q": "s1"}).status_code for _ in range(5)]
    assert statuses == [303] * 4 + [429]
    assert browser.sign_in("Борис").post("/console/search", data={"q": "s1"}).status_code == 303


def test_what_is_logged_of_a_sign_in_names_nobody_and_holds_no_token() -> None:
    browser = opened()
    address = link(browser.doors)
    with capture_logs() as logged:
        browser.get(address)
        browser.get(address)
    assert [line["event"] for line in logged] == ["console.signed_in", "console.sign_in_refused"]
    text = str(logged)
    assert "Анна" not in text
    assert address.partition("once=")[2] not in text
    assert browser.cookies["session"] not in text


class Asked:
    """A request for the metrics, as far as it is looked at."""

    def __init__(self, host: str, **headers: str) -> None:
        self.client = type("Peer", (), {"host": host})()
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


@pytest.mark.parametrize(
    ("request_of", "token", "expected"),
    [
        (Asked("127.0.0.1"), None, True),
        (Asked("::1"), None, True),
        (Asked("192.0.2.7"), None, False),
        (Asked("127.0.0.1", x_forwarded_for="192.0.2.7"), None, False),
        (Asked("127.0.0.1", forwarded="for=192.0.2.7"), None, False),
        (Asked("127.0.0.1"), "secret", False),
        (Asked("192.0.2.7", authorization="Bearer secret"), "secret", True),
        (Asked("192.0.2.7", authorization="bearer secret"), "secret", True),
        (Asked("192.0.2.7", authorization="Bearer other"), "secret", False),
        (Asked("192.0.2.7", authorization="Basic secret"), "secret", False),
    ],
)
def test_metrics_are_for_this_machine_or_who_has_the_token(request_of: Any, token: str | None, expected: bool) -> None:  # noqa: ANN401 - stands for a request
    assert may_read(request_of, token) is expected


@pytest.mark.parametrize(
    ("claim", "claims", "expected"),
    [
        ("roles", {"roles": ["a", "b", "c"]}, {Role.SUPPORT, Role.AUDITOR}),
        ("roles", {"roles": "a"}, {Role.SUPPORT}),
        ("realm_access.roles", {"realm_access": {"roles": ["b"]}}, {Role.AUDITOR}),
        ("https://nmo.example/roles", {"https://nmo.example/roles": ["a"]}, {Role.SUPPORT}),
        ("roles", {"roles": [1, None, {"a": "a"}, ["a"]]}, set()),
        ("roles.deep", {"roles": "a"}, set()),
        ("roles", {"roles": {"a": True}}, set()),
        ("roles", {}, set()),
        ("roles", {"roles": None}, set()),
    ],
)
def test_only_texts_that_the_settings_name_give_roles(claim: str, claims: dict[str, Any], expected: set[Role]) -> None:
    by_value = {"a": frozenset({Role.SUPPORT}), "b": frozenset({Role.AUDITOR})}
    assert RoleRule(claim=claim, by_value=by_value).roles(claims) == expected


def test_a_name_is_one_readable_line() -> None:
    assert clean_name("  Анна\r\nОрехова\x00 \u202e ") == "Анна Орехова"
    assert len(clean_name("я" * 500)) == 80
    assert clean_name("\u200b\u202e") == ""


def test_the_address_that_was_wanted_comes_back_after_signing_in() -> None:
    browser = opened()
    answer = browser.get("/console/parked?state=all")
    assert answer.headers["location"] == "/console/sign-in?back=%2Fconsole%2Fparked%3Fstate%3Dall"
    assert browser.get("/console/").headers["location"] == "/console/sign-in"
    assert browser.get("/console/nowhere").status_code == 303, "who is not signed in is not told what there is"
    assert browser.get("/", headers={"origin": BASE}).status_code == 307
