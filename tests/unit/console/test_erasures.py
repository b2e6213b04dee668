"""Erasing a person in the console: a supervisor asks, a second one approves, and then there is nobody to show."""

from __future__ import annotations

import html
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from sync_service import questions
from sync_service.access import Role
from sync_service.adapters.erasure_ledger import FileLedger
from sync_service.aggregates.errors import AccountErased
from sync_service.aggregates.values import Account, code_stream
from sync_service.bootstrap.surroundings import certificate_as_pdf
from sync_service.console.ports import Erasures
from sync_service.decisions import Kind
from sync_service.erasures.ledger import Entry
from tests.model import lines
from tests.unit.console.browsing import Browser, ports_of
from tests.unit.console.deciding import ANNA, BORIS, PERSON, approve, new, propose, seen_in, text_of
from tests.unit.support_desk import LINKED_PERSON, Desk

if TYPE_CHECKING:
    from pathlib import Path

    from sync_service.footprints import Erased

ERASE = new(Kind.ERASE, specialist=PERSON)
REASON = "Заявление от 20 ноября"
SUPERVISOR = Role.SUPERVISOR


class Noted:
    """Keeps the ledger as the service does, and has no files to clean; fits Outside."""

    def __init__(self, ledger: FileLedger) -> None:
        self._ledger = ledger

    def before(self, erased: Erased) -> None:
        self._ledger.add(Entry.begun(erased))

    def after(self, erased: Erased) -> None:
        """Nothing is left to clean."""


@pytest.fixture
def desk() -> Desk:
    return Desk(*LINKED_PERSON, lines.activated("edu:e9"))


@pytest.fixture
def browser(desk: Desk, tmp_path: Path) -> Browser:
    ledger = FileLedger(tmp_path / "erasures.ndjson")
    desk.application._outside = Noted(ledger)  # noqa: SLF001 - what the service is made with
    return Browser(replace(ports_of(desk), erasures=Erasures(ledger, certificate_as_pdf)))


def test_one_asks_and_another_approves_and_then_nothing_of_the_person_is_shown(desk: Desk, browser: Browser) -> None:
    browser.sign_in(ANNA, SUPERVISOR)
    assert "Вернуть стёртое нельзя никому" in text_of(browser, ERASE)
    proposal = propose(browser, ERASE, reason=REASON)
    assert "Данные человека стёрты. Переписано событий" in text_of(browser.sign_in(BORIS, SUPERVISOR), proposal)

    said = approve(browser, proposal)

    assert "Данные этого человека стёрты." in said
    assert REASON in said
    assert "e1" not in text_of(browser, proposal).replace("e1e1", "").split("<main", 1)[1].split()
    with pytest.raises(AccountErased):
        questions.plan(desk.views, desk.store, Account.parse("edu:e1"))
    found = browser.post("/console/search", data={"q": "edu:e1"})
    assert "Данные этого человека стёрты." in text_of(browser, found.headers["location"])
    for address in ("answer", "replay"):
        assert "Данные этого человека стёрты." in text_of(browser, f"/console/people/{PERSON}/{address}", 422)
    assert "Код занят. Данные того, кто его ввёл, стёрты" in text_of(
        browser, f"/console/codes/{code_stream(lines.CODE)}"
    )


def test_the_certificate_is_for_supervisors(browser: Browser) -> None:
    approve(browser, propose(browser, ERASE, reason=REASON))
    answer = browser.sign_in(ANNA, SUPERVISOR).get(f"/console/people/{PERSON}/certificate")
    assert (answer.status_code, answer.content[:5]) == (200, b"%PDF-")
    assert browser.sign_in(ANNA, Role.SUPPORT).get(f"/console/people/{PERSON}/certificate").status_code == 403


def test_support_may_propose_other_decisions_but_not_this_one(browser: Browser) -> None:
    text = text_of(browser.sign_in(ANNA, Role.SUPPORT), ERASE, 422)
    assert "руководитель" in text


def test_nobody_approves_their_own_and_a_reason_that_names_the_person_is_refused(browser: Browser) -> None:
    browser.sign_in(ANNA, SUPERVISOR)
    seen = seen_in(text_of(browser, ERASE))
    answer = browser.post(ERASE, data={"seen": seen, "reason": "По просьбе e1"})
    assert answer.status_code == 422
    assert "Причина называет этого человека" in html.unescape(answer.text)
    proposal = propose(browser, ERASE, reason=REASON)
    answer = browser.sign_in(ANNA, SUPERVISOR).post(proposal, data={"act": "approve", "seen": seen})
    assert "Своё предложение утвердить нельзя" in html.unescape(answer.text)
