"""The search: whole values in any spelling; one hit opens at once, it says what it tried, no address is personal."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote_plus

import pytest

from sync_service.aggregates.values import Account, account_stream, code_stream
from sync_service.questions.letters import waiting_letters
from sync_service.questions.search import Kind, Skipped, search
from tests.model import lines
from tests.unit.support_desk import EDU, LINKED, SOVETNMO, Desk

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.testclient import TestClient

    from tests.unit.console.browsing import Browser

NAME = "Воронова Мария-Анна Сергеевна"
PEOPLE = (
    lines.registered("sovetnmo:s1", full_name=NAME, email="Voronova@Example.org", snils=lines.SNILS),
    lines.registered("edu:e1", full_name="Фёдоров Пётр", email="fedorov@example.org"),
    lines.registered("edu:e2", full_name=NAME, email="second@example.org"),
    lines.issued(),
    lines.activated("sovetnmo:s1"),
)
INJECTIONS = (
    "<script>alert(1)</script>",
    "\"'><img src=x onerror=alert(1)>",
    "\u202eevil\u202c{{ 7*7 }}",
    "я" * 1_000,
    "javascript:alert(1)",
    "' OR 1=1 --",
)


@pytest.fixture
def desk() -> Desk:
    return Desk(*PEOPLE)


def find(desk: Desk, text: str) -> list[str]:
    """The ids of what is found."""
    return sorted({str(hit.id) for hit in search(desk.views, desk.store, text).hits})


@pytest.mark.parametrize(
    "text",
    [
        "s1",
        " s1 ",
        "sovetnmo:s1",
        "SOVETNMO: s1",
        "voronova@example.org",
        " VORONOVA@EXAMPLE.ORG\t",
        "112-233-445 95",
        "11223344595",
        "112 233 445-95",
        "1\u200b12-233-445 95",
        SOVETNMO,
        SOVETNMO.upper(),
    ],
)
def test_a_person_is_found_by_any_whole_value(desk: Desk, text: str) -> None:
    assert find(desk, text) == [SOVETNMO]


@pytest.mark.parametrize("text", ["Фёдоров Пётр", "федоров  петр", "ПЁТР ФЁДОРОВ"])
def test_a_name_is_found_in_any_order_and_spelling(desk: Desk, text: str) -> None:
    assert find(desk, text) == [EDU]


@pytest.mark.parametrize("text", ["Фёдоров", "fedorov", "example.org", "112-233", "s", "%", "Фёдоров%", "AB12", "_1"])
def test_nothing_is_found_by_a_part(desk: Desk, text: str) -> None:
    assert find(desk, text) == []


@pytest.mark.parametrize("text", [lines.CODE, "ab12 cdef-3456", "АВ12-СDЕF3456", "«AB12–CDEF3456»"])
def test_a_code_is_found_in_any_spelling(desk: Desk, text: str) -> None:
    assert find(desk, text) == [str(code_stream(lines.CODE))]


def test_several_people_of_one_name_are_all_found(desk: Desk) -> None:
    assert len(find(desk, NAME)) == 2


def test_a_linked_person_is_one_by_either_account_and_by_the_id_that_was_absorbed() -> None:
    desk = Desk(*PEOPLE, lines.changed("edu:e1", snils=lines.SNILS), *LINKED)
    assert {tuple(find(desk, text)) for text in ("s1", "e1", SOVETNMO, EDU, "11223344595")} == {(EDU,)}


def test_a_parked_message_is_found_by_its_id(desk: Desk) -> None:
    desk.hears(b"{")
    parked = str(waiting_letters(desk.store)[0].id)
    assert find(desk, parked) == [parked]


def test_what_was_not_tried_is_said_with_the_reason(desk: Desk) -> None:
    skipped = {attempt.kind: attempt.skipped for attempt in search(desk.views, desk.store, "АВ12-3456789").attempts}
    assert skipped == {
        Kind.ACCOUNT: None,
        Kind.CODE: Skipped.WRONG_LENGTH,
        Kind.EMAIL: Skipped.NO_AT,
        Kind.SNILS: Skipped.HAS_LETTERS,
        Kind.NAME: Skipped.HAS_DIGITS,
        Kind.ID: Skipped.NO_DASHED_ID,
    }


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("voronova@example.org", f"/console/people/{SOVETNMO}"),
        ("e1", f"/console/people/{EDU}"),
        (lines.CODE, f"/console/codes/{code_stream(lines.CODE)}"),
    ],
)
def test_one_hit_opens_at_once_under_an_address_that_says_nothing(
    browse: Callable[[Desk], TestClient], desk: Desk, text: str, address: str
) -> None:
    answer = browse(desk).post("/console/search", data={"q": text})
    assert answer.status_code == 303
    assert answer.headers["location"] == address


def test_several_hits_are_listed_with_the_reason_and_without_the_name(
    browse: Callable[[Desk], TestClient], desk: Desk
) -> None:
    visitor = browse(desk)
    answer = visitor.post("/console/search", data={"q": NAME})
    page = visitor.get(answer.headers["location"]).text
    assert "Нашлось 2 совпадения" in page
    assert "по имени в edu" in page
    assert "В••• М••• С•••" in page
    assert NAME not in page
    assert NAME.split(maxsplit=1)[0] not in unquote_plus(answer.headers["location"])


def test_an_address_of_hits_that_somebody_made_up_shows_nothing_evil(
    browse: Callable[[Desk], TestClient], desk: Desk
) -> None:
    visitor = browse(desk)
    for name in ("person", "person.x.email", f"person.{EDU}.nonsense", f"person.{EDU}.email.<script>", "." * 500):
        assert visitor.get("/console/search", params={"hit": name}).headers["location"] == "/console/"


def test_nothing_found_says_how_a_code_is_wrong(browse: Callable[[Desk], TestClient], desk: Desk) -> None:
    page = browse(desk).post("/console/search", data={"q": "АВ12-3456789"}).text
    assert "в нём 11 знаков, а нужно 12" in page
    assert "не искали: есть буквы" in page
    page = browse(desk).post("/console/search", data={"q": "АВ12-34567Ю89"}).text
    assert "знака № 11 в кодах не бывает" in page


def test_an_empty_search_and_a_search_by_address_lead_to_the_first_page(
    browse: Callable[[Desk], TestClient], desk: Desk
) -> None:
    visitor = browse(desk)
    assert visitor.post("/console/search", data={"q": "  "}).headers["location"] == "/console/"
    assert visitor.get(f"/console/search?q={NAME}").headers["location"] == "/console/"


@pytest.mark.parametrize("text", INJECTIONS, ids=range(len(INJECTIONS)))
def test_what_is_typed_comes_back_as_text(browse: Callable[[Desk], TestClient], desk: Desk, text: str) -> None:
    answer = browse(desk).post("/console/search", data={"q": text})
    assert answer.status_code == 200
    assert "<script>alert" not in answer.text
    assert "<img" not in answer.text
    typed = re.sub(r'name="csrf" value="\w+"', "", answer.text.partition("<main")[2].partition("</form>")[0])
    assert "49" not in typed
    assert "location" not in answer.headers


def test_a_surrogate_or_a_zero_breaks_nothing(browse: Callable[[Desk], Browser], desk: Desk) -> None:
    visitor = browse(desk)
    token = f"&csrf={visitor.csrf}".encode()
    assert visitor.post("/console/search", content=b"q=%00s1%00" + token).headers["location"].endswith(SOVETNMO)
    assert visitor.post("/console/search", content=b"q=%ed%a0%80").status_code == 422


def test_an_account_that_only_its_id_is_known_of_is_found_too(browse: Callable[[Desk], TestClient]) -> None:
    desk = Desk(lines.activated("edu:77120456"))
    found = str(account_stream(Account.parse("edu:77120456")))
    assert browse(desk).post("/console/search", data={"q": "77120456"}).headers["location"].endswith(found)
