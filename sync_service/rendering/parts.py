"""What every answer in a terminal is made of: clean texts, two languages in one cell, dates, tables."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING
from unicodedata import category

from rich import box
from rich.table import Table
from rich.text import Text

from sync_service.sentences.words import Sentence

if TYPE_CHECKING:
    from datetime import date, datetime

    from rich.console import Console

DIM = "dim"
BOLD = "bold"
_MONTHS = ("янв.", "февр.", "марта", "апр.", "мая", "июня", "июля", "авг.", "сент.", "окт.", "нояб.", "дек.")
_INVISIBLE = "\N{REPLACEMENT CHARACTER}"


def clean(text: str) -> str:
    """A text without what would steer the terminal or turn its writing around; portals may send anything."""
    return "".join(
        _INVISIBLE if category(character).startswith("C") and character != "\n" else character for character in text
    )


def plain(text: object, style: str = "") -> Text:
    """A text as it is: nothing in it is markup."""
    return Text(clean(str(text)), style)


def label(words: Sentence, style: str = "") -> Text:
    """Both languages on one line, as a label."""
    return Text.assemble(plain(words.ru, style), plain(f" / {words.en}: ", DIM))


def below(words: Sentence, style: str = "") -> Text:
    """Both languages, English on a line of its own."""
    return Text.assemble(plain(words.ru, style), "\n", plain(words.en, DIM))


def short_day(on: date) -> str:
    """A date as tables have it: «24 нояб. 2023»."""
    return f"{on.day} {_MONTHS[on.month - 1]} {on.year}"


def moment(at: datetime) -> Text:
    """An instant of the service, in UTC, on two lines."""
    utc = at.astimezone(UTC)
    return Text(f"{short_day(utc)}\n{utc:%H:%M:%S}")


def moment_as_written(at: datetime) -> Text:
    """A portal's instant with the offset that it was written with, on two lines."""
    return Text(f"{short_day(at)}\n{at:%H:%M:%S} {at.isoformat()[-6:]}")


def table(*headings: Sentence) -> Table:
    """A table with these headings; long ids and codes are folded, never cut."""
    made = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="", padding=(0, 2, 0, 0))
    for heading in headings:
        made.add_column(below(heading, BOLD), overflow="fold")
    return made


def show_specialist(console: Console, specialist_id: object) -> None:
    """Say whom the answer is about."""
    console.print(Text.assemble(label(Sentence("Специалист", "specialist"), BOLD), plain(specialist_id)))
