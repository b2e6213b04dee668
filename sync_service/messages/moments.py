"""The two kinds of time in messages: calendar dates, and instants with the offset that they were written with."""

import re
from datetime import MAXYEAR, MINYEAR, UTC, date, datetime, timedelta
from typing import Annotated, Final, NamedTuple

from pydantic import BeforeValidator, ValidationInfo, WithJsonSchema

from sync_service.messages.faults import Kind, fault, wrong_type

BELIEVED_AHEAD: Final = timedelta(days=1)
"""So far ahead of the receipt an instant may be; a portal's clock may be wrong, and a typing error is a century."""

_DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_MINUTES = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]"
_SECONDS = r":[0-5][0-9](?:\.[0-9]+)?"
_INSTANT = rf"{_DATE}[Tt]{_MINUTES}{_SECONDS}(?:[Zz]|[+-]{_MINUTES})"
_EDGES = (MINYEAR, MAXYEAR)
_is_date = re.compile(_DATE).fullmatch
_is_instant = re.compile(_INSTANT).fullmatch
_is_local_time = re.compile(rf"{_DATE}[Tt ]{_MINUTES}(?:{_SECONDS})?").fullmatch


class Receipt(NamedTuple):
    """When a message was received: the context in which its instants are judged."""

    now: datetime
    latest: datetime
    """The last instant that is believed."""

    today: date
    """An instant whose own date lies before it needs no comparison with `latest`, which is slow between offsets."""

    @classmethod
    def at(cls, now: datetime) -> "Receipt":
        """The receipt at an instant."""
        return cls(now, now + BELIEVED_AHEAD, now.astimezone(UTC).date())


def _instant(value: object, info: ValidationInfo) -> datetime:
    """Read an instant; the validation's context, if there is one, is its Receipt."""
    if isinstance(value, str):
        instant = _parsed(value)
    elif isinstance(value, datetime) and value.tzinfo is not None:  # in code, never in JSON
        instant = value
    else:
        raise fault(Kind.TYPE, **wrong_type("text", value))
    if instant.year in _EDGES:
        _refuse_out_of_range(instant)
    receipt: Receipt | None = info.context
    if receipt is not None and instant.date() >= receipt.today and instant > receipt.latest:
        raise fault(Kind.INSTANT_AHEAD, days=(instant - receipt.now).days)
    return instant


def _parsed(text: str) -> datetime:
    if not _is_instant(text):
        raise fault(Kind.INSTANT_OFFSET if _is_local_time(text) else Kind.INSTANT_FORM)
    try:
        return datetime.fromisoformat(text if text[-1] != "z" else text.upper())
    except ValueError:
        raise fault(Kind.INSTANT_UNKNOWN) from None


def _refuse_out_of_range(instant: datetime) -> None:
    """At the calendar's edges an offset may lead to a year that does not exist."""
    try:
        instant.astimezone(UTC)
    except OverflowError:
        raise fault(Kind.INSTANT_UNKNOWN) from None


def _local_date(value: object) -> date:
    """Read `YYYY-MM-DD` and nothing more."""
    if isinstance(value, str):
        if not _is_date(value):
            raise fault(Kind.DATE_FORM)
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise fault(Kind.DATE_UNKNOWN) from None
    if isinstance(value, date) and not isinstance(value, datetime):  # in code, never in JSON
        return value
    raise fault(Kind.TYPE, **wrong_type("text", value))


Instant = Annotated[
    datetime,
    BeforeValidator(_instant),
    WithJsonSchema({"type": "string", "format": "date-time", "pattern": f"^{_INSTANT}$"}),
]
"""A moment, RFC 3339 with its offset; its `.date()` is the local calendar date as written, never converted."""

LocalDate = Annotated[
    date,
    BeforeValidator(_local_date),
    WithJsonSchema({"type": "string", "format": "date", "pattern": f"^{_DATE}$"}),
]
"""A calendar date without a time: Russia spans eleven time zones, so no day is ever derived from an instant."""
