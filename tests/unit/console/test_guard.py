"""What every answer carries, who is let in, and what errors say."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from structlog.testing import capture_logs

from sync_service.access import Right
from sync_service.console import entrance
from sync_service.console.ports import Ports
from sync_service.console.recorded import NOBODY, RECORDED
from sync_service.console.routes import Page
from sync_service.console.visit import Refused
from sync_service.sentences.words import Sentence
from tests.unit.console.browsing import BASE, Browser, ports_of
from tests.unit.support_desk import Desk

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from starlette.responses import Response

    from sync_service.console.visit import Visit

SECRET = "Воронова Мария Сергеевна"


class DatabaseAway(Exception):
    """Stands for the adapters' error."""


def fail(_: Visit) -> Response:
    raise RuntimeError(SECRET)


def away(_: Visit) -> Response:
    raise DatabaseAway(SECRET)


def refuse(_: Visit) -> Response:
    raise Refused(Sentence("Причина пуста.", "The reason is empty."))


@pytest.fixture
def visitor(monkeypatch: pytest.MonkeyPatch) -> Browser:
    """A browser of a console with three more pages, each of which goes wrong in its own way."""
    for method, path in (("GET", "/console/fail"), ("POST", "/console/fail"), ("GET", "/console/away")):
        monkeypatch.setitem(RECORDED, (path, method), NOBODY)
    more = (
        Page("/console/fail", see=Right.ENTER, show=fail, act_needs=Right.ENTER, act=refuse),
        Page("/console/away", see=Right.ENTER, show=away),
    )
    ports = vars(ports_of(Desk())) | {"unavailable": (DatabaseAway,), "hosts": ("console.example",)}
    return Browser(Ports(**ports), more).sign_in()


@pytest.mark.parametrize("path", ["/console/", "/console/parked", "/console/nowhere", "/console/fail", "/"])
def test_every_answer_carries_the_headers(visitor: Browser, path: str) -> None:
    headers = visitor.get(path).headers
    assert headers["content-security-policy"].split("; ") == [
        "default-src 'none'",
        "style-src 'self'",
        "script-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    ]
    assert headers["referrer-policy"] == "same-origin"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"


def test_static_files_are_kept_for_a_year_under_the_address_of_their_content(visitor: Browser) -> None:
    page = visitor.get("/console/").text
    address = page.partition('<link rel="stylesheet" href="')[2].partition('"')[0]
    kept = visitor.get(address)
    assert kept.headers["content-type"].startswith("text/css")
    assert kept.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert visitor.get("/console/static/console.css?v=000000000000").headers["cache-control"] == "no-cache"
    assert visitor.get("/console/static/../web.py").status_code == 404
    assert visitor.get("/console/static/web.py").status_code == 404


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 303),
        ({"origin": BASE}, 303),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://[::1"}, 403),
        ({"origin": "http://127.0.0.1:9999"}, 403),
        ({"sec-fetch-site": "same-origin"}, 303),
        ({"sec-fetch-site": "none"}, 303),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"sec-fetch-site": "cross-site", "origin": BASE}, 403),
    ],
)
def test_what_another_site_sends_changes_nothing(visitor: Browser, headers: dict[str, str], status: int) -> None:
    assert visitor.post("/console/search", data={"q": ""}, headers=headers).status_code == status


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8080", 200),
        ("localhost:1234", 200),
        ("[::1]:8080", 200),
        ("console.example", 200),
        ("CONSOLE.example:443", 200),
        ("evil.example", 421),
        ("127.0.0.1.evil.example", 421),
        ("", 421),
        ("[", 421),
    ],
)
def test_only_who_asks_for_us_by_name_is_answered(visitor: Browser, host: str, status: int) -> None:
    assert visitor.get("/console/", headers={"host": host}).status_code == status


def test_a_bug_is_a_case_number_in_the_log_and_on_the_page_and_nothing_else(visitor: Browser) -> None:
    with capture_logs() as logged:
        answer = visitor.get("/console/fail")
    assert answer.status_code == 500
    assert [(line["event"], line["error"]) for line in logged] == [("console.failed", "RuntimeError")]
    assert logged[0]["case"] in answer.text
    assert SECRET not in answer.text + str(logged)


def test_a_database_that_is_away_has_a_page_of_its_own(visitor: Browser) -> None:
    with capture_logs() as logged:
        answer = visitor.get("/console/away")
    assert answer.status_code == 503
    assert "База данных не отвечает" in answer.text
    assert SECRET not in answer.text + str(logged)


@pytest.mark.parametrize(
    ("method", "path", "status", "russian", "english"),
    [
        ("GET", "/console/nowhere", 404, "Такой страницы нет", "There is no such page"),
        ("GET", "/console/parked/nothing", 404, "Такой страницы нет", "There is no such page"),
        ("DELETE", "/console/", 405, "Так эту страницу не открывают", "This page does not take that"),
        ("POST", "/console/fail", 422, "Причина пуста.", "The reason is empty."),
        ("GET", "/console/away", 503, "База данных не отвечает", "The database is silent"),
    ],
)
def test_errors_are_told_in_both_languages(
    visitor: Browser, method: str, path: str, status: int, russian: str, english: str
) -> None:
    for language, words in (("ru", russian), ("en", english)):
        visitor.cookies.set("lang", language)
        answer = visitor.request(method, path)
        assert answer.status_code == status
        assert words in answer.text
        assert f'<html lang="{language}"' in answer.text


def test_of_who_is_not_signed_in_only_a_short_form_is_read(visitor: Browser) -> None:
    stranger = visitor.sign_out()
    assert stranger.post("/console/sign-in", content=b"once=" + b"a" * 20_000).status_code == 413
    assert stranger.post("/console/sign-in", content=b"once=" + b"a" * 10_000).status_code not in {413, 500}


def test_a_form_that_does_not_come_is_not_waited_for(monkeypatch: pytest.MonkeyPatch, visitor: Browser) -> None:
    monkeypatch.setattr(entrance, "FORM_S", 0.05)
    sent: list[int] = []

    async def receive() -> dict[str, object]:
        await asyncio.sleep(0)
        if sent:
            await asyncio.sleep(5)
        sent.append(1)
        return {"type": "http.request", "body": b"once=", "more_body": True}

    answered: list[int] = []

    async def send(message: MutableMapping[str, Any]) -> None:
        await asyncio.sleep(0)
        if message["type"] == "http.response.start":
            answered.append(message["status"])

    asked = {"type": "http", "method": "POST", "path": "/console/sign-in", "raw_path": b"", "query_string": b""}
    headers = [(b"host", b"127.0.0.1")]
    scope = {**asked, "headers": headers, "scheme": "http", "server": ("127.0.0.1", 80), "client": ("127.0.0.1", 1)}

    async def ask() -> None:
        await visitor.app(scope, receive, send)

    asyncio.run(ask())
    assert answered == [408]


def test_a_form_that_is_too_long_or_no_text_is_refused(visitor: Browser) -> None:
    assert visitor.post("/console/search", content=b"q=" + b"a" * 3_000_000).status_code == 413
    assert visitor.post("/console/search", content=b"q=%ff%fe").status_code == 422
    assert visitor.post("/console/search", content=b"\xff").status_code == 422
    assert visitor.post("/console/search", content=b"&".join([b"a=1"] * 5_000)).status_code == 422


@pytest.mark.parametrize(
    ("back", "expected"),
    [
        ("/console/parked?state=all", "/console/parked?state=all"),
        ("https://evil.example/", "/console/"),
        ("//evil.example/console/", "/console/"),
        ("/console/\\evil", "/console/"),
        ("/console/\r\nset-cookie: a=b", "/console/"),
        ("/console//evil.example", "/console//evil.example"),
        ("", "/console/"),
    ],
)
def test_a_switch_leads_back_but_never_away(visitor: Browser, back: str, expected: str) -> None:
    answer = visitor.get("/console/preferences", params={"lang": "en", "back": back})
    assert answer.headers["location"] == expected
    assert "lang=en" in answer.headers["set-cookie"]


def test_language_and_theme_are_right_from_the_first_byte(visitor: Browser) -> None:
    assert '<html lang="ru" class="">' in visitor.get("/console/").text
    visitor.get("/console/preferences?lang=en&theme=dark")
    assert '<html lang="en" data-theme="dark" class="">' in visitor.get("/console/").text
    visitor.get("/console/preferences?lang=xx&theme=%22%3E")
    assert '<html lang="en" data-theme="dark" class="">' in visitor.get("/console/").text
