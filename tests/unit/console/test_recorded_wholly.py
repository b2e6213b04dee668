"""Everybody whom a page shows is named in the audit log, however they came to be on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest

from sync_service.access import Role
from sync_service.aggregates.values import code_stream
from sync_service.auditing import Act
from sync_service.console.recorded import HITS_SHOWN_MAX
from sync_service.decisions import Kind
from tests.model import lines
from tests.unit.console.deciding import MISMATCH, new
from tests.unit.support_desk import EDU, SOVETNMO, Desk, linked_desk

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.unit.console.browsing import Browser

    Browse = Callable[..., Browser]

CODE = code_stream(lines.CODE)
NAME = "Громова Анна Игоревна"
BOTH = {UUID(EDU), UUID(SOVETNMO)}


def recorded(browser: Browser, act: Act) -> list[UUID | None]:
    log: Any = browser.audit
    return [row.look.whom for row in log.rows if row.look.act == act]


def test_whoever_a_search_lists_is_recorded_by_who_they_are(browse: Browse) -> None:
    browser = browse(Desk(*MISMATCH), Role.VIEWER)
    listed = browser.get(browser.post("/console/search", data={"q": NAME}).headers["location"])
    assert all(stream in listed.text for stream in (EDU, SOVETNMO))
    assert set(recorded(browser, Act.FOUND_SEEN)) == BOTH


def test_an_address_of_a_search_that_somebody_wrote_names_whom_it_shows(browse: Browse) -> None:
    browser = browse(Desk(*MISMATCH), Role.VIEWER)
    assert "s1" in browser.get(f"/console/search?hit=person.{SOVETNMO}.account").text
    assert recorded(browser, Act.FOUND_SEEN) == [UUID(SOVETNMO)]


def test_one_address_of_a_search_makes_no_more_rows_than_it_shows_lines(browse: Browse) -> None:
    browser = browse(Desk(), Role.VIEWER)
    browser.get("/console/search", params={"hit": [f"person.{uuid4()}.account" for _ in range(HITS_SHOWN_MAX + 10)]})
    assert len(recorded(browser, Act.FOUND_SEEN)) == HITS_SHOWN_MAX


@pytest.mark.parametrize("file", ["letter", "letter.txt"])
def test_the_letter_about_a_code_names_whose_account_it_is_from(browse: Browse, file: str) -> None:
    browser = browse(linked_desk(), Role.SUPPORT)
    assert browser.get(f"/console/codes/{CODE}/{file}?account=sovetnmo:s1").status_code == 200
    person = linked_desk().views.find("directory", "accounts", portal="sovetnmo", account_id="s1")[0]["owner"]
    assert {str(whom) for whom in recorded(browser, Act.SUPPORT_LETTER_SEEN)} == {str(CODE), str(person)}


@pytest.mark.parametrize("kind", [Kind.JOIN, Kind.REFUSE])
def test_both_sides_of_a_case_are_recorded_although_its_address_names_one(browse: Browse, kind: Kind) -> None:
    browser = browse(Desk(*MISMATCH), Role.SUPPORT)
    page = browser.get(new(kind, specialist=EDU))
    assert (page.status_code, "s1" in page.text) == (200, True)
    assert set(recorded(browser, Act.DECISION_SEEN)) == BOTH
