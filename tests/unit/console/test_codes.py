"""A code's page: the verdict, every attempt with its true reason, and what may be said to whom."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from sync_service.aggregates.values import Account, account_stream, canonical_code, code_stream
from sync_service.console.pages.code_typing import typing_of
from sync_service.console.pages.code_words import REFUSAL_ANSWER
from sync_service.publishing import FOLLOWER
from sync_service.questions.codes import code_by_stream
from tests.model import lines
from tests.unit.support_desk import LINKED, Desk

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.testclient import TestClient

    Browse = Callable[[Desk], TestClient]

WHOLE = "AB12-CDEF3456"
EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>"
TITLE = "Ревматология для терапевта"


def page_of(browse: Browse, desk: Desk, code: str = lines.CODE, rest: str = "") -> str:
    """The page of a code, as text without markup's entities."""
    answer = browse(desk).get(f"/console/codes/{code_stream(canonical_code(code))}{rest}")
    assert answer.status_code == 200, answer.text
    return html.unescape(answer.text)


def taken_desk() -> Desk:
    """A code that edu:e1 has, and that sovetnmo:s1, somebody else, entered twice."""
    return Desk(
        lines.published("ev1", "event", lines.row(2), title=TITLE, provider="Общество ревматологов", place="Тверь"),
        lines.issued(),
        lines.registered("edu:e1", full_name="Волкова Мария Сергеевна"),
        lines.registered("sovetnmo:s1", full_name="Иванов Пётр Ильич"),
        lines.activated("edu:e1"),
        lines.activated("sovetnmo:s1", "АВ12—СDEF3456", at=lines.AFTER),
        lines.activated("sovetnmo:s1", at=lines.AFTER),
    )


def test_a_taken_code_says_so_first_and_who_was_refused(browse: Browse) -> None:
    text = page_of(browse, taken_desk())

    assert "Код занят: 12 мая 2025 года его ввёл в edu другой человек. Отказано дважды кабинету sovetnmo s1." in text
    assert f'href="/console/people/{account_stream(Account.parse("edu:e1"))}"' in text
    assert all(word in text for word in (TITLE, "Общество ревматологов", "Тверь", "для врачей"))


def test_the_whole_code_stands_on_no_page_but_its_own_and_the_letter(browse: Browse) -> None:
    desk = taken_desk()
    text = page_of(browse, desk)

    assert WHOLE not in text
    assert lines.CODE not in text
    assert "AB12-••••••••" in text
    assert WHOLE in page_of(browse, desk, rest="/whole")
    assert WHOLE in page_of(browse, desk, rest="/letter?account=sovetnmo:s1")


def test_nothing_of_the_owner_but_initials_is_shown(browse: Browse) -> None:
    text = page_of(browse, taken_desk())

    assert "В••• М••• С•••" in text
    assert "Волкова" not in text


def answers(text: str) -> list[str]:
    """The ready answers on a page, each as one text."""
    found = re.findall(r'<div class="answer"[^>]*>(.*?)</div>', text, re.DOTALL)
    return [" ".join(re.sub("<[^>]+>", " ", one).split()) for one in found]


def test_the_answer_is_the_same_for_a_taken_an_unknown_and_a_revoked_code(browse: Browse) -> None:
    unknown = Desk(lines.activated("sovetnmo:s1"))
    revoked = Desk(
        lines.published(), lines.issued(), lines.revoked(at=lines.BEFORE), lines.activated("sovetnmo:s1", at=lines.NOON)
    )
    first = [answers(page_of(browse, desk))[0] for desk in (taken_desk(), unknown, revoked)]

    assert first == [" ".join(REFUSAL_ANSWER)] * 3


def test_the_owners_answer_names_nobody_else(browse: Browse) -> None:
    owners = answers(page_of(browse, taken_desk()))[1]

    assert "12 мая 2025 года в вашем кабинете в edu" in owners
    assert "s1" not in owners
    assert "Иванов" not in owners


@pytest.mark.parametrize(
    ("given", "verdict"),
    [
        ((lines.activated("edu:e1"),), "Такого кода никто не выдавал. Отказано кабинету edu e1."),
        ((lines.published(), lines.issued()), "Код выдан, и его ещё никто не вводил."),
        (
            (lines.published(), lines.issued(), lines.revoked(at=lines.BEFORE), lines.activated("edu:e1")),
            "Организатор отозвал код 12 мая 2025 года. Отказано кабинету edu e1.",
        ),
        (
            (lines.published(), lines.issued(), lines.registered("edu:e1"), lines.activated("edu:e1")),
            "Код принят: 12 мая 2025 года его ввели в edu.",
        ),
        (
            (lines.published(), lines.withdrawn(at=lines.BEFORE), lines.issued(), lines.activated("edu:e1")),
            "Мероприятие лишилось аккредитации 12 мая 2025 года, раньше, чем ввели код. Отказано кабинету edu e1.",
        ),
    ],
)
def test_the_state_of_a_code_is_one_sentence(browse: Browse, given: tuple[bytes, ...], verdict: str) -> None:
    assert verdict in page_of(browse, Desk(*given))


def test_an_attempt_that_was_judged_again_tells_both_outcomes(browse: Browse) -> None:
    text = page_of(browse, Desk(lines.activated("edu:e1"), lines.published(), lines.issued()))

    assert "Сначала было: никто не выдавал. Пересмотрено" in text
    assert "Код принят:" in text


def test_a_code_that_was_revoked_later_says_so_first_and_to_its_owner(browse: Browse) -> None:
    desk = Desk(
        lines.published("ev1", "event", lines.row(2), title="Школа «Сердце»"),
        lines.issued(),
        lines.registered("edu:e1"),
        lines.activated("edu:e1"),
        lines.revoked(at=lines.BEFORE),
    )
    text = page_of(browse, desk)

    assert "Код принят, но 12 мая 2025 года организатор его отозвал: балл не засчитан." in text
    assert "Запись «Школа „Сердце“» есть в вашем плане, но не засчитана: код отозван." in answers(text)[1]


def test_a_second_account_of_the_owner_is_no_stranger(browse: Browse) -> None:
    desk = taken_desk().hears(*LINKED)

    text = page_of(browse, desk)
    assert "Отказано" not in text
    assert text.count("владелец кода") == 3


def test_a_portal_counts_as_answered_once_the_publisher_has_come_so_far(browse: Browse) -> None:
    desk = taken_desk()
    assert "Порталу ещё не отвечено" in page_of(browse, desk)

    desk.store.follow(FOLLOWER, desk.store.head())
    text = page_of(browse, desk)
    assert "Порталу ещё не отвечено" not in text
    assert "Портал получил отказ с этой причиной." in text


def test_look_alike_letters_are_explained_and_the_rest_is_masked() -> None:
    shown = typing_of("АB1O—cdЕf3456")

    assert "".join(one.shown for one in shown.characters) == "АB1O—••••••••"
    assert [one.reading for one in shown.characters][:5] == ["fix", "", "", "fix", "drop"]
    assert shown.explained.ru == (
        "Русские буквы прочитаны как латинские: знаки 1 и 7. Буква «О» прочитана как ноль: знак 4."
    )


def test_a_code_as_it_is_printed_needs_no_explanation() -> None:
    assert typing_of(WHOLE).explained.ru == ""


def test_the_letter_can_be_downloaded_and_only_for_a_known_account(browse: Browse) -> None:
    browser = browse(taken_desk())
    address = f"/console/codes/{code_stream(lines.CODE)}/letter.txt"

    letter = browser.get(f"{address}?account=sovetnmo:s1")
    assert "attachment" in letter.headers["content-disposition"]
    assert letter.text.startswith("Кому: поддержка портала Совета")
    for account in ("sovetnmo:nobody", "x", ""):
        assert browser.get(f"{address}?account={account}").status_code == 404


@pytest.mark.parametrize(
    "code", ["nonsense", str(code_stream(lines.OTHER_CODE)), str(account_stream(Account.parse("edu:e1")))]
)
def test_what_is_no_codes_stream_has_no_page(browse: Browse, code: str) -> None:
    assert browse(taken_desk()).get(f"/console/codes/{code}").status_code == 404


def test_texts_of_messages_are_shown_as_text(browse: Browse) -> None:
    account = f"edu:{EVIL}"
    desk = Desk(
        lines.published("ev1", "event", lines.row(), title=EVIL, provider=EVIL, place=EVIL),
        lines.issued(),
        lines.registered(account, full_name=EVIL),
        lines.activated(account),
        lines.activated("sovetnmo:s1", f"<b>{lines.CODE}"[3:] + "'\"<>"),
        lines.revoked(),
    )
    browser = browse(desk)
    for rest in ("", "/whole", "/letter?account=sovetnmo:s1"):
        raw = browser.get(f"/console/codes/{code_stream(lines.CODE)}{rest}").text
        assert "<script>alert" not in raw
        assert "<img" not in raw


def test_many_attempts_are_shown_by_pages(browse: Browse) -> None:
    desk = Desk(lines.published(), lines.issued(), lines.activated("edu:e1"))
    desk.hears_at_once(*(lines.activated("sovetnmo:s1", at=lines.AFTER) for _ in range(120)))

    first, last = page_of(browse, desk), page_of(browse, desk, rest="?page=4")
    assert (first.count("data-row"), last.count("data-row")) == (40, 1)
    assert len(first.encode()) < 100_000


def test_everything_is_said_in_english_too(browse: Browse) -> None:
    browser = browse(taken_desk())
    browser.cookies.set("lang", "en")
    text = html.unescape(browser.get(f"/console/codes/{code_stream(lines.CODE)}").text)

    assert "The code is taken: another person entered it at edu on 12 May 2025." in text
    assert "Refused twice: the account sovetnmo s1." in text


def test_a_code_by_its_stream_is_the_code_by_its_text() -> None:
    desk = taken_desk()
    trace = code_by_stream(desk.store, desk.views, code_stream(lines.CODE))

    assert trace is not None
    assert (trace.code, trace.owner, trace.activity_id) == (lines.CODE, Account.parse("edu:e1"), "ev1")
    assert [attempt.outcome.value for attempt in trace.attempts] == ["accepted", "code_taken", "code_taken"]
    assert trace.credit is not None
    assert (trace.credit.counts, trace.credit.credits) == ("counted", 2)
    assert trace.issued_at == desk.now - timedelta(minutes=5)
