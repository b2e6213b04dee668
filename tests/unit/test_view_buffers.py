"""What views' values are on the wire is what the driver itself would write."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from struct import pack

import pytest
from psycopg.adapt import PyFormat, Transformer

from sync_service.adapters.view_buffers import days, floats, micros, texts

MOSCOW = timezone(timedelta(hours=3))


def written_by_driver(value: object) -> bytes | None:
    found = Transformer().get_dumper(value, PyFormat.BINARY).dump(value)
    return None if found is None else bytes(found)


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 3, 12, 10, 0, 0, 123456, tzinfo=UTC),
        datetime(2000, 1, 1, tzinfo=UTC),
        datetime(1999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
        datetime(1, 1, 2, tzinfo=MOSCOW),
        datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
    ],
)
def test_an_instant_is_what_the_driver_writes(moment: datetime) -> None:
    assert pack(">q", micros(moment)) == written_by_driver(moment)


@pytest.mark.parametrize("day", [date(2025, 5, 12), date(2000, 1, 1), date(1, 1, 1), date(9999, 12, 31)])
def test_a_day_is_what_the_driver_writes(day: date) -> None:
    assert pack(">i", days(day)) == written_by_driver(day)


@pytest.mark.parametrize("values", [["a"], ["терапия", "", "x" * 300]])
def test_texts_are_what_the_driver_writes(values: list[str]) -> None:
    assert texts(values) == written_by_driver(values)


@pytest.mark.parametrize("values", [[1.5], [0.0, -3.25, 1e300]])
def test_numbers_are_what_the_driver_writes(values: list[float]) -> None:
    assert floats(values) == written_by_driver(values)


def test_empty_arrays_have_no_dimension() -> None:
    assert texts([])[:4] == floats([])[:4] == bytes(4)
