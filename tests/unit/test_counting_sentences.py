"""Every verdict on an entry has its words in both languages, with whatever is known and without what is not."""

from __future__ import annotations

import re
from datetime import date

import pytest

from sync_service.aggregates.judging import Counts
from sync_service.policies.targets import Sums, Totals
from sync_service.sentences.counting import COUNTED_ELSEWHERE, COUNTS, Verdict, why
from sync_service.sentences.totals import TOTALS, credited, reached

DAY = date(2025, 5, 12)
PERIOD = date(2021, 6, 1), date(2026, 5, 31)
WHOLE = Verdict(
    counts=Counts.COUNTED,
    origin="sovetnmo",
    completed_on=DAY,
    specialties=("therapy", "surgery"),
    audience="doctors",
    period=PERIOD,
    cycles=("c2", "c3"),
    duplicate_of="code:AB12CDEF3456",
    code_revoked_on=DAY,
    withdrawn_on=DAY,
    reversed_by="edu",
    reversed_on=DAY,
    reversed_for="mistake",
)
BARE = Verdict(counts=Counts.COUNTED, origin="edu", completed_on=DAY)


def test_every_verdict_has_its_words() -> None:
    assert set(COUNTS) == {*Counts, COUNTED_ELSEWHERE}


@pytest.mark.parametrize("known", [WHOLE, BARE], ids=["whole", "bare"])
@pytest.mark.parametrize("counts", [*Counts, COUNTED_ELSEWHERE])
def test_sentences_are_whole_and_each_in_its_own_language(counts: str, known: Verdict) -> None:
    told = why(known._replace(counts=counts))
    if (counts, known) == (Counts.REVERSED, BARE):
        assert told == ("", "")
        return
    assert re.search(r"[а-яё]", told.ru)
    assert not re.search(r"[а-яё]", told.en)
    for words in told:
        assert words[0].isupper() or words.startswith("edu")
        assert words.endswith(".")
        assert not re.search(r"None|[{}!]|\.\.|  | ,|«»|“”|_", words), words


@pytest.mark.parametrize(
    ("known", "ru"),
    [
        (
            WHOLE._replace(counts=Counts.SPECIALTY_NOT_COVERED, specialties=("терапия",)),
            "Аккредитовано для других специальностей; специальности «терапия» среди них нет.",
        ),
        (
            WHOLE._replace(counts=Counts.SPECIALTY_NOT_COVERED, specialties=("терапия", "хирургия")),
            "Аккредитовано для других специальностей; специальностей «терапия» и «хирургия» среди них нет.",
        ),
        (WHOLE._replace(counts=Counts.AUDIENCE_NOT_COVERED), "Аккредитовано не для врачей."),
        (
            WHOLE._replace(counts=Counts.OUTSIDE_CYCLE, completed_on=date(2027, 1, 1)),
            "Цикл закончился 31 мая 2026 года, раньше этой даты.",
        ),
        (
            WHOLE._replace(counts=Counts.CODE_REVOKED),
            "Организатор отозвал код 12 мая 2025 года, раньше, чем его ввели.",
        ),
        (
            WHOLE._replace(counts=Counts.ACTIVITY_WITHDRAWN, by_code=True),
            "Мероприятие лишилось аккредитации 12 мая 2025 года, раньше, чем ввели код.",
        ),
        (
            WHOLE._replace(counts=Counts.ACTIVITY_WITHDRAWN, by_code=False),
            "Активность лишилась аккредитации 12 мая 2025 года, раньше завершения.",
        ),
        (
            BARE._replace(counts=Counts.ACTIVITY_WITHDRAWN),
            "Активность лишилась аккредитации раньше ввода кода или завершения.",
        ),
        (
            WHOLE._replace(counts=Counts.REVERSED, reversed_for="ошибка"),
            "Портал edu отменил запись 12 мая 2025 года. Причина: «ошибка».",
        ),
        (BARE, "Записано в edu. Специальность в аккредитации есть."),
    ],
)
def test_a_verdict_reads_as_a_colleague_would_say_it(known: Verdict, ru: str) -> None:
    assert why(known).ru == ru


def test_a_verdict_of_a_later_version_stands_for_itself() -> None:
    assert why(BARE._replace(counts="something_new")) == ("something_new", "something_new")


def test_every_total_has_its_words() -> None:
    assert set(TOTALS) == {*Totals.__struct_fields__, *Sums.__struct_fields__}


def test_totals_are_told_with_what_is_asked_and_what_remains() -> None:
    told = reached(Totals(5, 1.5, 36, 18), Totals(16, 20, 108, 54), Totals(11, 18.5, 72, 36))
    assert told.ru.startswith("Мероприятия, баллы: 5 из 16, осталось 11; модули, баллы: 1,5 из 20, осталось 18,5;")
    assert told.en.endswith("of them at a distance, hours: 18 of 54, 36 to go.")
    assert reached(Totals(5)).ru.startswith("Мероприятия, баллы: 5; модули, баллы: 0;")


@pytest.mark.parametrize(("value", "ru"), [(1, "1 балл"), (2, "2 балла"), (1.5, "1,5 балла"), (11, "11 баллов")])
def test_credits_are_counted_as_russians_count(value: float, ru: str) -> None:
    assert credited(value).ru == ru
