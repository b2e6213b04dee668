"""Whatever a page offers somebody, they may do: no link and no button leads a role to «you may not»."""

from __future__ import annotations

import re
from collections import deque
from dataclasses import replace
from html import unescape
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

import pytest

from sync_service.access import Role
from sync_service.aggregates.values import code_stream
from sync_service.console.site import PAGES
from tests.model import lines
from tests.unit.console.browsing import Browser, ports_of
from tests.unit.console.deciding import MISMATCH
from tests.unit.console.standings import Told, broken
from tests.unit.console.test_every_page import story
from tests.unit.support_desk import Desk

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGES_MAX = 60
OTHERS = ("/console/preferences", "/console/static/", "/console/live/", "/console/dashboard/live")


def roots(browser: Browser, desk: Desk) -> Iterator[str]:
    """Where somebody of any role may begin: the start, and what people send each other links to."""
    known = ["/console/", "/console/dashboard", "/console/parked", "/console/decisions"]
    known += [f"/console/people/{row['owner']}" for row in desk.views.find("directory", "accounts")]
    known += [f"/console/codes/{code_stream(lines.CODE)}"]
    yield from (one for one in dict.fromkeys(known) if browser.get(one).status_code == 200)


def offered(text: str, address: str) -> Iterator[tuple[str, str]]:
    """Every link and form of a page: the method, and the address within the console."""
    for pattern, method in (
        (r'<a[^>]*\shref="([^"]*)"', "GET"),
        (r'<form[^>]*method="post"[^>]*action="([^"]*)"', "POST"),
    ):
        for href in re.findall(pattern, text):
            found = urlsplit(urljoin(address, unescape(href)))
            if not found.netloc and found.path.startswith("/console/") and not found.path.startswith(OTHERS):
                yield method, f"{found.path}?{found.query}" if found.query else found.path


@pytest.mark.parametrize("role", list(Role))
def test_nothing_is_offered_to_a_role_that_it_may_not_do(role: Role) -> None:
    desk = Desk(*story(), *MISMATCH)
    ports = replace(ports_of(desk), operators=Told(broken()), unavailable=(ConnectionError,))
    browser = Browser(ports).sign_in("Проба", role)
    waiting, seen, posts = deque(roots(browser, desk)), set[str](), set[str]()
    pages = 0
    while waiting and pages < PAGES_MAX:
        address = waiting.popleft()
        if urlsplit(address).path in seen:
            continue
        seen.add(urlsplit(address).path)
        pages += 1
        answer = browser.get(address)
        assert answer.status_code in {200, 303, 404}, (role, address, answer.status_code)
        for method, where in offered(answer.text, address) if answer.status_code == 200 else ():
            if method == "GET":
                waiting.append(where)
            else:
                posts.add(where)
    assert pages > (5 if role in {Role.VIEWER, Role.SUPPORT, Role.SUPERVISOR} else 0)
    for address in sorted(posts):
        assert browser.doors.sessions.find(browser.cookies["session"]), "nobody signed out on the way"
        assert may_post(role, urlsplit(address).path), (role, address)


def may_post(role: Role, path: str) -> bool:
    """Whether the table's rule lets the role send a form there."""
    from sync_service.access import RIGHTS  # noqa: PLC0415 - only here

    for page in PAGES:
        pattern = re.sub(r"\{\w+\}", "[^/]+", page.path)
        if page.act is not None and re.fullmatch(pattern, path):
            needed = page.needed("POST")
            return needed in RIGHTS[role] or needed == "anybody"
    return False
