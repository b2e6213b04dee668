"""Copies of a small world: the same events and messages, of other accounts and other codes."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING

import msgspec

from sync_service.aggregates.aggregate import Event, Fact
from sync_service.aggregates.errors import CodeMalformed
from sync_service.aggregates.specialist_facts import AccountNoticed
from sync_service.aggregates.values import Account, account_stream, canonical_code, code_stream, printed_code

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from uuid import UUID

COPIES_MAX = 999
"""How many copies can be told apart by the digits that accounts have room for."""

ACCOUNTS_MAX = 10_000
"""How many people a world can have: so far apart are the numbers of a copy's accounts from the next one's."""

SLICE_EVENTS = 1_000
_ACCOUNT = re.compile(r"\b[SEse]-\d{7}\b")
_NAMES = re.compile(
    rf"{_ACCOUNT.pattern}|\b[0-9A-NP-Z]{{12}}\b|\b[0-9a-f]{{8}}(?:-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}\b"
)
_DIGITS = "0123456789ABCDEFGHIJKLMNPQRSTUVWXYZ"


class World:
    """What the service stored of a small world, and whose its streams are."""

    def __init__(self, events: Sequence[Event]) -> None:
        self.accounts = {event.stream: event.fact.account for event in events if isinstance(event.fact, AccountNoticed)}
        self.codes: dict[UUID, str] = {
            event.stream: event.fact.code  # type: ignore[attr-defined]
            for event in events
            if event.fact.TYPE == "code.issued.v1"
        }
        self._names = {*map(str, self.accounts), *map(str, self.codes), *self.codes.values()}
        own = self.accounts.keys() | self.codes.keys()
        self.shared = [event for event in events if event.stream not in own]
        self.events = [CopiedEvent(event, self.is_name) for event in events if event.stream in own]

    def is_name(self, text: str) -> bool:
        """Whether a text names something that is another one in every copy."""
        return text in self._names or _ACCOUNT.fullmatch(text) is not None


class Copy:
    """One copy of a world, by its number (from 1)."""

    def __init__(self, world: World, number: int) -> None:
        self.streams = {
            stream: account_stream(Account(account.portal, account_in(account.account_id, number)))
            for stream, account in world.accounts.items()
        }
        self.owners = list(self.streams.values())
        renamed_codes = {code: code_in(code, number) for code in world.codes.values()}
        self.streams |= {stream: code_stream(renamed_codes[code]) for stream, code in world.codes.items()}
        self.names = renamed_codes | {str(old): str(new) for old, new in self.streams.items()}
        for account in world.accounts.values():
            name, renamed = account.account_id, account_in(account.account_id, number)
            self.names |= {name: renamed, name.lower(): renamed.lower()}


class Block:
    """Copies that go through the log side by side, as people do in life."""

    def __init__(self, world: World, numbers: Iterable[int]) -> None:
        self._world = world
        self.copies = [Copy(world, number) for number in numbers]

    def events(self) -> Iterator[list[Event]]:
        """All events in their order, some thousands at a time: the first of every copy, the second of every copy."""
        for start in range(0, len(self._world.events), SLICE_EVENTS):
            originals = self._world.events[start : start + SLICE_EVENTS]
            yield [original.within(copy) for original in originals for copy in self.copies]


class CopiedEvent:
    """An event of the world, taken apart so that it can be written for one copy after the other."""

    __slots__ = ("_event", "_fixed", "_names", "_read")

    def __init__(self, event: Event, is_name: Callable[[str], bool]) -> None:
        self._event = event
        self._read = _reads(type(event.fact))
        text = msgspec.json.encode((event.recorded_at, event.cause, event.fact)).decode()
        found = [one for one in _NAMES.finditer(text) if is_name(one[0])]
        starts, ends = [one.start() for one in found], [one.end() for one in found]
        self._fixed = [text[end:start] for end, start in zip([0, *ends], [*starts, len(text)], strict=True)]
        self._names = [one[0] for one in found]

    def within(self, copy: Copy) -> Event:
        """The same in a copy: in a stream of its own, of its accounts and codes."""
        text = self._fixed[0]
        for name, rest in zip(self._names, self._fixed[1:], strict=True):
            text += copy.names[name] + rest
        recorded_at, cause, fact = self._read(text)
        return Event(copy.streams[self._event.stream], self._event.version, fact, recorded_at, cause)


@cache
def _reads(fact: type[Fact]) -> Callable[[str], tuple[datetime, str | None, Fact]]:
    return msgspec.json.Decoder(tuple[datetime, str | None, fact]).decode  # type: ignore[valid-type]


def account_in(account_id: str, copy: int) -> str:
    """What an account is called in a copy."""
    return f"{account_id[:2]}{int(account_id[2:]) + ACCOUNTS_MAX * copy:07d}"


def code_in(code: str, copy: int) -> str:
    """What a code is in a copy."""
    shifted = _DIGITS.index(code[-2]) * len(_DIGITS) + _DIGITS.index(code[-1]) + copy
    high, low = divmod(shifted % len(_DIGITS) ** 2, len(_DIGITS))
    return code[:-2] + _DIGITS[high] + _DIGITS[low]


def line_in(line: bytes, copy: int) -> bytes:
    """A message as the copy's portals would send it; a typed code that is none stays as it is."""
    message = msgspec.json.decode(line)
    typed = message["data"].get("code")
    if typed is not None:
        with suppress(CodeMalformed):
            message["data"]["code"] = printed_code(code_in(canonical_code(typed), copy))
    text = msgspec.json.encode(message).decode()
    return _ACCOUNT.sub(lambda found: account_in(found[0], copy), text).encode()
