"""The number of the case: asked for once, before the first person is shown; and what is no number is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sync_service.auditing import Act
from sync_service.console.recorded import CASE
from tests.model import lines
from tests.unit.console.browsing import SOMEBODY
from tests.unit.console.test_recorded import CODE, EMAIL, PERSON, acts, looks
from tests.unit.support_desk import Desk, linked_desk

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.unit.console.browsing import Browser

    Browse = Callable[..., Browser]


def test_without_a_case_no_person_opens_and_one_is_asked_for(browse: Browse) -> None:
    browser = browse(linked_desk()).sign_in(SOMEBODY, case=None)
    for address in (PERSON, f"{PERSON}/replay", CODE, f"{CODE}/whole"):
        asked = browser.get(address)
        assert (asked.status_code, asked.headers["location"].partition("?")[0]) == (303, CASE)
    assert browser.post(PERSON, data={"reveal": "email@edu"}).headers["location"].startswith(CASE)
    assert acts(browser) == []


def test_a_case_is_asked_for_once_then_shown_changed_and_ended(browse: Browse) -> None:
    browser = browse(linked_desk()).sign_in(SOMEBODY, case=None)
    asked = browser.get(PERSON).headers["location"]
    assert "По какому обращению?" in browser.get(asked).text
    begun = browser.post(CASE, data={"case": " INC-2026/17 ", "back": PERSON})
    assert begun.headers["location"] == PERSON
    page = browser.get(PERSON)
    assert page.status_code == 200
    assert "Обращение № <b><bdi>INC-2026/17</bdi></b>" in page.text
    browser.post(CASE, data={"case": "18", "back": PERSON})
    browser.get(PERSON)
    browser.post(CASE, data={"act": "end"})
    assert browser.get(PERSON).headers["location"].startswith(CASE)
    assert [(look.act, look.case) for look in looks(browser)] == [
        (Act.CASE_OPENED, "INC-2026/17"),
        (Act.PERSON_SEEN, "INC-2026/17"),
        (Act.CASE_OPENED, "18"),
        (Act.PERSON_SEEN, "18"),
        (Act.CASE_ENDED, "18"),
    ]


@pytest.mark.parametrize(
    "typed", ["", "  ", "№", "Петрова Анна", EMAIL, lines.SNILS, lines.CODE, "AB12-CDEF3456", "1" * 101, "17\0", "<b>1"]
)
def test_what_may_be_personal_is_no_number_of_a_case(browse: Browse, typed: str) -> None:
    browser = browse(linked_desk()).sign_in(SOMEBODY, case=None)
    refused = browser.post(CASE, data={"case": typed, "back": PERSON})
    assert refused.status_code == 422
    assert "Так не выйдет." in refused.text
    assert browser.get(PERSON).status_code == 303
    assert acts(browser) == []


def test_a_case_leads_back_into_the_console_only(browse: Browse) -> None:
    browser = browse(Desk())
    for back in ("https://evil.example/", "//evil.example/", "javascript:alert(1)"):
        assert browser.post(CASE, data={"case": "17", "back": back}).headers["location"] == "/console/"


def test_pages_about_people_open_only_so_often_a_minute(browse: Browse) -> None:
    browser = browse(linked_desk()).sign_in(SOMEBODY)
    for _ in range(2):
        assert browser.get(PERSON).status_code == 200
    while browser.doors.looks.wait_s(f"test|{SOMEBODY}", cost=50) == 0:
        pass  # as if somebody walked through many people
    while browser.doors.looks.wait_s(f"test|{SOMEBODY}") == 0:
        pass
    assert browser.get(PERSON).status_code == 429
    assert browser.get("/console/").status_code == 200
