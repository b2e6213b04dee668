"""Whoever looks at a person is recorded before anything is shown, with a case; what cannot be recorded is not shown."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from starlette.responses import PlainTextResponse, Response

from sync_service.access import Right, Role
from sync_service.adapters.memory_audit import MemoryAudit
from sync_service.aggregates.values import code_stream
from sync_service.auditing import Act, AuditUnavailable, Door
from sync_service.console import site
from sync_service.console.recorded import CASE, NOBODY, RECORDED, NotRecorded, Recording, recording_of
from sync_service.console.routes import ANYBODY, Page
from sync_service.questions.letters import latest_letters
from tests.model import lines
from tests.unit.console.browsing import CASE as NUMBER
from tests.unit.console.browsing import SOMEBODY, Browser, now, ports_of
from tests.unit.console.deciding import JOIN, MISMATCH, approve, propose
from tests.unit.support_desk import EDU, SOVETNMO, Desk, linked_desk
from tests.unit.test_letters import without_date

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sync_service.auditing import Look
    from sync_service.console.visit import Visit

    Browse = Callable[..., Browser]

PERSON = f"/console/people/{EDU}"
CODE = f"/console/codes/{code_stream(lines.CODE)}"
EMAIL, NAME = "anna.petrova@example.org", "Анна Петрова"

SHOWS_NOBODY = {
    *(("/console/", "GET"), ("/console/keys", "GET"), ("/console/preferences", "GET"), (CASE, "GET")),
    *(("/console/sign-in", "GET"), ("/console/sign-in", "POST")),
    *(("/console/sign-in/begin", "GET"), ("/console/sign-in/callback", "GET")),
    *(("/console/rebuilds", "GET"), ("/console/rebuilds/start", "GET")),
}
"""Every page that shows nobody, by hand: another one that is not recorded fails the test."""

WITHOUT_CASE = {
    *SHOWS_NOBODY,
    *((CASE, "POST"), ("/console/search", "POST"), ("/console/sign-out", "POST"), ("/console/decisions", "GET")),
    *(("/console/parked", "GET"), ("/console/parked/group/{group}", "GET"), ("/console/parked/group/{group}", "POST")),
    *(("/console/rebuilds/start", "POST"), ("/console/rebuilds/{view}", "GET")),
    *(("/console/rebuilds/{view}/{act}", "GET"), ("/console/rebuilds/{view}/{act}", "POST")),
    *(("/console/audit", "GET"), ("/console/audit", "POST"), ("/console/audit/export", "GET")),
}
"""Every page that opens without a case, by hand."""


def looks(browser: Browser) -> list[Look]:
    """What was recorded, the oldest first."""
    log: Any = browser.audit
    return [row.look for row in log.rows]


def acts(browser: Browser) -> list[str]:
    return [look.act for look in looks(browser)]


def methods() -> Iterator[tuple[Page, str]]:
    for page in site.PAGES:
        for method in page.methods:
            yield page, method


def test_every_page_says_what_is_recorded_of_it_and_nothing_else_is_in_the_table() -> None:
    assert set(RECORDED) == {(page.path, method) for page, method in methods()}


def test_a_page_that_is_not_in_the_table_lets_no_console_start(monkeypatch: pytest.MonkeyPatch) -> None:
    forgotten = Page("/console/forgotten", see=Right.SEE_PERSON, show=lambda _: Response())
    monkeypatch.setattr(site, "PAGES", (*site.PAGES, forgotten))
    with pytest.raises(LookupError, match="GET /console/forgotten"):
        Browser(ports_of(Desk()))


def test_only_these_pages_show_nobody() -> None:
    assert {line for line, recording in RECORDED.items() if recording is NOBODY} == SHOWS_NOBODY


def test_only_these_pages_open_without_a_case() -> None:
    assert {line for line, recording in RECORDED.items() if not recording.needs_case} == WITHOUT_CASE


def test_no_page_that_needs_more_than_to_enter_goes_unrecorded_but_those_that_show_no_person() -> None:
    open_rights = {ANYBODY, Right.ENTER, Right.SEE_OPERATIONS}
    for page, method in methods():
        if recording_of(page, method) is NOBODY and page.needed(method) not in open_rights:
            assert (page.path, method) in {(CASE, "GET"), ("/console/rebuilds/start", "GET")}


def test_every_page_is_recorded_before_its_own_code_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk(*MISMATCH)
    before: dict[tuple[str, str], int] = {}
    log = MemoryAudit(now)

    def noting(path: str, method: str) -> Any:  # noqa: ANN401 - a page's function
        def answer(_: Visit) -> Response:
            before[path, method] = len(log.rows)
            return PlainTextResponse("here", 303)

        return answer

    proposal = propose(Browser(ports_of(desk)).sign_in(), JOIN).rpartition("/")[2]
    noted = tuple(
        replace(
            page,
            show=page.show and noting(page.path, "GET"),
            act=page.act and noting(page.path, "POST"),
        )
        for page in site.PAGES
    )
    monkeypatch.setattr(site, "PAGES", noted)
    browser = Browser(replace(ports_of(desk), audit=log)).sign_in()
    for page, method in methods():
        log.rows.clear()
        path = re.sub(r"\{\w+\}", proposal, page.path)
        browser.request(method, path)
    recorded = {line for line, rows in before.items() if rows}
    by_page = {line for line, recording in RECORDED.items() if recording.is_by_page}
    assert set(before) == set(RECORDED)
    assert recorded == set(RECORDED) - SHOWS_NOBODY - by_page


def test_a_look_says_who_whom_what_why_and_where(browse: Browse) -> None:
    browser = browse(linked_desk(), Role.SUPPORT)
    assert browser.get(PERSON).status_code == 200
    (look,) = looks(browser)
    assert (look.who, look.name, look.roles) == (f"test|{SOMEBODY}", SOMEBODY, ("support",))
    assert (look.door, look.act, look.whom, look.case) == (Door.CONSOLE, Act.PERSON_SEEN, UUID(EDU), NUMBER)


def test_a_look_into_the_past_and_a_revealed_value_say_so(browse: Browse) -> None:
    desk = Desk(lines.registered("edu:e1", email=EMAIL, full_name=NAME))
    browser = browse(desk)
    browser.get(f"{PERSON}?step=1")
    shown = browser.post(PERSON, data={"reveal": "email@edu"})
    assert EMAIL in shown.text
    assert [(look.act, look.detail) for look in looks(browser)] == [
        (Act.PERSON_SEEN, "as of"),
        (Act.VALUE_REVEALED, "email@edu"),
    ]


def test_a_viewer_reveals_nothing_and_downloads_no_report(browse: Browse) -> None:
    browser = browse(Desk(lines.registered("edu:e1", email=EMAIL)), Role.VIEWER)
    assert browser.post(PERSON, data={"reveal": "email@edu"}).status_code == 403
    assert browser.get(f"{CODE}/whole").status_code == 403
    assert browser.get(f"{PERSON}/report?cycle=c1&format=pdf").status_code == 403
    assert acts(browser) == []


@pytest.mark.parametrize("role", [Role.SUPPORT, Role.SUPERVISOR])
def test_support_and_supervisors_see_a_whole_code_one_by_one(browse: Browse, role: Role) -> None:
    browser = browse(linked_desk(), role)
    assert f"{lines.CODE[:4]}-{lines.CODE[4:]}" in browser.get(f"{CODE}/whole").text
    assert [(look.act, look.whom) for look in looks(browser)] == [(Act.CODE_REVEALED, code_stream(lines.CODE))]


@pytest.mark.parametrize(
    ("typed", "detail", "whom"),
    [
        ("edu:e1", "account: 1", EDU),
        (EMAIL, "email: 1", SOVETNMO),
        (lines.CODE, "code: 1", str(code_stream(lines.CODE))),
        ("Мария Неизвестная", "account name: 0", None),
        ("nobody@example.org", "email: 0", None),
    ],
)
def test_of_a_search_the_kind_and_the_count_are_recorded_never_the_text(
    browse: Browse, typed: str, detail: str, whom: str | None
) -> None:
    told = lines.registered("sovetnmo:s1", email=EMAIL)
    browser = browse(Desk(lines.published(), lines.issued(), told, lines.registered("edu:e1")))
    browser.post("/console/search", data={"q": typed})
    (look,) = looks(browser)
    assert (look.act, look.detail, look.whom) == (Act.SEARCHED, detail, UUID(whom) if whom else None)
    assert typed not in str(look)


def test_both_people_of_a_decision_are_named_when_it_is_proposed_seen_and_approved(browse: Browse) -> None:
    browser = browse(Desk(*MISMATCH))
    approve(browser, propose(browser, JOIN))
    found = {(look.act, look.whom) for look in looks(browser)}
    for act in (Act.DECISION_PROPOSED, Act.DECISION_SEEN, Act.DECISION_APPROVED):
        assert {(act, stream) for stream in map(UUID, (EDU, SOVETNMO))} <= found


class Broken(MemoryAudit):
    """A log that cannot be written to."""

    def record(self, look: Look) -> int:
        raise AuditUnavailable


@pytest.mark.parametrize("address", [PERSON, CODE, f"{CODE}/whole", f"{PERSON}/report?cycle=c1&format=csv"])
def test_what_cannot_be_recorded_is_not_shown(address: str) -> None:
    browser = Browser(replace(ports_of(linked_desk()), audit=Broken(now))).sign_in()
    answer = browser.get(address)
    assert answer.status_code == 503
    assert "Просмотр не удалось записать" in answer.text
    assert "mono" not in answer.text


def test_what_cannot_be_recorded_is_not_done() -> None:
    desk = Desk(without_date())
    letter = latest_letters(desk.store, 0, 1)[0].id
    browser = Browser(replace(ports_of(desk), audit=Broken(now))).sign_in()
    assert browser.post(f"/console/parked/{letter}/discard", data={"reason": "x"}).status_code == 503
    assert latest_letters(desk.store, 0, 1)[0].is_open


def test_a_page_that_is_to_record_by_itself_and_does_not_shows_nothing() -> None:
    shown = Response("somebody")
    visit: Any = type("Visited", (), {"looks": 0, "case": "1", "request": type("Asked", (), {"url": Desk})})()
    visit.request.url = type("Address", (), {"path": "/console/search"})()
    with pytest.raises(NotRecorded):
        Recording(is_by_page=True, needs_case=False).answer(visit, lambda _: shown)


def test_a_parked_message_hides_what_may_be_personal_until_somebody_asks(browse: Browse) -> None:
    event = lines.decode(lines.registered("edu:e1", email=EMAIL, full_name=NAME, snils="11223344595"))
    event["data"] |= {"education_level": "?", "fullName": NAME, "note": f"от {NAME}", "phone": 79001234567}
    desk = Desk(lines.encode(event))
    letter = latest_letters(desk.store, 0, 1)[0].id
    browser = browse(desk, Role.SUPPORT)
    hidden = browser.get(f"/console/parked/{letter}").text
    for personal in (EMAIL, "Петрова", "11223344595", "79001234567"):
        assert personal not in hidden
    assert "e1" in hidden
    whole = browser.post(f"/console/parked/{letter}/whole").text
    for personal in (EMAIL, "Петрова", "11223344595", "79001234567"):
        assert personal in whole
    assert [(look.act, look.whom) for look in looks(browser)] == [
        (Act.LETTER_SEEN, letter),
        (Act.LETTER_REVEALED, letter),
    ]


@pytest.mark.parametrize("came", [b"not JSON: anna.petrova@example.org", b"[" * 99_999, b"\xff\xfe anna", b'"Anna"'])
def test_of_what_is_no_json_nothing_is_shown_until_somebody_asks(browse: Browse, came: bytes) -> None:
    desk = Desk(came)
    letter = latest_letters(desk.store, 0, 1)[0].id
    page = browse(desk).get(f"/console/parked/{letter}")
    assert page.status_code == 200
    assert "anna" not in page.text


def test_a_sign_in_and_a_sign_out_are_recorded(browse: Browse) -> None:
    browser = browse(Desk())
    browser.post("/console/sign-out")
    assert acts(browser) == [Act.SIGNED_OUT]
