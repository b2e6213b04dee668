"""The chain's links are what they were in every version, and depend on everything in a row."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec
import pytest

from sync_service.audit_chain import FIRST_LINK, Anchor, chained, link_of, walk
from sync_service.auditing import CaseMalformed, Door, Look, case_number

KEY = bytes(range(32))
AT = datetime(2026, 3, 12, 10, 0, 0, 5, tzinfo=UTC)
LOOK = Look(
    "https://id.example|17",
    "Анна",
    ("support", "viewer"),
    Door.CONSOLE,
    "person.seen",
    UUID(int=7),
    "17/5",
    "email@edu",
)
GOLDEN = "14ca1aadd78749a6e36ce6bac61805c985db707d4480cca676054b618b48c5c1"


def test_a_link_is_what_it_was_when_it_was_recorded() -> None:
    """Whoever upgrades must find the old log whole: this value may never change."""
    assert link_of(KEY, FIRST_LINK, chained(1, AT, LOOK)).hex() == GOLDEN


@pytest.mark.parametrize(
    "other",
    [
        {"who": "https://id.example|1"},
        {"name": "7Анна"},
        {"roles": ("supportviewer",)},
        {"roles": ()},
        {"door": Door.API},
        {"act": "person.see"},
        {"whom": None},
        {"whom": UUID(int=8)},
        {"case": None},
        {"case": ""},
        {"detail": "email@ed"},
        {"case": "17/5e", "detail": "mail@edu"},
        {"who": "https://id.example|17А", "name": "нна"},
    ],
)
def test_every_part_of_a_look_and_where_it_ends_are_in_the_link(other: dict[str, object]) -> None:
    row = chained(1, AT, LOOK)
    altered = chained(1, AT, msgspec.structs.replace(LOOK, **other))
    assert link_of(KEY, FIRST_LINK, row) != link_of(KEY, FIRST_LINK, altered)


def test_the_number_the_instant_the_key_and_the_link_before_are_in_the_link() -> None:
    row = chained(1, AT, LOOK)
    links = {
        link_of(KEY, FIRST_LINK, row),
        link_of(KEY, FIRST_LINK, chained(2, AT, LOOK)),
        link_of(KEY, FIRST_LINK, chained(1, AT + timedelta(microseconds=1), LOOK)),
        link_of(KEY[::-1], FIRST_LINK, row),
        link_of(KEY, KEY, row),
    }
    assert len(links) == 5


def test_one_altered_row_is_one_fault_and_the_chain_goes_on_behind_it() -> None:
    rows, link = [], FIRST_LINK
    for number in range(1, 6):
        row = chained(number, AT, LOOK)
        link = link_of(KEY, link, row)
        rows.append(row._replace(link=link))
    rows[2] = rows[2]._replace(name="Борис")
    assert [fault.number for fault in walk(KEY, rows, Anchor(5, link))] == [3]
    assert [fault.number for fault in walk(KEY, rows[:4], Anchor(5, link))] == [3, 5]
    assert [fault.number for fault in walk(KEY, [], Anchor(5, link))] == [1]
    assert [fault.number for fault in walk(KEY, [], None)] == []


@pytest.mark.parametrize(
    "text", ["17", "INC-2026/000123", " № 12 ", "Обращение 5 (повторное)", "SD#47:11", "2026.11.22-17"]
)
def test_numbers_of_cases_are_taken_as_they_are_written(text: str) -> None:
    assert case_number(text) == " ".join(text.split())


@pytest.mark.parametrize(
    "text",
    [
        *("", "no digit", "a@b.c 1", "112-233-445 95", "11223344595", "AB12-CDEF3456", "1\n<"),
        *("112.233.445.95", "AB12.CDEF3456", "edu:e1", "по Edu: 100200300"),
    ],
)
def test_what_may_be_personal_is_refused(text: str) -> None:
    with pytest.raises(CaseMalformed):
        case_number(text)
