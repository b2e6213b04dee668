"""Dates, instants, numbers, lengths and words in both languages, as the design writes them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync_service.console.formats import Formats

MOSCOW = ZoneInfo("Europe/Moscow")
RU, EN = Formats("ru", MOSCOW), Formats("en", MOSCOW)
EARLIEST, LATEST = datetime(1990, 1, 1), datetime(2100, 1, 1)  # noqa: DTZ001 - hypothesis adds the zone
MOMENT = datetime(2026, 5, 21, 11, 32, 7, 512_000, tzinfo=UTC)


def spaced(text: str) -> str:
    """The text with every space an ordinary one."""
    return text.replace("\u00a0", " ").replace("\u202f", " ")


def test_a_date_in_a_sentence_and_in_a_table() -> None:
    assert spaced(RU.date(date(2025, 5, 12))) == "12 мая 2025 года"
    assert spaced(EN.date(date(2025, 5, 12))) == "12 May 2025"
    assert spaced(RU.short_date(date(2023, 11, 24))) == "24 нояб. 2023"
    assert spaced(EN.short_date(date(2023, 11, 24))) == "24 Nov 2023"
    assert spaced(RU.long_day(date(2026, 5, 19))) == "19 мая 2026, вторник"
    assert spaced(EN.long_day(date(2026, 5, 19))) == "19 May 2026, Tuesday"


def test_an_instant_is_shown_in_the_console_s_zone() -> None:
    assert spaced(RU.instant_with_zone(MOMENT)) == "21 мая 2026, 14:32:07 МСК"
    assert spaced(EN.instant_with_zone(MOMENT)) == "21 May 2026, 14:32:07 MSK"
    assert spaced(RU.instant(MOMENT)) == "21 мая 2026, 14:32:07"
    assert RU.clock(MOMENT) == "14:32:07"
    assert RU.short_clock(MOMENT) == "14:32"
    assert RU.machine(MOMENT) == "2026-05-21T11:32:07Z"
    assert Formats("ru", ZoneInfo("Asia/Irkutsk")).zone_name == "Asia/Irkutsk"


@pytest.mark.parametrize("formats", [RU, EN], ids=["ru", "en"])
@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("12.03.2026 10:20", datetime(2026, 3, 12, 10, 20, 59, 999_999, tzinfo=MOSCOW)),
        ("2026-03-12 10:20", datetime(2026, 3, 12, 10, 20, 59, 999_999, tzinfo=MOSCOW)),
        ("2026-03-12T10:20", datetime(2026, 3, 12, 10, 20, 59, 999_999, tzinfo=MOSCOW)),
        (" 12.03.2026,  10:20:30 ", datetime(2026, 3, 12, 10, 20, 30, tzinfo=MOSCOW)),
        ("12.03.2026", datetime(2026, 3, 12, 23, 59, 59, 999_999, tzinfo=MOSCOW)),
        ("2026-03-12", datetime(2026, 3, 12, 23, 59, 59, 999_999, tzinfo=MOSCOW)),
        ("2026-03-12T10:20:30+05:00", datetime(2026, 3, 12, 5, 20, 30, tzinfo=UTC)),
        ("2026-03-12T10:20:30Z", datetime(2026, 3, 12, 10, 20, 30, tzinfo=UTC)),
    ],
)
def test_what_people_type_is_read_in_either_language_s_form(formats: Formats, typed: str, expected: datetime) -> None:
    assert formats.read(typed) == expected


@pytest.mark.parametrize(
    "typed", ["", "вчера", "32.01.2026 10:00", "2026-13-01", "12.03.2026 25:00", "1", "12.03", "2026-13-01T10:20:30Z"]
)
def test_what_is_no_instant_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match="no date and time"):
        RU.read(typed)


@given(st.datetimes(EARLIEST, LATEST, timezones=st.just(MOSCOW)))
def test_what_the_page_writes_into_its_field_it_reads_back(moment: datetime) -> None:
    for formats in (RU, EN):
        read = formats.read(formats.input(moment))
        assert formats.input(read) == formats.input(moment)
        assert read >= moment.replace(microsecond=0) or moment.fold


@pytest.mark.parametrize(
    ("value", "russian", "english"),
    [
        (0, "0", "0"),
        (999, "999", "999"),
        (1284, "1\u202f284", "1,284"),
        (48_213_907, "48\u202f213\u202f907", "48,213,907"),
    ],
)
def test_whole_numbers_are_grouped(value: int, russian: str, english: str) -> None:
    assert RU.number(value) == russian
    assert EN.number(value) == english


def test_fractions_and_shares() -> None:
    assert RU.fraction(0.4) == "0,4"
    assert EN.fraction(0.4) == "0.4"
    assert RU.fraction(4.0) == "4"
    assert RU.fraction(1234.56, 2) == "1\u202f234,56"
    assert RU.fraction(-0.5) == "−0,5"
    assert RU.fraction(-0.04) == "0"
    assert RU.share(0.99985) == "99,985\u00a0%"
    assert EN.share(0.99985) == "99.985%"


@pytest.mark.parametrize(
    ("seconds", "russian", "english"),
    [
        (0, "0 с", "0 s"),
        (0.4, "0,4 с", "0.4 s"),
        (9.96, "10 с", "10 s"),
        (45.4, "45 с", "45 s"),
        (59.7, "1 мин", "1 min"),
        (41 * 60, "41 мин", "41 min"),
        (3600 - 1, "1 ч", "1 h"),
        (3600 + 52 * 60, "1 ч 52 мин", "1 h 52 min"),
        (24 * 3600 - 1, "1 день", "1 day"),
        (3 * 86_400, "3 дня", "3 days"),
        (21 * 86_400, "21 день", "21 days"),
        (-5, "0 с", "0 s"),
    ],
)
def test_lengths_of_time(seconds: float, russian: str, english: str) -> None:
    assert spaced(RU.duration(seconds)) == russian
    assert spaced(EN.duration(timedelta(seconds=seconds))) == english


@pytest.mark.parametrize(
    ("value", "russian"),
    [
        (1, "1 балл"), (2, "2 балла"), (4, "4 балла"), (5, "5 баллов"), (11, "11 баллов"), (12, "12 баллов"),
        (14, "14 баллов"), (21, "21 балл"), (22, "22 балла"), (100, "100 баллов"), (111, "111 баллов"),
        (1.5, "1,5 балла"), (0, "0 баллов"), (1001, "1 001 балл"),
    ],
)  # fmt: skip
def test_a_word_takes_the_form_that_its_number_asks_for(value: float, russian: str) -> None:
    assert spaced(RU.count(value, "балл", "балла", "баллов", "credit")) == russian


def test_english_adds_an_s() -> None:
    assert spaced(EN.count(1, "балл", "балла", "баллов", "credit")) == "1 credit"
    assert spaced(EN.count(1.5, "балл", "балла", "баллов", "credit")) == "1.5 credits"
    assert EN.form(1, "ждёт", "ждут", "ждут", "waits", "wait") == "waits"
    assert EN.form(2, "ждёт", "ждут", "ждут", "waits", "wait") == "wait"
    assert RU.form(21, "ждёт", "ждут", "ждут", "waits") == "ждёт"


@pytest.mark.parametrize("shown", [RU.date(date(2025, 5, 12)), RU.duration(41 * 60), RU.share(0.5), RU.number(1000)])
def test_what_belongs_together_never_breaks(shown: str) -> None:
    assert " " not in shown
