"""What the tests of the pages of decisions share: people, cases, and the two forms filled in as a browser would."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING
from urllib.parse import urlencode
from uuid import UUID

from sync_service.aggregates.values import Account, account_stream, code_stream
from sync_service.decisions import Kind
from tests.model import lines

if TYPE_CHECKING:
    from tests.unit.console.browsing import Browser
    from tests.unit.support_desk import Desk

ANNA, BORIS = "Анна Орехова", "Борис Сомов"
WHY = "Скан проверен"
EDU, SOVETNMO = Account.parse("edu:e1"), Account.parse("sovetnmo:s1")
PERSON = account_stream(EDU)
MISMATCH = (
    lines.registered("edu:e1", snils=lines.SNILS, full_name="Громова Анна Игоревна"),
    lines.registered("sovetnmo:s1", snils=lines.OTHER_SNILS, full_name="Громова Анна Игоревна"),
    lines.published("m1", "module", lines.row(2)),
    lines.completed("sovetnmo:s1"),
    lines.link_requested(),
    lines.link_confirmed(),
)
TAKEN = (
    lines.published(),
    lines.issued(),
    lines.registered("edu:e1"),
    lines.registered("sovetnmo:s2"),
    lines.activated("edu:e1"),
    lines.activated("sovetnmo:s2", at=lines.AFTER),
)


def new(kind: Kind, **asked: object) -> str:
    """The address of the form that proposes a decision."""
    return f"/console/decisions/new?{urlencode({'kind': kind.value, **asked})}"


JOIN = new(Kind.JOIN, account=EDU, other=SOVETNMO)
MOVE = new(Kind.MOVE_CODE, code=code_stream(lines.CODE), account="sovetnmo:s2")


def text_of(browser: Browser, address: str, status: int = 200) -> str:
    answer = browser.get(address)
    assert answer.status_code == status, answer.text
    return html.unescape(answer.text)


def seen_in(text: str) -> str:
    """What the form gives back, so that only what was shown is written."""
    found = re.search(r'name="seen" value="([^"]+)"', text)
    assert found
    return found[1]


def propose(browser: Browser, address: str, who: str = ANNA, reason: str = WHY) -> str:
    """Propose through the form; the proposal's address."""
    seen = seen_in(text_of(browser.sign_in(who), address))
    answer = browser.post(address, data={"seen": seen, "reason": reason})
    assert answer.status_code == 303, html.unescape(answer.text)
    return answer.headers["location"]


def approve(browser: Browser, proposal: str, who: str = BORIS) -> str:
    """Agree through the form, and see what the page says then."""
    seen = seen_in(text_of(browser.sign_in(who), proposal))
    answer = browser.post(proposal, data={"act": "approve", "seen": seen})
    if answer.status_code == 303:
        return text_of(browser, answer.headers["location"])
    assert answer.status_code == 422
    return html.unescape(answer.text)


def linked(desk: Desk) -> bool:
    return len(desk.views.find("directory", "accounts", owner=PERSON)) == 2


def id_of(address: str) -> UUID:
    """The proposal's id, by its address."""
    return UUID(address.rpartition("/")[2])
