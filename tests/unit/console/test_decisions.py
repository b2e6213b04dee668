"""The pages of decisions: seen before written, proposed by one person, agreed to by another."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from sync_service import decisions
from sync_service.access import Role
from sync_service.aggregates.values import Account, account_stream, code_stream, entry_id
from sync_service.decisions import Kind, ProposalState
from tests.model import lines
from tests.unit.console.deciding import (
    ANNA,
    BORIS,
    EDU,
    JOIN,
    MISMATCH,
    MOVE,
    PERSON,
    SOVETNMO,
    TAKEN,
    approve,
    id_of,
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


def test_two_people_join_what_did_not_match(browse: Browse) -> None:
    desk = Desk(*MISMATCH)
    browser = browse(desk)

    proposal = propose(browser, JOIN)
    assert not linked(desk)
    assert "Двое согласились, решение исполнено." in approve(browser, proposal)
    assert linked(desk)
    assert decisions.cases(desk.views) == ()


def test_nobody_agrees_to_a_proposal_of_their_own(browse: Browse) -> None:
    desk = Desk(*MISMATCH)
    browser = browse(desk)
    proposal = propose(browser, JOIN)
    seen = seen_in(text_of(browser.sign_in(BORIS), proposal))
    browser.sign_in(ANNA)

    assert 'value="approve"' not in text_of(browser, proposal)
    answer = browser.post(proposal, data={"act": "approve", "seen": seen})
    assert "Своё предложение утвердить нельзя" in html.unescape(answer.text)
    assert not linked(desk)


def test_who_proposed_it_takes_it_back_and_nobody_else_does(browse: Browse) -> None:
    browser = browse(Desk(*MISMATCH))
    proposal = propose(browser, JOIN)
    back = {"reason": "Ошиблась кабинетом"}

    browser.sign_in(BORIS, Role.SUPPORT)
    assert "/take-back" not in text_of(browser, proposal)
    assert browser.post(f"{proposal}/take-back", data=back).status_code == 422
    browser.sign_in(ANNA, Role.SUPPORT)
    assert "/take-back" in text_of(browser, proposal)
    assert browser.post(f"{proposal}/take-back", data={"reason": " "}).status_code == 422
    assert browser.post(f"{proposal}/take-back", data=back).status_code == 303
    assert "Ошиблась кабинетом" in text_of(browser, proposal)


def test_a_second_person_can_disagree_and_says_why(browse: Browse) -> None:
    desk = Desk(*MISMATCH)
    browser = browse(desk)
    proposal = propose(browser, new(Kind.REFUSE, account=EDU, other=SOVETNMO))

    browser.sign_in(BORIS)
    answer = browser.post(proposal, data={"act": "reject", "reason": "Диплом тот же"})
    assert answer.status_code == 303
    text = text_of(browser, proposal)
    assert "Второй сотрудник не согласился: ничего не изменено." in text
    assert "Диплом тот же" in text
    assert 'name="seen"' not in text


def test_the_preview_counts_people_credits_and_messages(browse: Browse) -> None:
    text = text_of(browse(Desk(*MISMATCH)), JOIN)

    for line in (
        "Кабинеты станут одним специалистом.",
        "edu e1: всего больше на 2 балла.",
        "edu e1: появится «Активность m1», 12 мая 2025 года. Засчитано: 2 балла.",
        "sovetnmo s1: план не изменится.",
        "В edu уйдёт 1 копия.",
        "Порталу sovetnmo об исходе уйдёт 1 сообщение.",
    ):
        assert line in text


def test_an_undone_link_gives_two_people_again(browse: Browse) -> None:
    desk = Desk(*LINKED_PERSON)
    browser = browse(desk)
    proposal = propose(browser, new(Kind.UNDO_LINK, specialist=PERSON))

    assert "Двое согласились" in approve(browser, proposal)
    assert not linked(desk)


def test_a_code_goes_to_its_rightful_owner(browse: Browse) -> None:
    desk = Desk(*TAKEN)
    browser = browse(desk)
    proposal = propose(browser, MOVE)
    assert f'href="{proposal}"' in text_of(browser, f"/console/codes/{code_stream(lines.CODE)}")

    assert "Двое согласились" in approve(browser, proposal)
    assert decisions.proposal(desk.store, id_of(proposal)).state is ProposalState.APPROVED
    page = text_of(browser, f"/console/codes/{code_stream(lines.CODE)}")
    assert re.search(r"Код передан [^.]+ в кабинет sovetnmo s2 решением двоих\. У edu e1 балл отменён\.", page)
    assert "передать код сюда" not in page
    assert f"/console/people/{account_stream(Account.parse('sovetnmo:s2'))}" in page


def test_a_code_without_an_heir_asks_for_one(browse: Browse) -> None:
    browser = browse(Desk(*TAKEN))
    asking = new(Kind.MOVE_CODE, code=code_stream(lines.CODE))

    text = text_of(browser, asking)
    assert "account=sovetnmo%3As2" in text
    assert "edu:e1" not in text
    assert "о таком кабинете" not in text
    assert "Кабинет пишется как" in text_of(browser, f"{asking}&account=nobody", 422)


def test_a_credit_is_reversed_by_one_person_at_once(browse: Browse) -> None:
    desk = Desk(*LINKED_PERSON)
    browser = browse(desk)
    address = new(Kind.REVERSE, specialist=PERSON, entry=entry_id(CODE_KEY))

    assert propose(browser, address) == f"/console/people/{PERSON}"
    counts = {entry.activity_key: entry.counts for entry in desk.plan("edu:e1").entries}
    assert counts[CODE_KEY] == "reversed"


def test_what_waits_is_listed_oldest_first_and_counted(browse: Browse) -> None:
    desk = Desk(*MISMATCH)
    browser = browse(desk)
    text = text_of(browser, "/console/decisions")
    assert "просят связать, но СНИЛС в них разный" in text
    assert re.search(r'data-section="decisions"[^>]*>Решения <b>1</b>', text)

    proposal = propose(browser, JOIN)
    text = text_of(browser, "/console/decisions")
    assert text.count(f'href="{proposal}"') == 2, "once as a proposal, once as what the case waits for"
    assert re.search(r'data-section="decisions"[^>]*>Решения <b>1</b>', text)
    approve(browser, proposal)
    assert "Решать нечего." in text_of(browser, "/console/decisions")


def test_a_case_is_found_by_its_person_too(browse: Browse) -> None:
    text = text_of(browse(Desk(*MISMATCH)), new(Kind.JOIN, specialist=PERSON))
    assert "Связать кабинеты edu e1 и sovetnmo s1, хотя СНИЛС разный." in text


def test_a_preview_never_adds_hours_to_credits(browse: Browse) -> None:
    text = text_of(
        browse(
            Desk(
                *MISMATCH[:4],
                lines.published("p1", "programme"),
                lines.programme("sovetnmo:s1", hours=72),
                *MISMATCH[4:],
            )
        ),
        JOIN,
    )

    assert "edu e1: всего больше на 2 балла и 72 часа." in text
    assert "Засчитано: 72 часа." in text


def test_what_goes_away_is_told_with_what_it_counted_for(browse: Browse) -> None:
    text = text_of(
        browse(Desk(*LINKED_PERSON, lines.published("m1", "module"))), new(Kind.UNDO_LINK, specialist=PERSON)
    )

    assert "Отменить связь кабинетов?" in text
    assert "Было засчитано 5 баллов." in text
    assert "Разъединить кабинеты?" not in text


def test_a_code_of_what_looks_like_one_person_need_not_be_moved(browse: Browse) -> None:
    same = [
        lines.registered(account, snils=lines.SNILS, specialties=["терапия", "хирургия"])
        for account in ("edu:e1", "sovetnmo:s2")
    ]
    warning = "СНИЛС совпадает: похоже, это один человек."
    text = text_of(browse(Desk(*TAKEN[:2], *same, *TAKEN[4:])), MOVE)

    assert warning in text
    assert "терапия, хирургия" in text
    assert "1, первая — за 2025 год" in text
    assert warning not in text_of(browse(Desk(*TAKEN)), MOVE)
