"""The parked messages' pages: everything is seen before it is written, and every text of a message is text."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING

import pytest

from sync_service.questions.letters import latest_letters
from tests.model import lines
from tests.unit.console.browsing import SOMEBODY
from tests.unit.support_desk import EDU, Desk
from tests.unit.test_letters import mended, without_date

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.testclient import TestClient

    from tests.unit.console.browsing import Browser

SIGNED = {"reason": "Дата подтверждена"}
EVIL = "</textarea><script>alert('1')</script>\"'<b>\u202e{{7*7}}" + "я" * 900


def seen_in(page: str) -> str:
    """What the preview on the page is known by."""
    return page.partition('name="seen" value="')[2].partition('"')[0]


def one(desk: Desk) -> str:
    """The address of the message that came first."""
    return f"/console/parked/{latest_letters(desk.store, 0, 99)[-1].id}"


def test_a_new_console_has_nothing_to_sort_out(browse: Callable[[Desk], TestClient]) -> None:
    visitor = browse(Desk())
    assert "Разбирать нечего." in visitor.get("/console/parked").text
    assert "Сообщений ещё не было." in visitor.get("/console/").text
    assert "Ни одно сообщение ещё не откладывали." in visitor.get("/console/parked?state=all").text


def test_what_waits_is_counted_in_the_navigation_and_on_the_first_page(browse: Callable[[Desk], TestClient]) -> None:
    page = browse(Desk(without_date(), b"{")).get("/console/").text
    assert "Отложенные <b>2</b>" in page
    assert "сообщения отложены" in page


def test_every_error_stands_at_its_line(browse: Callable[[Desk], TestClient]) -> None:
    event = lines.decode(without_date())
    event["data"] |= {"title": "", "accreditation": [lines.row(5), {"audience": "x"}]}
    desk = Desk(lines.encode(event))
    page = unescape(browse(desk).get(one(desk)).text)
    assert "В сообщении 6 ошибок." in page
    marked = re.findall(
        r'<div class="err"><i[^>]*>\d+</i><span><bdi>\s*(.*?)</bdi></span></div>\s*<span class="note">(.*?)</span>',
        page,
    )
    assert ('"title": "",', "название (title): пустой текст") in marked
    assert (
        '"audience": "x"',
        "аудитория (accreditation.audience) на месте 2: не из перечня: doctors, nurses",
    ) in marked


def test_fields_and_senders_are_called_as_people_call_them(browse: Callable[[Desk], TestClient]) -> None:
    asked = lines.decode(lines.link_requested()) | {"id": "by-another", "source": "/portals/sovetnmo"}
    desk = Desk(without_date(), without_date("no-date-2"), lines.encode(asked))
    visitor = browse(desk)
    told = "sovetnmo не вправе присылать такие сообщения; их присылает только edu"
    grouped, every = (unescape(visitor.get(f"/console/parked{rest}").text) for rest in ("", "?state=all"))
    assert "нет обязательного поля: дата проведения" in grouped
    assert "held_on" not in grouped
    assert "нет обязательного поля: дата проведения (held_on)" in every
    for page in (grouped, every, visitor.get(f"/console/parked/{latest_letters(desk.store, 0, 1)[0].id}").text):
        assert told in page
        assert f"/portals/{told}" not in page
    assert "…" not in every


def test_an_account_leads_to_its_person_where_the_directory_knows_them(browse: Callable[[Desk], TestClient]) -> None:
    def page_of(*before: bytes) -> str:
        spoilt = lines.decode(lines.completed("edu:e1"))
        del spoilt["data"]["module_id"]
        desk = Desk(*before, lines.encode(spoilt))
        return browse(desk).get(one(desk)).text

    assert f'href="/console/people/{EDU}"' in page_of(lines.registered("edu:e1"))
    assert "/console/people/" not in page_of()


def test_checking_an_edit_shows_its_effect_and_writes_nothing(browse: Callable[[Desk], TestClient]) -> None:
    desk = Desk(lines.activated("sovetnmo:s1", activity_id="ev1"), without_date())
    head = desk.store.head()
    page = browse(desk).post(one(desk), data={"act": "preview", "edited": mended(without_date()).decode()}).text
    assert "Что произойдёт. Пока ничего не записано" in page
    assert "У 1 человека баллы за неё будут посчитаны заново." in page
    assert "Повторить исправленное" in page
    assert desk.store.head() == head


def test_an_edited_message_is_retried_as_it_was_shown(browse: Callable[[Desk], TestClient]) -> None:
    desk = Desk(without_date())
    visitor = browse(desk)
    edited = {"edited": mended(without_date()).decode()}
    seen = seen_in(visitor.post(one(desk), data={"act": "preview", **edited}).text)
    answer = visitor.post(one(desk), data={"act": "retry", "seen": seen, **edited, **SIGNED})
    assert (answer.status_code, answer.headers["location"]) == (303, one(desk))
    page = visitor.get(one(desk)).text
    assert "принято" in page
    assert SOMEBODY in page
    assert "Дата подтверждена" in page
    assert 'class="fixd"' in page
    assert desk.store.counts().parked == 0


def test_what_moved_since_the_preview_is_shown_anew_instead_of_written(browse: Callable[[Desk], TestClient]) -> None:
    desk = Desk(without_date())
    visitor = browse(desk)
    edited = {"edited": mended(without_date()).decode()}
    seen = seen_in(visitor.post(one(desk), data={"act": "preview", **edited}).text)
    desk.hears(lines.published("ev1", title="Другое название"))
    answer = visitor.post(one(desk), data={"act": "retry", "seen": seen, **edited, **SIGNED})
    assert "Пока вы смотрели, пришло новое." in answer.text
    assert desk.store.counts().parked == 1


def test_nothing_is_done_without_a_reason(browse: Callable[[Desk], TestClient]) -> None:
    desk = Desk(without_date())
    signed = {"reason": "  "}
    visitor = browse(desk)
    for address, form in ((one(desk), {"act": "retry"}), (f"{one(desk)}/discard", {})):
        answer = visitor.post(address, data={**form, **signed})
        assert answer.status_code == 422
        assert "Ничего не изменено" in answer.text
    assert latest_letters(desk.store, 0, 9)[0].is_open


def test_a_discarded_message_says_who_and_why_and_cannot_be_decided_again(
    browse: Callable[[Desk], TestClient],
) -> None:
    desk = Desk(without_date())
    visitor = browse(desk)
    assert visitor.get(f"{one(desk)}/discard").status_code == 200
    assert visitor.post(f"{one(desk)}/discard", data=SIGNED).status_code == 303
    page = visitor.get(one(desk)).text
    assert "не применяем" in page
    assert SOMEBODY in page
    assert "<textarea" not in page
    for address, form in ((one(desk), {"act": "retry"}), (f"{one(desk)}/discard", {})):
        assert visitor.post(address, data={**form, **SIGNED}).status_code == 422


def test_all_of_one_cause_are_retried_at_once_and_what_still_cannot_be_stays(
    browse: Callable[[Desk], TestClient],
) -> None:
    """Their time was ahead of ours; once it has come, all but the one that is wrong otherwise can be applied."""
    ahead = [
        lines.encode(
            lines.decode(lines.published(f"ev{number}")) | {"id": f"m{number}", "time": "2026-03-14T12:00:00Z"}
        )
        for number in range(3)
    ]
    desk = Desk(*ahead)
    visitor = browse(desk)
    address = f"/console/parked/group/{latest_letters(desk.store, 0, 99)[-1].group}"
    assert "Как есть их применить нельзя." in visitor.get(address).text
    desk.now = desk.now.replace(day=15)
    page = visitor.get(address).text
    assert "Повторить 3\u00a0сообщения" in page
    answer = visitor.post(address, data={"seen": seen_in(page), **SIGNED})
    assert answer.headers["location"] == "/console/parked?stored=3&left=0"
    assert "Принято: 3." in visitor.get(answer.headers["location"]).text
    assert desk.store.counts().parked == 0
    assert {(one.decided_by or "").partition(" [")[0] for one in latest_letters(desk.store, 0, 9)} == {SOMEBODY}
    assert visitor.get(address).status_code == 404


def test_a_group_that_changed_since_it_was_shown_is_shown_again(browse: Callable[[Desk], TestClient]) -> None:
    desk = Desk(lines.encode(lines.decode(lines.published()) | {"id": "m", "time": "2026-03-14T12:00:00Z"}))
    desk.now = desk.now.replace(day=15)
    visitor = browse(desk)
    address = f"/console/parked/group/{latest_letters(desk.store, 0, 99)[-1].group}"
    answer = visitor.post(address, data={"seen": "something else", **SIGNED})
    assert answer.headers["location"] == f"{address}?moved=1"
    assert "пришло новое" in visitor.get(answer.headers["location"]).text


@pytest.mark.parametrize("field", ["id", "source", "type", "subject", "title", "provider", "activity_id", "place"])
def test_every_text_of_a_message_is_shown_as_text(browse: Callable[[Desk], TestClient], field: str) -> None:
    event = lines.decode(without_date())
    event["data" if field in event["data"] or field == "place" else field] = (
        event["data"] | {field: EVIL} if field in event["data"] or field == "place" else EVIL
    )
    desk = Desk(lines.encode(event))
    visitor = browse(desk)
    found = latest_letters(desk.store, 0, 9)[0]
    edited = {"edited": mended(lines.encode(event)).decode()}
    pages = [visitor.get(address) for address in ("/console/parked", "/console/parked?state=all", one(desk))]
    pages += [visitor.get(f"/console/parked/group/{found.group}"), visitor.get(f"{one(desk)}/discard")]
    pages += [visitor.post(one(desk), data={"act": "preview", **edited})]
    for page in pages:
        assert page.status_code == 200
        assert "<script>alert" not in page.text
        assert page.text.count("</textarea>") == page.text.count("<textarea")
        assert "49" not in re.findall(r"\{\{.{0,9}", page.text)


@pytest.mark.parametrize(
    "value", [b"", b"\x00\xff", b"[" * 5_000, b"null", b'"text"', b"{" + b'"a":1,' * 3_000 + b'"b":2}']
)
def test_any_bytes_at_all_have_a_page(browse: Callable[[Desk], TestClient], value: bytes) -> None:
    desk = Desk(value)
    assert browse(desk).get(one(desk)).status_code == 200


def test_who_signs_with_something_evil_reads_it_as_text(browse: Callable[[Desk], Browser]) -> None:
    desk = Desk(without_date())
    visitor = browse(desk).sign_in(EVIL)
    visitor.post(f"{one(desk)}/discard", data={"reason": EVIL})
    assert "<script>alert" not in visitor.get(one(desk)).text
    assert "<script>alert" not in visitor.get("/console/parked?state=all").text
