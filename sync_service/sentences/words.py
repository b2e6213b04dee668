"""The small words of both languages: dates, amounts, accounts, and what a portal's short words mean to people."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from sync_service.aggregates.aggregate import Fact
    from sync_service.aggregates.values import Account, Portal


class Sentence(NamedTuple):
    """The same words in Russian and in English. Russian comes first wherever both are shown."""

    ru: str
    en: str

    def __add__(self, other: object) -> Sentence:
        """Let another sentence follow, after a blank; an empty one changes nothing."""
        if not isinstance(other, Sentence):
            return NotImplemented
        if not other.ru or not self.ru:  # what one language leaves out, the other does too
            return self if self.ru else other
        return Sentence(f"{self.ru} {other.ru}", f"{self.en} {other.en}")


Sentences: TypeAlias = "Mapping[type[Fact], Callable[[Any], Sentence]]"
"""How each kind of fact is told."""

NOTHING = Sentence("", "")
"""What is added where there is nothing to say."""

_MONTHS = (
    ("января", "January"),
    ("февраля", "February"),
    ("марта", "March"),
    ("апреля", "April"),
    ("мая", "May"),
    ("июня", "June"),
    ("июля", "July"),
    ("августа", "August"),
    ("сентября", "September"),
    ("октября", "October"),
    ("ноября", "November"),
    ("декабря", "December"),
)

EDUCATION: Mapping[str, Sentence] = {
    "higher": Sentence("высшее образование", "higher education"),
    "higher_nursing": Sentence("высшее сестринское образование", "higher nursing education"),
    "secondary": Sentence("среднее профессиональное образование", "secondary vocational education"),
}
PERSON: Mapping[str, Sentence] = {
    "doctors": Sentence("врач", "doctor"),
    "nurses": Sentence("медсестра или медбрат", "nurse"),
}
FOR_WHOM: Mapping[str, Sentence] = {
    "doctors": Sentence("для врачей", "for doctors"),
    "nurses": Sentence("для медсестёр и медбратьев", "for nurses"),
}
KINDS: Mapping[str, Sentence] = {
    "event": Sentence("мероприятие", "event"),
    "module": Sentence("модуль", "module"),
    "programme": Sentence("программа", "programme"),
}
_AT = {"sovetnmo": Sentence("на sovetnmo", "at sovetnmo"), "edu": Sentence("в edu", "at edu")}


def word(words: Mapping[str, Sentence], value: str) -> Sentence:
    """What a short word means to people; one that nobody knows stands for itself."""
    return words.get(value, Sentence(value, value))


def day(moment: date) -> Sentence:
    """A date in words. An instant's date is the one written in it, by its own offset (CONTRACT.md, «The plan»)."""
    return _day(moment.toordinal())


@lru_cache(maxsize=10_000)  # the days of a working life; a history names each of its own several times
def _day(ordinal: int) -> Sentence:
    on = date.fromordinal(ordinal)
    ru, en = _MONTHS[on.month - 1]
    return Sentence(f"{on.day} {ru} {on.year} года", f"{on.day} {en} {on.year}")


def at_portal(portal: Portal) -> Sentence:
    """Where something is: «на sovetnmo», «в edu»."""
    return _AT[portal]


def account_name(account: Account) -> str:
    """An account as people name it, the same in both languages; of an erased one only its portal is known."""
    if account.is_erased:
        return f"{account.portal} •••"
    return f"{account.portal} {account.account_id}"


def quoted(text: str | None) -> Sentence:
    """Somebody else's words, nothing if there are none. Russian quotes within Russian quotes change their shape."""
    if not text:
        return NOTHING
    inner = text.replace("«", "„").replace("»", "“")
    return Sentence(f"«{inner}»", f"“{text}”")


def because(text: str | None) -> Sentence:
    """The reason that somebody else gave, as a sentence of its own."""
    told = quoted(text)
    return Sentence(f"Причина: {told.ru}.", f"The reason: {told.en}.") if text else NOTHING


def listed(words: Iterable[Sentence]) -> Sentence:
    """Several words with a comma between them, and «и» before the last."""
    every = list(words)
    return Sentence(_joined([each.ru for each in every], "и"), _joined([each.en for each in every], "and"))


def number(value: float) -> Sentence:
    """A number without needless zeros; the Russian one has a comma."""
    plain = f"{value:.10g}"
    return Sentence(plain.replace(".", ","), plain)


def amount(value: float, one: Sentence, few: str, many: str, fraction: str) -> Sentence:
    """A number of things: `one` names a single thing, the rest are Russian forms; English adds an «s»."""
    shown = number(value)
    plural = one.en if value == 1 else f"{one.en}s"
    return Sentence(f"{shown.ru} {form(value, one.ru, few, many, fraction)}", f"{shown.en} {plural}")


def codes(count: int) -> Sentence:
    """So many codes."""
    return amount(count, Sentence("код", "code"), "кода", "кодов", "кода")


@lru_cache(maxsize=1_000)  # programmes have few lengths
def hours(value: float) -> Sentence:
    """So many academic hours."""
    return amount(value, Sentence("час", "hour"), "часа", "часов", "часа")


def events(count: int) -> Sentence:
    """After «из», so many events of the log."""
    return amount(count, Sentence("события", "event"), "событий", "событий", "события")


def form(value: float, one: str, few: str, many: str, fraction: str) -> str:
    """The Russian form of a word after a number: 1, 21 балл; 2, 3, 4 балла; 5, 11, 12 баллов; 1,5 балла."""
    if value != int(value):
        return fraction
    tens, units = int(value) % 100, int(value) % 10
    if units == 1 and tens != 11:  # noqa: PLR2004 - Russian counts so: 1, 21, 31, but 11 differs
        return one
    return few if units in {2, 3, 4} and tens not in {12, 13, 14} else many


def _joined(words: list[str], last: str) -> str:
    return f"{', '.join(words[:-1])} {last} {words[-1]}" if len(words) > 1 else "".join(words)
