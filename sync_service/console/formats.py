"""Dates, instants, numbers and lengths of time as people of each language write them, in the console's zone."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, TypeAlias

from sync_service.console.languages import said
from sync_service.sentences import words
from sync_service.sentences.words import Sentence, form

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from sync_service.console.languages import Language

Day: TypeAlias = date
"""A date, beside the method of that name."""

NO_BREAK = "\u00a0"
NARROW_NO_BREAK = "\u202f"
NO_INSTANT = "no date and time"

MINUTE_S, HOUR_S, DAY_S = 60, 3600, 86_400

_SHORT_MONTHS = (
    Sentence("янв.", "Jan"),
    Sentence("февр.", "Feb"),
    Sentence("мар.", "Mar"),
    Sentence("апр.", "Apr"),
    Sentence("мая", "May"),
    Sentence("июня", "Jun"),
    Sentence("июля", "Jul"),
    Sentence("авг.", "Aug"),
    Sentence("сент.", "Sep"),
    Sentence("окт.", "Oct"),
    Sentence("нояб.", "Nov"),
    Sentence("дек.", "Dec"),
)
_WEEKDAYS = (
    Sentence("понедельник", "Monday"),
    Sentence("вторник", "Tuesday"),
    Sentence("среда", "Wednesday"),
    Sentence("четверг", "Thursday"),
    Sentence("пятница", "Friday"),
    Sentence("суббота", "Saturday"),
    Sentence("воскресенье", "Sunday"),
)
_ZONES = {"Europe/Moscow": Sentence("МСК", "MSK")}
_INPUTS = ("%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M", "%d.%m.%Y", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d")
_OFFSET = re.compile(r"(z|[+-]\d\d:?\d\d)$", re.IGNORECASE)


class Formats:
    """How one visit's pages write what is measured. Every method gives text without markup."""

    def __init__(self, language: Language, zone: ZoneInfo) -> None:
        self.language = language
        self.zone = zone

    @property
    def zone_name(self) -> str:
        """The zone of all instants; every page names it once."""
        known = _ZONES.get(self.zone.key)
        return said(known, self.language) if known else self.zone.key

    def local(self, moment: datetime) -> datetime:
        """An instant in the console's zone."""
        return moment.astimezone(self.zone)

    def date(self, day: Day) -> str:
        """A date in a sentence: «12 мая 2025 года»."""
        return said(words.day(day), self.language).replace(" ", NO_BREAK)

    def short_date(self, day: Day) -> str:
        """A date in a table: «24 нояб. 2023»."""
        return f"{day.day} {said(_SHORT_MONTHS[day.month - 1], self.language)} {day.year}".replace(" ", NO_BREAK)

    def long_day(self, day: Day) -> str:
        """A date as a heading, with its weekday: «19 мая 2026, вторник»."""
        weekday = said(_WEEKDAYS[day.weekday()], self.language)
        return f"{self._plain_date(day)}, {weekday}"

    def clock(self, moment: datetime) -> str:
        """The time of day, to the second: «14:32:07»."""
        return f"{self.local(moment):%H:%M:%S}"

    def short_clock(self, moment: datetime) -> str:
        """The time of day, to the minute: «14:32»."""
        return f"{self.local(moment):%H:%M}"

    def instant(self, moment: datetime) -> str:
        """An instant without its zone: «21 мая 2026, 14:32:07»."""
        return f"{self._plain_date(self.local(moment))}, {self.clock(moment)}"

    def instant_with_zone(self, moment: datetime) -> str:
        """An instant with its zone: «21 мая 2026, 14:32:07 МСК»."""
        return f"{self.instant(moment)}{NO_BREAK}{self.zone_name}"

    def input(self, moment: datetime) -> str:
        """An instant as people type it here: «12.03.2026 10:20», in English 2026-03-12 10:20."""
        return (
            f"{self.local(moment):%d.%m.%Y %H:%M}" if self.language == "ru" else f"{self.local(moment):%Y-%m-%d %H:%M}"
        )

    def machine(self, moment: datetime) -> str:
        """An instant for a machine (the `datetime` of a `time` element): RFC 3339, UTC."""
        return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")

    def read(self, text: str) -> datetime:
        """An instant that somebody typed: in the form of either language, or ISO with its own offset.

        A time without seconds is the end of its minute, a date alone the end of its day: what was known by then.
        Raises ValueError if it is none.
        """
        typed = " ".join(text.replace(",", " ").split())
        if _OFFSET.search(typed) and "T" in typed.upper().replace(" ", "T"):
            return _from_iso(typed.upper())
        plain = re.sub(r"(?<=\d)[Tt](?=\d)", " ", typed)
        for number, pattern in enumerate(_INPUTS):
            try:
                found = datetime.strptime(plain, pattern).replace(tzinfo=self.zone)
            except ValueError:
                continue
            rest = (timedelta(0), timedelta(minutes=1), timedelta(days=1))[number % 3]
            try:
                return found + rest - timedelta(microseconds=1) if rest else found
            except OverflowError:
                return found
        raise ValueError(NO_INSTANT)

    def number(self, value: int) -> str:
        """A whole number, by thousands: «48 213 907», in English 48,213,907."""
        return f"{value:,}".replace(",", NARROW_NO_BREAK) if self.language == "ru" else f"{value:,}"

    def fraction(self, value: float, digits: int = 1) -> str:
        """A number with at most so many digits after the comma, without needless zeros: «0,4»."""
        whole, _, rest = f"{value:.{digits}f}".partition(".")
        rest = rest.rstrip("0")
        shown = self.number(int(whole)).lstrip("-")
        mark = "," if self.language == "ru" else "."
        sign = "−" if value < 0 and (int(whole) or rest) else ""
        return f"{sign}{shown}{mark}{rest}" if rest else f"{sign}{shown}"

    def share(self, part: float, digits: int = 3) -> str:
        """A part of one as a percentage: «99,985 %», in English 99.985%."""
        return f"{self.fraction(part * 100, digits)}{NO_BREAK + '%' if self.language == 'ru' else '%'}"

    def duration(self, length: timedelta | float) -> str:
        """A length of time, seconds if a number: «0,4 с», «41 мин», «1 ч 52 мин», «3 дня»."""
        seconds = max(0.0, length.total_seconds() if isinstance(length, timedelta) else length)
        if seconds < 10:  # noqa: PLR2004 - from there on tenths are noise
            return self._with_unit(self.fraction(seconds), "с", "s")
        if round(seconds) < MINUTE_S:
            return self._with_unit(str(round(seconds)), "с", "s")
        minutes = round(seconds / MINUTE_S)
        if minutes < HOUR_S // MINUTE_S:
            return self._with_unit(str(minutes), "мин", "min")
        if minutes < DAY_S // MINUTE_S:
            hours, rest = divmod(minutes, 60)
            shown = self._with_unit(str(hours), "ч", "h")
            return f"{shown} {self._with_unit(str(rest), 'мин', 'min')}" if rest else shown
        return self.count(round(seconds / DAY_S), "день", "дня", "дней", "day")

    def count(self, value: float, one: str, few: str, many: str, english: str, fraction: str | None = None) -> str:
        """A number with its word in the right form: «5 баллов», «1,5 балла»; English adds an «s»."""
        shown = self.number(int(value)) if value == int(value) else self.fraction(value, 3)
        if self.language == "ru":
            return f"{shown}{NO_BREAK}{form(value, one, few, many, fraction or few)}"
        return f"{shown}{NO_BREAK}{english if value == 1 else f'{english}s'}"

    def credits(self, value: float) -> str:
        """So many credits: «5 баллов», «1,5 балла»."""
        return self.count(value, "балл", "балла", "баллов", "credit", "балла")

    def hours(self, value: float) -> str:
        """So many academic hours: «72 часа»."""
        return self.count(value, "час", "часа", "часов", "hour", "часа")

    def form(self, value: float, one: str, few: str, many: str, english: str, english_many: str | None = None) -> str:
        """The form of a word, a verb for instance, that fits a number, without the number."""
        if self.language == "ru":
            return form(value, one, few, many, few)
        return english if value == 1 else english_many or f"{english}s"

    def _with_unit(self, value: str, russian: str, english: str) -> str:
        return f"{value}{NO_BREAK}{russian if self.language == 'ru' else english}"

    def _plain_date(self, day: Day) -> str:
        return self.date(day).removesuffix(f"{NO_BREAK}года")


def _from_iso(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(NO_INSTANT) from None
