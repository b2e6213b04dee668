"""The auditor's page: who looked at whom, found by an account that never stands in an address, and exported."""

from __future__ import annotations

import csv
import io
import json
from html import unescape
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID, uuid5

import msgspec
import pytest

from sync_service.access import Role, Visitor
from sync_service.auditing import Act, Door, Look
from sync_service.console.pages import audit
from sync_service.console.pages.audit_words import ACTS
from tests.model import lines
from tests.unit.support_desk import EDU, SOVETNMO, linked_desk

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.unit.console.browsing import Browser

    Browse = Callable[..., Browser]

PATH = "/console/audit"
ANNA = Visitor("https://id.example|17", "Анна", frozenset({Role.SUPPORT}))
EVIL = Visitor("=cmd|' /C calc'!A1", "<script>alert(1)</script>", frozenset({Role.SUPPORT}))


@pytest.fixture
def auditor(browse: Browse) -> Browser:
    """An auditor before a log of three looks at a linked person's two streams and one at nobody."""
    browser = browse(linked_desk(), Role.AUDITOR)
    log: Any = browser.audit
    stream = UUID(EDU)
    log.record(Look.by(ANNA, Door.CONSOLE, Act.PERSON_SEEN, whom=stream, case="17/5"))
    log.record(Look.by(ANNA, Door.API, Act.VALUE_REVEALED, whom=UUID(SOVETNMO)))
    log.record(Look.by(EVIL, Door.COMMAND_LINE, Act.LETTERS_LISTED, detail="<b>x</b>"))
    log.record(Look.by(ANNA, Door.CONSOLE, Act.PERSON_SEEN, whom=uuid5(stream, "other"), case="18"))
    return browser


def found(page: str) -> list[int]:
    """The numbers of the rows on a page."""
    return [int(part.partition("</div>")[0]) for part in page.split('<div class="t-meta">№ ')[1:]]


def ask(browser: Browser, **fields: str) -> Any:  # noqa: ANN401 - a response
    """Search as the form does, and go where it leads."""
    answer = browser.post(PATH, data=fields)
    assert answer.status_code == 303
    assert "e1" not in dict(parse_qsl(urlsplit(answer.headers["location"]).query)).values()
    return browser.get(answer.headers["location"])


def test_every_act_has_words() -> None:
    assert set(ACTS) == set(Act)
    assert all(one.ru and one.en for one in ACTS.values())


def test_the_newest_stand_first_and_the_visit_itself_among_them(auditor: Browser) -> None:
    page = auditor.get(PATH).text
    assert found(page) == [5, 4, 3, 2, 1]
    assert "этот журнал" in page


@pytest.mark.parametrize(
    ("fields", "rows"),
    [
        ({"whom": "edu:e1"}, [2, 1]),
        ({"whom": "sovetnmo:s1"}, [2, 1]),
        ({"whom": EDU}, [1]),
        ({"whom": "edu:nobody"}, []),
        ({"who": ANNA.subject}, [4, 2, 1]),
        ({"act": Act.VALUE_REVEALED}, [2]),
        ({"case": "17/5"}, [1]),
        ({"door": "cli"}, [3]),
        ({"who": ANNA.subject, "door": "console", "case": "18"}, [4]),
        ({"since": "2100-01-01"}, []),
        ({"until": "2001-01-01"}, []),
    ],
)
def test_rows_are_found_by_whom_who_what_why_where_and_when(
    auditor: Browser, fields: dict[str, str], rows: list[int]
) -> None:
    page = ask(auditor, **fields)
    assert page.status_code == 200
    assert found(page.text) == rows


def test_no_account_that_was_asked_for_stands_in_an_address(auditor: Browser) -> None:
    led = auditor.post(PATH, data={"whom": "edu:e1"}).headers["location"]
    assert "e1" not in led.replace(EDU, "").replace(SOVETNMO, "")
    assert EDU in led


@pytest.mark.parametrize("query", ["door=window", "since=soon", "whom=e1", "until=2026-13-01", "since=9999-12-31"])
def test_what_cannot_be_asked_for_is_said_and_nothing_is_listed(auditor: Browser, query: str) -> None:
    page = auditor.get(f"{PATH}?{query}")
    assert page.status_code in {200, 422}
    assert found(page.text) == []
    assert auditor.get(f"{PATH}/export?format=csv&{query}").status_code in {200, 404}


def test_a_text_that_is_no_account_is_refused(auditor: Browser) -> None:
    refused = auditor.post(PATH, data={"whom": "Анна Петрова"})
    assert refused.status_code == 422
    assert "это кабинет" in refused.text


def test_pages_follow_each_other(auditor: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "ROWS_A_PAGE", 2)
    first = auditor.get(f"{PATH}?who={ANNA.subject}").text
    assert found(first) == [4, 2]
    following = unescape(first.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0])
    assert found(auditor.get(following).text) == [1]


def test_what_staff_wrote_is_text_and_no_markup(auditor: Browser) -> None:
    page = auditor.get(PATH).text
    assert "<script>alert" not in page
    assert "<b>x</b>" not in page


def test_a_log_that_holds_says_so_when_it_is_verified(auditor: Browser) -> None:
    assert "Цепочка цела" not in auditor.get(PATH).text
    page = auditor.post(PATH, data={"act": "verify"}).text
    assert "Цепочка цела" in page
    assert "6 записей, закреплено до № 6." in page


def test_a_log_that_was_tampered_with_says_where(auditor: Browser) -> None:
    log: Any = auditor.audit
    log.rows[1] = msgspec.structs.replace(log.rows[1], look=msgspec.structs.replace(log.rows[1].look, who="os:x"))
    page = auditor.post(PATH, data={"act": "verify"}).text
    assert "Цепочка нарушена в 1 месте." in page
    assert "<li>№ 2:" in page


def test_the_export_holds_every_row_that_was_asked_for(auditor: Browser) -> None:
    written = auditor.get(f"{PATH}/export?format=ndjson&who={ANNA.subject}")
    assert written.headers["content-disposition"] == 'attachment; filename="audit-log.ndjson"'
    rows = [json.loads(line) for line in written.text.splitlines()]
    assert [row["number"] for row in rows] == [4, 2, 1]
    assert rows[2]["whom"] == EDU
    assert set(rows[0]) == {"number", "at", "who", "name", "roles", "door", "act", "whom", "case", "detail", "link"}


def test_no_cell_of_the_export_is_a_formula(auditor: Browser) -> None:
    written = auditor.get(f"{PATH}/export?format=csv").content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(written), delimiter=";"))
    assert [row["number"] for row in rows] == ["5", "4", "3", "2", "1"]
    assert rows[2]["who"] == f"'{EVIL.subject}"
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row.values())


def test_an_export_is_recorded_and_of_known_formats(auditor: Browser) -> None:
    assert auditor.get(f"{PATH}/export?format=xlsx").status_code == 404
    auditor.get(f"{PATH}/export?format=csv")
    log: Any = auditor.audit
    assert [(row.look.act, row.look.detail) for row in log.rows[4:]] == [
        (Act.AUDIT_EXPORTED, "xlsx"),
        (Act.AUDIT_EXPORTED, "csv"),
    ]


def test_auditors_see_nobody_and_others_do_not_see_the_log(browse: Browse) -> None:
    desk = linked_desk()
    assert browse(desk, Role.AUDITOR).get(f"/console/people/{EDU}").status_code == 403
    assert browse(desk, Role.SUPPORT, Role.SUPERVISOR, Role.OPERATOR).get(PATH).status_code == 403


def test_the_page_names_nobody(browse: Browse) -> None:
    desk = linked_desk().hears(lines.changed("edu:e1", full_name="Анна Петрова", email="anna@example.org"))
    browser = browse(desk)
    browser.post("/console/search", data={"q": "anna@example.org"})
    browser.get(f"/console/people/{EDU}")
    browser.post(f"/console/people/{EDU}", data={"reveal": "name@edu"})
    page = browser.get(PATH).text
    for personal in ("anna@example.org", "Петрова", "edu:e1", lines.CODE):
        assert personal not in page
