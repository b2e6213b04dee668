"""The report as a file: CSV to the letter, and what a reader finds in the PDF."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pypdf
import pytest

from sync_service.adapters.pdf_report import as_pdf
from sync_service.reports.check_value import check_value
from sync_service.reports.csv_report import as_csv, harmless
from tests.unit.reported_person import NAME, empty_report, long_report, reported, reported_desk

if TYPE_CHECKING:
    from collections.abc import Callable

    from sync_service.reports.report import Report

CSV = """\
Документ;Отчёт об образовательной активности
Контрольное значение;{value}
Специалист;Проверкина Анна Ивановна
Кто;врач
Кабинет edu (портал Минздрава);e1
Кабинет sovetnmo (портал Совета);s1
Цикл;c1
Специальность;кардиология, высшее образование
Срок цикла;с 1 июня 2021 года по 31 мая 2026 года
Политика;Модель: 144 часа за пять лет (model-144)
По состоянию на;1 июня 2026 года, 12:00:00 МСК
Засчитано записей;3
Не засчитано записей;4
Засчитано в других циклах, здесь не показано;1

Вид;Набрано;Нужно;Осталось
Мероприятия, баллы;5;16;11
Модули, баллы;1,5;20;18,5
Программы, часы;36;108;72
из них дистанционно, часы;18;54;36

№;Дата;Вид;Название;Организатор;Место;Код;Баллы в цикле;Из них дистанционно, часы;Засчитано;Вердикт;\
Почему не засчитано;Причина (код);Портал;Ключ записи
1;12.05.2025;модуль;Активность m1;Организатор;;;1,5;0;да;засчитано;;counted;edu;module:m1:2025-05-12
2;12.05.2025;программа;'=Кардиология;Академия;;;36;18;да;засчитано;;counted;edu;programme:p1:2025-05-12
3;14.05.2025;мероприятие;"Форум «Клиника»; день 3";Организатор;Москва;AB12-CDEF3456;5;0;да;засчитано;;counted;\
sovetnmo;code:AB12CDEF3456
"""


def pages(content: bytes) -> list[str]:
    """The text of every page, as if no line had been broken."""
    return [" ".join(page.extract_text().split()) for page in pypdf.PdfReader(io.BytesIO(content)).pages]


@pytest.fixture(scope="module")
def full() -> Report:
    return reported(reported_desk())


def test_csv_is_written_for_a_russian_spreadsheet(full: Report) -> None:
    content = as_csv(full)
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.count(b"\r\n") == content.count(b"\n")
    written = content.decode("utf-8-sig").replace("\r\n", "\n")
    assert written.startswith(CSV.format(value=check_value(full)))
    assert "нет;вне цикла;Цикл начался 1 июня 2021 года, позже этой даты.;outside_cycle;edu;module:m3:" in written


@pytest.mark.parametrize("cell", ["=1+1", "+7", "-1", "@SUM(A1)"])
def test_no_cell_is_a_formula(cell: str) -> None:
    assert harmless(cell) == f"'{cell}"


def test_pdf_says_who_what_how_much_and_why_not(full: Report) -> None:
    text = " ".join(pages(as_pdf(full)))
    assert NAME in text
    assert "с 1 июня 2021 года по 31 мая 2026 года" in text
    assert "Мероприятия, баллы 5 16 11" in text
    assert "Форум «Клиника»; день 3" in text
    assert "AB12-CDEF3456" in text
    assert "1 июня 2026 года, 12:00:00 МСК" in text
    assert "Портал edu отменил запись 12 мая 2025 года. Причина: «ошибка»." in text
    assert "Ещё записей засчитано в других циклах: 1." in text


def test_every_page_has_its_number_and_the_check_value() -> None:
    made = long_report(80)
    texts = pages(as_pdf(made))
    assert len(texts) > 3
    for number, text in enumerate(texts, start=1):
        assert f"Контрольное значение: {check_value(made)}" in text
        assert f"стр. {number} из {len(texts)}" in text


def test_a_table_that_goes_on_repeats_its_heading() -> None:
    texts = pages(as_pdf(long_report(80)))
    assert all("№ Дата Активность Код" in text for text in texts[1:10])


def test_no_entries_at_all_is_said_in_words() -> None:
    (text,) = pages(as_pdf(empty_report()))
    assert "Записей нет: порталы об активностях этого человека не сообщали." in text
    assert "Специалист порталы не сообщали" in text
    assert "стр. 1 из 1" in text


def test_pdf_says_of_itself_what_it_is_and_embeds_its_font(full: Report) -> None:
    content = as_pdf(full)
    metadata = pypdf.PdfReader(io.BytesIO(content)).metadata
    assert metadata is not None
    assert (metadata.title, metadata.keywords) == ("Отчёт об образовательной активности", str(check_value(full)))
    assert metadata.creation_date == full.standing.at
    assert b"PTSans-Regular" in content
    assert b"/FontFile2" in content


@pytest.mark.parametrize("write", [as_csv, as_pdf])
def test_equal_reports_give_equal_bytes(write: Callable[[Report], bytes]) -> None:
    assert write(reported(reported_desk())) == write(reported(reported_desk(), "sovetnmo:s1"))
