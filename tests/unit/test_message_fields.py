"""The rules of every sort of field: text, numbers, choices, dates, СНИЛС and codes (contract, «Schema»)."""

from __future__ import annotations

from datetime import date

import pytest

from sync_service.messages.catalogue_messages import ActivityPublished, CodesIssued
from sync_service.messages.portal_messages import AccountRegistered, CodeActivated, ProgrammeCompleted
from tests.unit.valid_messages import ABSENT, BODIES, event, message, reasons

MISSING = "обязательного поля нет / a required field is missing"


@pytest.mark.parametrize(
    ("kind", "name", "wrong"),
    [
        ("programme.completed.v1", "hours", "36"),
        ("activity.published.v1", "foreign", "false"),
        ("activity.published.v1", "accreditation", "[]"),
        ("codes.issued.v1", "codes", "AB12-CD34EF56"),
        ("account.registered.v1", "specialties", "терапия"),
    ],
)
def test_text_stands_for_nothing_else(kind: str, name: str, wrong: str) -> None:
    (reason,) = reasons(event(kind, **{name: wrong}))
    assert "а пришёл текст / wrong type" in reason
    assert reason.endswith("not text")


def test_true_is_no_number() -> None:
    (reason,) = reasons(event("programme.completed.v1", hours=True))
    assert reason == (
        "data.hours: не тот тип: нужно число, а пришло true или false"
        " / wrong type: a number is expected, not true or false"
    )


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (-1, "число меньше нуля / the number is negative"),
        (-0.001, "число меньше нуля / the number is negative"),
        (2**53 + 2, "число слишком велико / the number is too large"),
        (1e300, "число слишком велико / the number is too large"),
    ],
)
def test_a_number_out_of_range_is_an_error(number: float, reason: str) -> None:
    assert reasons(event("programme.completed.v1", distance_hours=number)) == (f"data.distance_hours: {reason}",)


def test_a_number_that_no_computer_holds_is_too_large() -> None:
    line = b'{"specversion":"1.0","id":"1","source":"/portals/edu","type":"ru.nmo.programme.completed.v1",'
    line += b'"time":"2025-05-12T00:00:00Z","data":{"account_id":"e","programme_id":"p","hours":%b,'
    line += b'"distance_hours":0,"completed_on":"2025-05-12","organisation":"x"}}'
    for hours in (b"1e999", b"9" * 5000):
        assert reasons(line % hours) == ("data.hours: число слишком велико / the number is too large",)


@pytest.mark.parametrize("hours", [0, 36, 36.0, 54.5, 2**53])
def test_a_number_is_kept_as_it_is(hours: float) -> None:
    body = message(event("programme.completed.v1", hours=hours)).body
    assert isinstance(body, ProgrammeCompleted)
    assert body.hours == hours
    assert type(body.hours) is type(hours)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "пустой текст / the text is empty"),
        ("x" * 1001, "длиннее 1000 знаков / longer than 1000 characters"),
        ("a\0b", "в тексте знак U+0000 / the text holds U+0000"),
        ("\ud800", "в тексте половина суррогатной пары / the text holds a lone surrogate"),
    ],
    ids=["empty", "too long", "U+0000", "lone surrogate"],
)
@pytest.mark.parametrize(("kind", "name"), [("account.registered.v1", "email"), ("activity.withdrawn.v1", "reason")])
def test_text_has_its_bounds(kind: str, name: str, text: str, reason: str) -> None:
    assert reasons(event(kind, **{name: text})) == (f"data.{name}: {reason}",)


def test_text_of_a_thousand_characters_and_an_id_of_two_hundred_are_taken() -> None:
    body = message(event("account.registered.v1", email="я" * 1000, account_id="я" * 200)).body
    assert isinstance(body, AccountRegistered)
    assert (len(body.email), len(body.account_id)) == (1000, 200)


def test_an_id_has_at_most_two_hundred_characters() -> None:
    assert reasons(event("account.closed.v1", account_id="x" * 201)) == (
        "data.account_id: длиннее 200 знаков / longer than 200 characters",
    )


@pytest.mark.parametrize("kind", ["code.activated.v1", "module.completed.v1"])
def test_a_typed_code_may_be_empty(kind: str) -> None:
    body = message(event(kind, code="")).body
    assert getattr(body, "code", None) == ""


def test_a_typed_code_is_kept_as_it_was_typed() -> None:
    body = message(event("code.activated.v1", code=" аВ12—сd34 ЕF56 ")).body
    assert isinstance(body, CodeActivated)
    assert body.code == " аВ12—сd34 ЕF56 "


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("account.registered.v1", "education_level"),
        ("account.registered.v1", "audience"),
        ("activity.published.v1", "kind"),
        ("replica.refused.v1", "reason"),
    ],
)
def test_a_choice_is_one_of_its_values_exactly(kind: str, name: str) -> None:
    (reason,) = reasons(event(kind, **{name: str(BODIES[kind][1][name]).upper()}))
    assert reason.startswith(f"data.{name}: не из перечня: ")
    assert str(BODIES[kind][1][name]) in reason


@pytest.mark.parametrize("wrong", ["12.05.2025", "2025-5-12", "2025-05-12T00:00:00Z", " 2025-05-12", "٢025-05-12", ""])
def test_a_date_is_written_one_way(wrong: str) -> None:
    assert reasons(event("module.completed.v1", completed_on=wrong)) == (
        "data.completed_on: дата не вида ГГГГ-ММ-ДД / not a YYYY-MM-DD date",
    )


@pytest.mark.parametrize("wrong", ["2025-02-29", "2025-13-01", "0000-01-01"])
def test_a_date_is_in_the_calendar(wrong: str) -> None:
    assert reasons(event("module.completed.v1", completed_on=wrong)) == (
        "data.completed_on: такого дня нет в календаре / the calendar has no such day",
    )


def test_an_event_has_its_day() -> None:
    for absent in (None, ABSENT):
        assert reasons(event("activity.published.v1", held_on=absent)) == (f"data.held_on: {MISSING}",)


@pytest.mark.parametrize("kind", ["module", "programme"])
def test_what_is_no_event_needs_no_day(kind: str) -> None:
    body = message(event("activity.published.v1", kind=kind, held_on=None)).body
    assert isinstance(body, ActivityPublished)
    assert body.held_on is None


def test_the_catalogue_s_record_is_read_to_its_last_row() -> None:
    body = message(event("activity.published.v1", foreign=None)).body
    assert isinstance(body, ActivityPublished)
    assert (body.held_on, body.foreign) == (date(2025, 5, 12), False)
    assert body.accreditation[0].credits == 5


@pytest.mark.parametrize(
    ("snils", "digits"),
    [
        ("112-233-445 95", "11223344595"),
        ("«112.233/445—95»", "11223344595"),
        ("11223344595", "11223344595"),
        ("001-001-998 12", "00100199812"),
        ("087-654-303 00", "08765430300"),
    ],
)
def test_a_snils_is_brought_to_its_digits(snils: str, digits: str) -> None:
    body = message(event("account.registered.v1", snils=snils)).body
    assert isinstance(body, AccountRegistered)
    assert body.snils == digits


@pytest.mark.parametrize(
    ("snils", "reason"),
    [
        ("112-233-445 96", "СНИЛС с неверной контрольной суммой / the СНИЛС checksum is wrong"),
        ("001-001-999 12", "СНИЛС с неверной контрольной суммой / the СНИЛС checksum is wrong"),
        ("112-233-445 9", "в СНИЛС не 11 цифр / a СНИЛС has 11 digits"),
        ("112-233-445 95x", "в СНИЛС не 11 цифр / a СНИЛС has 11 digits"),
        ("\uff111223344595", "в СНИЛС не 11 цифр / a СНИЛС has 11 digits"),
    ],
)
def test_a_wrong_snils_is_an_error(snils: str, reason: str) -> None:
    for kind in ("account.registered.v1", "account.changed.v1"):
        assert reasons(event(kind, snils=snils)) == (f"data.snils: {reason}",)


def test_issued_codes_become_canonical() -> None:
    body = message(event("codes.issued.v1", codes=["ab12-cd34ef56", "АВ12 СD34 ЕF5o"])).body
    assert isinstance(body, CodesIssued)
    assert body.codes == ["AB12CD34EF56", "AB12CD34EF50"]
