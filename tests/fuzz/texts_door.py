"""Fuzzes what people type: codes, and the one field of the search."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from sync_service.aggregates.errors import CodeMalformed
from sync_service.aggregates.values import CODE_LENGTH, canonical_code
from sync_service.console.json_lines import lines_of, pretty
from sync_service.console.typed_code import read_characters
from sync_service.questions.search import search
from tests.fuzz.door import always
from tests.fuzz.messages_door import event_of
from tests.fuzz.spoiling import TEXTS, encoded, spoiled_bytes, spoiled_text
from tests.unit.support_desk import LINKED_PERSON, Desk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from random import Random

    from tests.fuzz.door import Enter

CODES = (
    "AB12CDEF3456",
    "ab12-cdef3456",
    "АВ12–СDЕF 3456",
    "K0MPT9XYHCE1",
    "КОМРТ9ХУНСЕ1",
    "\uff11\uff12\uff13\uff14-\uff21\uff22\uff23\uff24\uff25\uff26\uff27\uff28",
)
SEARCHED = (
    *CODES,
    "edu:e1",
    "sovetnmo: s1",
    "EDU :e1",
    "e1",
    "edu.e1@example.org",
    "112-233-445 95",
    "11223344595",
    "Анна Выдуманная",
    "выдуманная  анна",
    "3f2504e0-4f89-41d3-9a0c-0305e82c3301",
    "message-1",
)


class CodesDoor:
    """A code as somebody types it."""

    name = "code"
    lasts = 100_000
    share = 20

    def make(self, chance: Random) -> str:
        """Make a text that resembles a code more or less."""
        if chance.random() < 0.1:
            return "".join(chr(chance.randrange(0x110000)) for _ in range(chance.randrange(40)))
        return spoiled_text(chance, chance.choice(CODES), chance.choice((0, 1, 1, 2, 3)))

    def open(self) -> AbstractContextManager[Enter]:
        """Read it as the domain does, and as the console shows it."""
        return always(self._enter)

    def _enter(self, typed: str) -> str:
        assert len(read_characters(typed)) <= max(40, len(typed))
        try:
            code = canonical_code(typed)
        except CodeMalformed:
            return "malformed"
        assert len(code) == CODE_LENGTH
        assert code.isascii()
        assert canonical_code(code) == code
        assert canonical_code(f"{code[:4]}-{code[4:].lower()}") == code
        return "code"


class SearchDoor:
    """What is typed into the search; and the bytes of a parked message, as its page lays them out."""

    name = "search"
    lasts = 20_000
    share = 8

    def make(self, chance: Random) -> str | bytes:
        """Make a text to search for, or a message to show."""
        if chance.random() < 0.3:
            return spoiled_bytes(chance, encoded(event_of(chance)), chance.choice((0, 1, 3)))
        if chance.random() < 0.1:
            return chance.choice(TEXTS)
        return spoiled_text(chance, chance.choice(SEARCHED), chance.choice((0, 0, 1, 2)))

    @contextmanager
    def open(self) -> Iterator[Enter]:
        """Search a store that knows a linked person; nothing that is asked changes it."""
        desk = Desk(*LINKED_PERSON)

        def enter(given: str | bytes) -> str:
            if isinstance(given, bytes):
                pretty(given)
                return "lines" if lines_of(given, ("data.account_id: нет / missing",)) else "no lines"
            found = search(desk.views, desk.store, given)
            return "found" if found.hits else "nothing found"

        yield enter
