"""Every page that links lead to, over messages whose every text is hostile: text stays text, links say nothing."""

from __future__ import annotations

import re
from collections import Counter, deque
from html import unescape
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urljoin, urlsplit

import pytest

from sync_service.aggregates.values import code_stream
from sync_service.messages.decoding import Message, decode
from sync_service.messages.records import Record
from tests.model import lines
from tests.unit.support_desk import START, Desk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from starlette.testclient import TestClient

    Browse = Callable[[Desk], TestClient]

EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{7*7}}"
EMAIL, NAME, SNILS = "anna.petrova@example.org", "Анна Петрова", "112-233-445 95"
PAGES_MAX = 150
VARIANTS_MAX = 6
"""How many filters and other parameters of one page are followed."""

_RAW = ("<script>alert", "<img src=x", "onerror=alert(2)>")


def story() -> list[bytes]:
    """Something of every type that portals and the catalogue may send, in one linked person's life and beside it."""
    key = f"code:{lines.CODE}"
    return [
        lines.published(),
        lines.published("m1", "module"),
        lines.published("p1", "programme"),
        lines.issued(),
        lines.registered("sovetnmo:s1", email=EMAIL, full_name=NAME, snils=SNILS),
        lines.registered("edu:e1"),
        lines.changed("edu:e1", full_name=NAME),
        lines.cycle("edu:e1"),
        lines.activated("sovetnmo:s1"),
        lines.activated("edu:e2"),
        lines.activated("edu:e2", "нет такого кода"),
        lines.activated("edu:e2", "ZZZZ11112222"),
        lines.completed("edu:e1"),
        lines.programme("edu:e1"),
        lines.link_declined("r0"),
        lines.link_requested(),
        lines.link_confirmed(),
        lines.not_applied("edu:e1", key, "temporarily"),
        lines.not_applied("edu:e1", key, "rejected"),
        lines.reversal("edu:e1", "programme:p1:2025-05-12"),
        lines.withdrawn("m1"),
        lines.revoked(),
        lines.closed("edu:e1"),
        lines.reopened("edu:e1"),
        b'{"specversion": "1.0", "id": "x", "source": "/portals/edu", "type": "' + EVIL.encode()[:20] + b'"}',
    ]


def with_evil_texts(given: bytes) -> bytes:
    """The message with every text replaced that the contract leaves free."""
    message = lines.decode(given)
    if "data" not in message:
        return given
    for place, name in list(_texts(message["data"])):
        before = place[name]
        place[name] = f"{before}{EVIL}"
        read = decode(Record(lines.encode(message), "file:1", 0, 1), START)
        if not isinstance(read, Message) or name in {"account_id", "activity_id", "module_id", "programme_id", "code"}:
            place[name] = before
    return lines.encode(message)


def _texts(made: Any) -> Iterator[tuple[Any, Any]]:  # noqa: ANN401 - JSON
    items = made.items() if isinstance(made, dict) else enumerate(made)
    for name, value in list(items):
        if isinstance(value, str):
            yield made, name
        elif isinstance(value, dict | list):
            yield from _texts(value)


def crawled(page: TestClient, desk: Desk) -> dict[str, str]:
    """Every page that can be reached by links from the start, from the people and from the codes, with its HTML."""
    found: dict[str, str] = {}
    asked: Counter[str] = Counter()
    people = {row["owner"] for row in desk.views.find("directory", "accounts")}
    waiting = deque(["/console/", *(f"/console/people/{owner}" for owner in sorted(people))])
    waiting += [f"/console/codes/{code_stream(code)}" for code in (lines.CODE, "ZZZZ11112222")]
    while waiting and len(found) < PAGES_MAX:
        address = waiting.popleft()
        path = urlsplit(address).path
        if address in found or asked[path] == VARIANTS_MAX:
            continue
        asked[path] += 1
        answer = page.get(address)
        assert answer.status_code in {200, 303, 307, 404}, (answer.status_code, address)
        found[address] = answer.text if answer.headers.get("content-type", "").startswith("text/html") else ""
        led = [answer.headers["location"]] if "location" in answer.headers else []
        hrefs = [unescape(href) for href in re.findall(r'href="([^"]*)"', found[address])]
        for href in [*led, *hrefs]:
            whole = urlsplit(urljoin(address, href))
            if whole.path.startswith("/console") and "/static/" not in whole.path and "/preferences" not in whole.path:
                waiting.append(f"{whole.path}?{whole.query}" if whole.query else whole.path)
    return found


@pytest.fixture
def evil_desk() -> Desk:
    """Hostile texts everywhere."""
    return Desk(*(with_evil_texts(given) for given in story()))


def test_every_type_of_message_is_in_the_story() -> None:
    from sync_service.messages.contracts import CONTRACTS  # noqa: PLC0415 - only here

    told = {lines.decode(given)["type"] for given in story()[:-1]}
    known = {f"ru.nmo.{name}" if not name.startswith("ru.nmo.") else name for name in CONTRACTS}
    missing = {name for name in known if name not in told and not name.endswith("replica.applied.v1")}
    assert missing == set()


def test_no_text_of_any_message_becomes_markup_on_any_page(browse: Browse, evil_desk: Desk) -> None:
    found = crawled(browse(evil_desk), evil_desk)
    assert len(found) > 30
    for address, html in found.items():
        for raw in _RAW:
            assert raw not in html, (raw, address)
        assert "{{" not in html.replace("{{7*7}}", ""), address


def test_the_evil_texts_are_really_shown(browse: Browse, evil_desk: Desk) -> None:
    assert any("&lt;script&gt;alert(1)" in html for html in crawled(browse(evil_desk), evil_desk).values())


@pytest.mark.parametrize("language", ["ru", "en"])
def test_no_link_carries_anything_personal_and_no_page_shows_it_unasked(browse: Browse, language: str) -> None:
    desk = Desk(*story())
    page = browse(desk)
    page.cookies.set("lang", language)
    for address, html in crawled(page, desk).items():
        for personal in (EMAIL, NAME.split()[1], "11223344595", SNILS):
            assert personal not in unquote(address)
            assert personal not in html, (personal, address)
        for code in (lines.CODE, f"{lines.CODE[:4]}-{lines.CODE[4:]}"):
            assert code not in unquote(address)
            assert all(code not in unquote(href) for href in re.findall(r'(?:href|action)="([^"]*)"', html)), address
