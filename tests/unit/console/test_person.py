"""A person's page: the answer first, every credit with its reason, history, time travel, and nothing of others."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from sync_service.aggregates.values import Account, account_stream, entry_id
from sync_service.console.person.hiding import hidden_codes
from sync_service.projections.view import Changes
from tests.model import lines
from tests.unit.support_desk import CODE_KEY, EDU, LINKED, LINKED_PERSON, SOVETNMO, Desk, linked_desk

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.testclient import TestClient

    Browse = Callable[[Desk], TestClient]

PAGE = f"/console/people/{EDU}"
NASTY = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>\u202e{{7*7}}"


def reversal_for(reason: str) -> bytes:
    """A reversal of the module, with a portal's own words."""
    made = lines.decode(lines.reversal("edu:e1", "module:m1:2025-05-12"))
    return lines.encode(made | {"data": made["data"] | {"reason": reason}})


def text_of(html: str) -> str:
    """What a reader sees: without tags, with blanks folded."""
    return " ".join(re.sub(r"<[^>]+>", " ", html).replace("\u00a0", " ").split())


def test_the_largest_text_is_the_answer(browse: Browse) -> None:
    shown = text_of(browse(linked_desk()).get(PAGE).text)
    assert "Засчитано 5 баллов: 1 из 2 активностей." in shown
    assert "1 ждёт каталога." in shown


def test_the_code_is_masked_everywhere_on_the_page_and_stands_in_no_address(browse: Browse) -> None:
    html = browse(linked_desk()).get(PAGE).text
    assert lines.CODE not in html
    assert f"{lines.CODE[:4]}-{lines.CODE[4:]}" not in html
    assert f"{lines.CODE[:4]}-••••••••" in html


def test_personal_values_are_masked_until_one_is_asked_for(browse: Browse) -> None:
    desk = Desk(lines.registered("edu:e1", email="anna@example.org", full_name="Анна Петрова", snils="112-233-445 95"))
    page = browse(desk)
    hidden = page.get(PAGE).text
    assert "anna@example.org" not in hidden
    assert "Петрова" not in hidden
    assert "11223344595" not in hidden
    shown = page.post(PAGE, data={"reveal": "email@edu"}).text
    assert "anna@example.org" in shown
    assert "Петрова" not in shown


def test_only_what_can_be_shown_is_revealed(browse: Browse) -> None:
    assert browse(linked_desk()).post(PAGE, data={"reveal": "snils_hash@edu"}).status_code == 422


def test_an_absorbed_account_leads_to_the_person(browse: Browse) -> None:
    answer = browse(linked_desk()).get(f"/console/people/{SOVETNMO}")
    assert (answer.status_code, answer.headers["location"]) == (303, PAGE)


@pytest.mark.parametrize(
    "address", ["/console/people/nobody", f"/console/people/{account_stream(Account.parse('edu:x'))}"]
)
def test_a_person_who_is_not_there_is_a_page_of_its_own(browse: Browse, address: str) -> None:
    assert browse(linked_desk()).get(address).status_code == 404


def test_a_code_is_no_person(browse: Browse) -> None:
    from sync_service.aggregates.values import code_stream  # noqa: PLC0415 - only here

    assert browse(linked_desk()).get(f"/console/people/{code_stream(lines.CODE)}").status_code == 404


def test_an_earlier_moment_shows_what_was_known_then_and_marks_what_differs(browse: Browse) -> None:
    desk = Desk(lines.registered("edu:e1"), lines.completed("edu:e1"))
    desk.hears(lines.published("m1", "module"))
    past = text_of(browse(desk).get(f"{PAGE}?at=12.03.2026 13:02").text)
    now = text_of(browse(desk).get(PAGE).text)
    assert "Это прошлое" in past
    assert "ждёт каталога" in past
    assert "сегодня: засчитано, 5 баллов" in past
    assert "Ответ пользователю" not in past
    assert "Это прошлое" not in now


def test_an_entry_that_was_not_known_then_is_a_ghost(browse: Browse) -> None:
    desk = Desk(lines.registered("edu:e1"), lines.completed("edu:e1"), lines.completed("edu:e1", "m2"))
    html = browse(desk).get(f"{PAGE}?step=4").text
    assert html.count('class="ghost"') == 1
    assert "ещё нет" in text_of(html)


def test_a_typed_moment_is_read_in_the_page_s_own_form_and_a_wrong_one_is_said(browse: Browse) -> None:
    desk = linked_desk()
    page = browse(desk)
    assert "Это прошлое" in page.get(f"{PAGE}?at=12.03.2026 13:04").text
    wrong = page.get(f"{PAGE}?at=вчера")
    assert "Такой даты нет" in wrong.text
    assert "Это прошлое" not in wrong.text


def test_before_the_link_the_page_shows_the_account_that_was_known(browse: Browse) -> None:
    past = text_of(browse(linked_desk()).get(f"{PAGE}?at=12.03.2026 13:04").text)
    assert "Засчитано 5 баллов: 1 из 1 активности." in past
    assert "edu:e1" in past


def test_before_anything_was_known_the_page_says_so(browse: Browse) -> None:
    assert "ещё не знала" in browse(linked_desk()).get(f"{PAGE}?at=01.01.2020 10:00").text


def test_the_history_tells_cause_and_effect_in_one_chain(browse: Browse) -> None:
    html = browse(linked_desk()).get(PAGE).text
    assert len(re.findall('<li class="chain">', html)) >= 4
    assert re.search(r'class="ev l2"[^>]*><i class="tie', html)


def test_filters_narrow_the_history_and_the_activities(browse: Browse) -> None:
    page = browse(linked_desk())
    assert "Под отбор ничего не попало" in page.get(f"{PAGE}?events=faults").text
    counted = page.get(f"{PAGE}?credits=counted").text
    assert counted.count("data-row") == 1
    assert page.get(f"{PAGE}?credits=nonsense&events=nonsense&shown=-5&around=x&step=99999999999").status_code == 200


def test_a_long_history_shows_its_end_and_a_link_to_what_is_before(browse: Browse) -> None:
    many = [lines.completed("edu:e1", f"m{number}") for number in range(150)]
    desk = Desk(lines.registered("edu:e1"), *many)
    page = browse(desk)
    html = page.get(PAGE).text
    assert "Показать более ранние" in html
    assert "модуль m149" in html
    assert 'id="e3"' not in html
    assert 'id="e3"' in page.get(f"{PAGE}?around=3").text


def test_many_activities_show_the_latest_and_a_link_to_the_rest(browse: Browse) -> None:
    many = [lines.completed("edu:e1", f"m{number}", f"2025-{number % 12 + 1:02}-01") for number in range(70)]
    page = browse(Desk(lines.registered("edu:e1"), *many))
    assert page.get(PAGE).text.count("data-row") == 50
    assert "Показать более ранние: 20" in text_of(page.get(PAGE).text)
    assert page.get(f"{PAGE}?rows=100").text.count("data-row") == 70


def test_nothing_of_a_message_becomes_markup(browse: Browse) -> None:
    desk = Desk(
        lines.published("m1", "module", title=NASTY, provider=NASTY),
        lines.registered("edu:e1", full_name=NASTY, email=NASTY, specialties=[NASTY]),
        lines.cycle("edu:e1", cycle_id=NASTY, specialty=NASTY),
        lines.completed("edu:e1"),
        reversal_for(NASTY),
    )
    page = browse(desk)
    for address in (PAGE, f"{PAGE}?step=5", f"{PAGE}/answer", f"{PAGE}/replay", f"{PAGE}/ask?portal=edu"):
        html = page.get(address).text
        assert "<script>alert" not in html
        assert "<img src=x" not in html
        assert "49" not in re.findall(r"\{\{.*?\}\}", html)


def test_the_answer_to_the_user_names_reasons_and_no_codes(browse: Browse) -> None:
    text = text_of(browse(linked_desk()).get(f"{PAGE}/answer").text)
    assert "Здравствуйте!" in text
    assert "ждёт каталога" in text
    assert lines.CODE[:4] not in text


def test_a_replay_finds_spoiled_rows_and_repairs_them(browse: Browse) -> None:
    desk = linked_desk()
    live = desk.views.live("learning_plan")
    owner = account_stream(Account.parse("edu:e1"))
    desk.views.mend({live: Changes(deletes={"entries": [(owner, (owner, CODE_KEY))]})})
    page = browse(desk)
    html = page.get(f"{PAGE}/replay").text
    assert "Отличий: 1" in text_of(html)
    assert lines.CODE not in html
    assert page.post(f"{PAGE}/replay").status_code == 303
    assert "всё совпадает" in page.get(f"{PAGE}/replay").text


def test_asking_again_is_previewed_and_then_written(browse: Browse) -> None:
    desk = linked_desk()
    page = browse(desk)
    before = desk.store.head()
    assert "Пока ничего не записано" in page.get(f"{PAGE}/ask?portal=edu").text
    assert desk.store.head() == before
    assert page.post(f"{PAGE}/ask", data={"portal": "edu"}).status_code == 303
    assert desk.store.head() > before
    assert page.get(f"{PAGE}/ask?portal=elsewhere").status_code == 404


def test_a_report_is_a_file_in_both_formats(browse: Browse) -> None:
    page = browse(Desk(*LINKED_PERSON, lines.cycle("edu:e1")))
    for written_as, begin in (("pdf", b"%PDF"), ("csv", b"")):
        answer = page.get(f"{PAGE}/report?cycle=c1&format={written_as}")
        assert (answer.status_code, answer.content[: len(begin)]) == (200, begin)
        assert lines.CODE not in answer.headers["content-disposition"]


def test_words_take_the_form_that_the_number_asks_for(browse: Browse) -> None:
    one = Desk(lines.published("m1", "module", lines.row(1)), lines.registered("edu:e1"), lines.completed("edu:e1"))
    shown = text_of(browse(one).get(PAGE).text)
    assert "Засчитан 1 балл: 1 из 1 активности." in shown
    assert "1 балл " in shown
    assert "1 баллов" not in shown


def test_a_moment_to_come_is_said_to_be_one(browse: Browse) -> None:
    page = browse(linked_desk())
    assert "ещё не наступил" in page.get(f"{PAGE}?at=01.01.2099 10:00").text
    assert page.get(f"{PAGE}?at=9999-12-31").status_code == 200


def test_english_pages_hold_no_russian_but_what_messages_say(browse: Browse) -> None:
    page = browse(linked_desk())
    page.cookies.set("lang", "en")
    theirs = r"<title>.*?</title>|<bdi.*?</bdi>|<pre>.*?</pre>|lang=\"ru\".*?</a>"
    shown = text_of(re.sub(theirs, "", page.get(PAGE).text, flags=re.DOTALL))
    assert "5 credits count: 1 of 2 entries." in shown
    rest = shown.replace("НМО", "").replace("Русский", "").replace("СНИЛС", "")
    assert re.findall("[а-яё]{4,}", rest) == []


def test_an_entry_has_an_opaque_name() -> None:
    assert entry_id(CODE_KEY) != entry_id("module:m1:2025-05-12")
    assert lines.CODE not in str(entry_id(CODE_KEY))


def test_raw_data_is_json_with_masks(browse: Browse) -> None:
    html = browse(Desk(*LINKED_PERSON, *LINKED)).get(PAGE).text
    raw = [json.loads(found.replace("&#34;", '"')) for found in re.findall(r"<pre>(.*?)</pre>", html, flags=re.DOTALL)]
    assert {"position", "type", "recorded_at"} <= raw[0].keys()
    assert all("@example" not in str(each) for each in raw)


def test_a_case_that_waits_for_a_decision_stands_on_the_page(browse: Browse) -> None:
    desk = Desk(
        lines.registered("sovetnmo:s1", snils="112-233-445 95"),
        lines.registered("edu:e1", snils="087-654-303 00"),
        *LINKED,
    )
    shown = text_of(browse(desk).get(PAGE).text)
    assert "ждёт решения" in shown
    assert "/console/decisions" in browse(desk).get(PAGE).text


@pytest.mark.parametrize(
    "written", ["AB12-CDEF3456", "AB12CDEF3456", "ab12cdef3456", "AB12\u2011CDEF3456", "code:AB12CDEF3456"]
)
def test_a_code_is_hidden_however_somebody_wrote_it_into_a_reason(written: str) -> None:
    assert "3456" not in hidden_codes(f"код {written}, ошибка")


@pytest.mark.parametrize(
    "text", ["7d5faae1-ea61-5ebd-a1e3-1dccde7af881", "непрерывное", "accreditation", "2026-03-12 10:20"]
)
def test_what_is_no_code_stays(text: str) -> None:
    assert hidden_codes(text) == text


def test_a_module_shows_the_code_that_came_with_it_unless_somebody_else_has_that(browse: Browse) -> None:
    own = Desk(lines.issued(activity_id="m1"), lines.completed("edu:e1", code=lines.CODE))
    taken = Desk(lines.issued(activity_id="m1"), lines.activated("edu:e2"), lines.completed("edu:e1", code=lines.CODE))
    activities = [browse(desk).get(PAGE).text.partition('id="history"')[0] for desk in (own, taken)]
    assert [f"{lines.CODE[:4]}-••••••••" in shown for shown in activities] == [True, False]
