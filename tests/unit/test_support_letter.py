"""The letter to a portal's support: title, date, place and code, filled in from what is known, and the true reason."""

from __future__ import annotations

import pytest

from sync_service.aggregates.errors import AccountUnknown, CodeMalformed
from sync_service.aggregates.values import Account, Reason
from sync_service.reports.support_letter import BLANK, NAME_BLANK, SupportLetter, support_letter
from tests.model import lines
from tests.unit.reported_person import NAME
from tests.unit.support_desk import LINKED, Desk

FORUM = (lines.published(title="Форум «Клиника»", place="Москва"), lines.issued())


def letter(desk: Desk, account: str = "edu:e1", typed: str = lines.CODE) -> SupportLetter:
    return support_letter(desk.store, Account.parse(account), typed)


def test_a_taken_code_gives_a_whole_letter_that_names_no_other_person() -> None:
    desk = Desk(*FORUM, lines.registered("edu:e7", full_name="Другая Мария"), lines.activated("edu:e7"))
    desk.hears(lines.registered("edu:e1", full_name=NAME), lines.activated("edu:e1", "аb12 сdef3456"))
    made = letter(desk, typed="ab12-cdef3456")
    assert made.text == (
        "Кому: техническая поддержка портала edu.rosminzdrav.ru\n"
        "Тема: Код подтверждения AB12-CDEF3456\n"
        "\n"
        "Здравствуйте!\n"
        "\n"
        "Код подтверждения не активирован. Просим его проверить.\n"
        "\n"
        "Название: Форум «Клиника»\n"
        "Дата: 14 мая 2025 года\n"
        "Место: Москва\n"
        "Организатор: Организатор\n"
        "Код: AB12-CDEF3456\n"
        "\n"
        "Личный кабинет: edu e1\n"
        f"Специалист: {NAME}\n"
        "Код вводили: 12 мая 2025 года, 12:00:00 (+03:00), кабинет edu e1\n"
        "\n"
        "Что известно службе синхронизации. Код занят: раньше его ввёл другой человек.\n"
    )
    assert made.reason is Reason.CODE_TAKEN
    assert "e7" not in made.text
    assert "Мария" not in made.text


def test_what_is_not_known_is_left_blank() -> None:
    made = letter(Desk(lines.activated("edu:e1")))
    for line in (f"Название: {BLANK}", f"Дата: {BLANK}", f"Место: {BLANK}", f"Специалист: {NAME_BLANK}"):
        assert line in made.text
    assert (made.title, made.held_on, made.place, made.reason) == (None, None, None, Reason.CODE_UNKNOWN)


def test_the_activity_that_the_portal_named_fills_the_letter_where_the_code_was_never_issued() -> None:
    desk = Desk(
        lines.published("ev2"), lines.withdrawn("ev2", lines.BEFORE), lines.activated("edu:e1", activity_id="ev2")
    )
    made = letter(desk)
    assert (made.title, made.reason) == ("Активность ev2", Reason.ACTIVITY_WITHDRAWN)
    assert f"Место: {BLANK}" in made.text


def test_a_code_that_nobody_of_theirs_typed_says_so() -> None:
    made = letter(Desk(*FORUM, lines.activated("edu:e7"), lines.registered("edu:e1")))
    assert "Из кабинетов этого человека код не вводили." in made.text
    assert "Код вводили" not in made.text


def test_an_accepted_code_asks_for_the_entry_instead() -> None:
    made = letter(Desk(*FORUM, lines.activated("sovetnmo:s1"), lines.completed("edu:e1"), *LINKED))
    assert "Код подтверждения принят, но человек не видит записи." in made.text
    assert "кабинет sovetnmo s1" in made.text


def test_the_council_s_portal_has_an_address() -> None:
    made = letter(Desk(lines.activated("sovetnmo:s1")), "sovetnmo:s1")
    assert made.to == "поддержка портала Совета, info@sovetnmo.ru"


def test_what_is_no_code_and_who_is_nobody_are_refused() -> None:
    with pytest.raises(CodeMalformed):
        letter(Desk(lines.activated("edu:e1")), typed="AB12")
    with pytest.raises(AccountUnknown):
        letter(Desk(lines.activated("edu:e1")), "edu:e2")
