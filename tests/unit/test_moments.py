"""Instants: how they are written, how they keep their offset, and how far ahead they are believed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from sync_service.messages.decoding import Message, decode
from sync_service.messages.portal_messages import AccountClosed, CodeActivated
from tests.unit.valid_messages import BODIES, NOW, enveloped, event, is_message, message, reasons, record

INSTANTS = [(kind, name) for kind, (_, body) in BODIES.items() for name in body if name.endswith("_at")]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2025-05-13T00:30:00+09:00", datetime(2025, 5, 12, 15, 30, tzinfo=UTC)),
        ("2025-05-12T15:30:00Z", datetime(2025, 5, 12, 15, 30, tzinfo=UTC)),
        ("2025-05-12t15:30:00z", datetime(2025, 5, 12, 15, 30, tzinfo=UTC)),
        ("2025-05-12T15:30:00-00:00", datetime(2025, 5, 12, 15, 30, tzinfo=UTC)),
        ("2025-05-12T15:30:00.5Z", datetime(2025, 5, 12, 15, 30, 0, 500_000, tzinfo=UTC)),
        ("2025-05-12T15:30:00.123456789Z", datetime(2025, 5, 12, 15, 30, 0, 123_456, tzinfo=UTC)),
        ("2025-05-12T12:00:00-03:30", datetime(2025, 5, 12, 15, 30, tzinfo=UTC)),
    ],
)
def test_an_instant_is_rfc_3339_with_its_offset(written: str, meant: datetime) -> None:
    body = message(event("account.closed.v1", closed_at=written)).body
    assert isinstance(body, AccountClosed)
    assert body.closed_at == meant


def test_an_instant_keeps_the_calendar_date_that_it_was_written_with() -> None:
    body = message(event("code.activated.v1", activated_at="2025-05-13T00:30:00+09:00")).body
    assert isinstance(body, CodeActivated)
    assert body.activated_at.date() == date(2025, 5, 13)
    assert body.activated_at.utcoffset() == timedelta(hours=9)


NO_OFFSET = "время без часового пояса / a time without its offset"
NO_INSTANT = "время не вида ГГГГ-ММ-ДДTчч:мм:сс±чч:мм / not an RFC 3339 time"
NO_SUCH_TIME = "такого времени не бывает / there is no such time"


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("2025-05-12T15:30:00", NO_OFFSET),
        ("2025-05-12 15:30", NO_OFFSET),
        ("2025-05-12", NO_INSTANT),
        ("2025-05-12 15:30:00Z", NO_INSTANT),
        ("2025-05-12T15:30Z", NO_INSTANT),
        ("2025-05-12T15:30:00+0300", NO_INSTANT),
        ("2025-05-12T15:30:00+03", NO_INSTANT),
        ("2025-05-12T15:30:00.Z", NO_INSTANT),
        ("2025-05-12T15:30:00,5Z", NO_INSTANT),
        ("2025-05-12T24:00:00Z", NO_INSTANT),
        ("2025-05-12T15:30:60Z", NO_INSTANT),
        ("2025-05-12T15:30:00+24:00", NO_INSTANT),
        ("2025-05-12T15:30:00+03:60", NO_INSTANT),
        ("20250512T153000Z", NO_INSTANT),
        ("٢025-05-12T15:30:00Z", NO_INSTANT),
        ("1747063800", NO_INSTANT),
        ("", NO_INSTANT),
        ("2025-02-30T15:30:00Z", NO_SUCH_TIME),
        ("0000-01-01T00:00:00Z", NO_SUCH_TIME),
        ("0001-01-01T00:00:00+00:01", NO_SUCH_TIME),
        ("9999-12-31T23:59:59-00:01", NO_SUCH_TIME),
    ],
)
def test_anything_else_is_no_instant(written: str, reason: str) -> None:
    assert reasons(event("account.closed.v1", closed_at=written)) == (f"data.closed_at: {reason}",)


def test_the_first_instant_of_the_calendar_is_one() -> None:
    assert isinstance(message(event("account.closed.v1", closed_at="0001-01-01T00:00:00Z")).body, AccountClosed)


@pytest.mark.parametrize(("kind", "name"), INSTANTS)
def test_no_instant_of_the_data_is_more_than_a_day_ahead_of_the_receipt(kind: str, name: str) -> None:
    a_day = NOW + timedelta(days=1)
    for offset in ("+00:00", "+12:00", "-11:30"):
        zone = datetime.fromisoformat(f"2025-01-01T00:00:00{offset}").tzinfo
        assert is_message(event(kind, **{name: a_day.astimezone(zone).isoformat()}))
        later = (a_day + timedelta(microseconds=1)).astimezone(zone).isoformat()
        assert reasons(event(kind, **{name: later})) == (
            f"data.{name}: время на 1 сут. впереди нашего / 1 d ahead of our time",
        )


def test_neither_is_the_time_of_the_message() -> None:
    assert is_message(enveloped(time=(NOW + timedelta(days=1)).isoformat()))
    assert reasons(enveloped(time="2026-03-05T09:00:00+03:00")) == (
        "time: время на 3 сут. впереди нашего / 3 d ahead of our time",
    )


def test_ahead_is_measured_from_the_receipt() -> None:
    waiting = record(enveloped(time="2026-03-04T00:00:00Z"))
    assert not isinstance(decode(waiting, NOW), Message)
    assert isinstance(decode(waiting, NOW + timedelta(days=1)), Message)


def test_a_date_may_lie_as_far_ahead_as_it_likes() -> None:
    assert is_message(event("cycle.opened.v1", ends_on="9999-12-31"))


def test_a_body_can_be_made_of_python_s_own_times() -> None:
    at = datetime(2025, 5, 12, 18, 30, tzinfo=UTC)
    made = AccountClosed(account_id="s-1", closed_at=at)
    assert made.closed_at is at
    assert made.model_dump(mode="json") == {"account_id": "s-1", "closed_at": "2025-05-12T18:30:00Z"}
