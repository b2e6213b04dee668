"""What the pages of decisions never do: write what was not seen, show what is hidden, lead where nothing is."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

import pytest

from sync_service import decisions
from sync_service.aggregates.values import code_stream, entry_id
from sync_service.decisions import Kind
from tests.model import lines
from tests.unit.console.deciding import (
    BORIS,
    JOIN,
    MISMATCH,
    MOVE,
    PERSON,
    TAKEN,
    WHY,
    approve,
    linked,
    new,
    propose,
    seen_in,
    text_of,
)
from tests.unit.support_desk import CODE_KEY, LINKED_PERSON, Desk

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.unit.console.browsing import Browser

    Browse = Callable[[Desk], Browser]

EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>"


def test_nothing_is_written_without_a_reason(browse: Browse) -> None:
    desk = Desk(*MISMATCH)
    browser = browse(desk)
    head = desk.store.head()

    for fields in ({}, {"reason": "  "}):
        answer = browser.post(JOIN, data={"seen": seen_in(text_of(browser, JOIN)), **fields})
        assert answer.status_code == 422
        assert "Нужны имя сотрудника и причина" in answer.text
    assert desk.store.head() == head


def test_looking_writes_nothing(browse: Browse) -> None:
    desk = Desk(*LINKED_PERSON)
    browser = browse(desk)
    head = desk.store.head()

    text_of(browser, new(Kind.UNDO_LINK, specialist=PERSON))
    text_of(browser, new(Kind.REVERSE, specialist=PERSON, entry=entry_id(CODE_KEY)))
    text_of(browser, "/console/decisions")
    assert desk.store.head() == head


def test_what_came_meanwhile_is_shown_instead_of_writing(browse: Browse) -> None:
    desk = Desk(*MISMATCH)
    browser = browse(desk)
    before = seen_in(text_of(browser, JOIN))
    desk.hears(lines.completed("sovetnmo:s1", "m2", "2025-06-01"))

    answer = browser.post(JOIN, data={"seen": before, "reason": WHY})
    assert answer.status_code == 422
    text = html.unescape(answer.text)
    assert "Пока вы смотрели, пришло новое. Вот что произойдёт теперь." in text
    assert "появится «m2», 1 июня 2025 года" in text
    assert WHY in text
    assert seen_in(text) != before
    assert decisions.proposals(desk.store) == ()


def test_what_came_since_the_proposal_is_shown_instead_of_carrying_it_out(browse: Browse) -> None:
    desk = Desk(*MISMATCH)
    browser = browse(desk)
    proposal = propose(browser, JOIN)
    before = seen_in(text_of(browser.sign_in(BORIS), proposal))
    desk.hears(lines.completed("edu:e1", "m3"))

    answer = browser.post(proposal, data={"act": "approve", "seen": before})
    assert answer.status_code == 422
    assert "Пока вы смотрели, пришло новое." in answer.text
    assert not linked(desk)


def test_accounts_are_compared_without_showing_what_is_in_them(browse: Browse) -> None:
    text = text_of(browse(Desk(*MISMATCH)), JOIN)
    rows = {
        re.sub("<[^>]+>", "", name): re.sub("<[^>]+>", " ", cells)
        for name, cells in re.findall(r'<th role="rowheader"[^>]*>(.*?)</th>(.*?)</tr>', text, re.DOTALL)
    }

    assert "≠ различается" in rows["СНИЛС"]
    assert "= совпадает" in rows["Имя"]
    assert "другая, но это не признак" in rows["Почта"]
    for hidden in (lines.SNILS[:7], "11223344595", "Громова", "example.org"):
        assert hidden not in text


def test_no_page_shows_the_whole_code(browse: Browse) -> None:
    browser = browse(Desk(*TAKEN))
    proposal = propose(browser, MOVE, reason=f"Свидетельство с кодом {lines.CODE[:4]}-{lines.CODE[4:]}")

    for address in (MOVE, proposal, "/console/decisions", new(Kind.MOVE_CODE, code=code_stream(lines.CODE))):
        text = text_of(browser, address)
        assert lines.CODE not in text
        assert f"{lines.CODE[:4]}-{lines.CODE[4:]}" not in text


@pytest.mark.parametrize(
    "address",
    [
        "/console/decisions/new",
        "/console/decisions/new?kind=nonsense",
        new(Kind.UNDO_LINK),
        new(Kind.UNDO_LINK, specialist="x"),
        new(Kind.UNDO_LINK, specialist=code_stream(lines.OTHER_CODE)),
        new(Kind.JOIN, account="edu", other="sovetnmo:s1"),
        new(Kind.REVERSE, specialist=PERSON, entry=entry_id("code:nothing")),
        new(Kind.MOVE_CODE, code=code_stream(lines.OTHER_CODE)),
        f"/console/decisions/{PERSON}",
        "/console/decisions/x",
    ],
)
def test_an_address_that_leads_nowhere_is_not_found(browse: Browse, address: str) -> None:
    browser = browse(Desk(*LINKED_PERSON))

    assert browser.get(address).status_code == 404
    assert browser.post(address, data={"reason": WHY}).status_code == 404


def test_what_cannot_be_decided_says_why_and_offers_no_form(browse: Browse) -> None:
    text = text_of(browse(Desk(*LINKED_PERSON)), new(Kind.KEEP, specialist=PERSON))

    assert "У связанных кабинетов нет спора о СНИЛС." in text
    assert 'name="seen"' not in text


def test_a_proposal_that_came_too_late_can_only_be_rejected(browse: Browse) -> None:
    desk = Desk(*TAKEN)
    browser = browse(desk)
    first = propose(browser, MOVE)
    other = new(Kind.MOVE_CODE, code=code_stream(lines.CODE), account="sovetnmo:s3")
    desk.hears(lines.registered("sovetnmo:s3"))
    second = propose(browser, other)
    approve(browser, first)

    text = text_of(browser, second)
    assert "Согласиться нельзя" in text
    assert 'value="approve"' not in text
    assert browser.post(second, data={"act": "reject", "reason": "поздно"}).status_code == 303


def test_texts_of_messages_and_of_staff_are_shown_as_text(browse: Browse) -> None:
    desk = Desk(
        lines.registered("edu:<b>x", full_name=EVIL, snils=lines.SNILS, specialties=[EVIL]),
        lines.registered("sovetnmo:<b>y", full_name=EVIL, snils=lines.OTHER_SNILS, specialties=[EVIL]),
        lines.published("m1", "module", lines.row(), title=EVIL),
        lines.completed("edu:<b>x"),
        lines.link_requested("r1", "<b>x", "<b>y"),
        lines.link_confirmed("r1", "<b>x", "<b>y"),
    )
    browser = browse(desk)
    address = new(Kind.JOIN, account="edu:<b>x", other="sovetnmo:<b>y")
    proposal = propose(browser, address, who=EVIL, reason=EVIL)

    for one in (address, proposal, "/console/decisions"):
        raw = browser.get(one).text
        for harm in ("<script>alert", "<img", "<b>x", "<b>y"):
            assert harm not in raw


def test_everything_is_said_in_english_too(browse: Browse) -> None:
    browser = browse(Desk(*MISMATCH))
    browser.cookies.set("lang", "en")

    text = text_of(browser, JOIN)
    assert "Link the accounts although the СНИЛС differ?" in text
    assert "1 replica goes to edu." in text
    assert "Propose to link" in text
