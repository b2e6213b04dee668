"""Lengths of time, times of day and counts in sentences to operators, with the forms that Russian numbers ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sync_service.sentences.words import Sentence, form

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    Forms = tuple[str, str, str]

MINUTE_S: Final = 60
HOUR_S: Final = 3600
DAY_S: Final = 86_400

REPLICAS: Forms = ("копия", "копии", "копий")
PEOPLE: Forms = ("человек", "человека", "человек")
MESSAGES: Forms = ("сообщение", "сообщения", "сообщений")
EVENTS: Forms = ("событие", "события", "событий")
LETTERS: Forms = ("письмо", "письма", "писем")
FAULTS: Forms = ("неполадка", "неполадки", "неполадок")
TIMES: Forms = ("раз", "раза", "раз")
_UNITS: Final = (
    (DAY_S, ("день", "дня", "дней"), "day"),
    (HOUR_S, ("час", "часа", "часов"), "hour"),
    (MINUTE_S, ("минуту", "минуты", "минут"), "minute"),
    (1, ("секунду", "секунды", "секунд"), "second"),
)


def lasting(seconds: float) -> Sentence:
    """How long something has lasted, in one unit: «41 минуту», "41 minutes"."""
    for unit_s, forms, english in _UNITS:
        if seconds >= unit_s or unit_s == 1:
            value = max(0, round(seconds / unit_s))
            return Sentence(counted(value, forms), f"{grouped(value)} {english}{'' if value == 1 else 's'}")
    raise AssertionError


def counted(value: int, forms: Forms) -> str:
    """A number with its Russian word: «1 284 копии»."""
    return f"{grouped(value)} {form(value, *forms, forms[1])}"


def counted_en(value: int, one: str, many: str | None = None) -> str:
    """A number with its English word."""
    return f"{value:,} {one if value == 1 else many or f'{one}s'}"


def grouped(value: int) -> str:
    """A number by thousands, as Russian writes it: «1 284»."""
    return f"{value:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def clock(moment: datetime, now: datetime, zone: tzinfo) -> Sentence:
    """Since when: the time of day, and the day too if it is another one: «14:18», «20.05, 14:18»."""
    local, today = moment.astimezone(zone), now.astimezone(zone)
    time = f"{local:%H:%M}"
    if local.date() == today.date():
        return Sentence(time, time)
    return Sentence(f"{local:%d.%m}, {time}", f"{local:%d %b}, {time}")


def waits(count: int) -> str:
    """«ждёт» or «ждут», to go before a number."""
    return form(count, "ждёт", "ждут", "ждут", "ждут")
