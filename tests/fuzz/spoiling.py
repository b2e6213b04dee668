"""Spoils what is valid: JSON by its structure, text by its characters, bytes by their bits; all of it by a seed."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

TEXTS: Final = (
    "",
    " ",
    "\0",
    "a\0b",
    "\ud800",
    "\udfff\ud800",
    "\ufeff",
    "\u202eabc",
    "\u2028",
    "\u0130\u0131\u017fK",
    "ﬃ" * 40,
    "e\u0301" * 300,
    "👩🏽\u200d⚕️" * 50,
    "я" * 201,
    "x" * 1_001,
    "9" * 400,
    "=1+1",
    "' OR 1=1 --",
    "<script>alert(1)</script>",
    "{{7*7}}",
    "%00%0a",
    "../../etc/passwd",
    "erased:1",
    "code:AB12CDEF3456",
    "module::",
    "module:m1:2025-02-30",
    "programme:p:1:2025-05-12",
    "2025-05-12",
    "0000-00-00",
    "9999-12-31T23:59:60Z",
    "2025-05-12T12:00:00",
    "2025-05-12T12:00:00.123456789+99:99",
    "0001-01-01T00:00:00+23:59",
    "11223344595",
    "АВ12-СDЕF 3456",
)
"""Texts that something once stumbled over: empty, unprintable, half a surrogate pair, too long, almost a value."""

NUMBERS: Final = (0, -1, 1, 2**31, 2**63, 2**64, -(2**63) - 1, 10**400, 0.1, -0.0, 1e308, 1e-320, 36.6)
VALUES: Final[tuple[Any, ...]] = (None, True, False, [], {}, [[]], {"": {}}, [None], *NUMBERS, *TEXTS)
JSON_SCRAPS: Final = (
    b"NaN",
    b"-Infinity",
    b"1e999",
    b"-",
    b"\\u0000",
    b'"\\ud800"',
    b"\xff\xfe",
    b"\xc0\xaf",
    b"\xed\xa0\x80",
    b"{" * 600,
    b"[" * 5_000,
    b'{"a":' * 499,
    b"]",
    b"}",
    b",",
    b'"',
    b"\\",
    b"\n",
    b"\r\n",
    b"\0",
    b'{"key":',
    b'"id":"1","id":"2"',
    b"/*",
    b"\xef\xbb\xbf",
)
BYTES_MAX: Final = 64 * 1024
"""Longer inputs find nothing that these do not; what is over the limit of 256 KiB is made now and then all the same."""


def spoiled_json(chance: Random, value: Any, times: int) -> Any:  # noqa: ANN401 - JSON
    """Return a copy of the value in which something was replaced, left out, repeated or nested, so many times."""
    made = deepcopy(value)
    for _ in range(times):
        made = _spoil_somewhere(chance, made)
    return made


def spoiled_text(chance: Random, text: str, times: int) -> str:
    """Return the text with pieces put in, cut out, repeated, or turned."""
    for _ in range(times):
        place, other = chance.randint(0, len(text)), chance.randint(0, len(text))
        first, last = sorted((place, other))
        way = chance.randrange(6)
        if way == 0:
            text = text[:place] + chance.choice(TEXTS) + text[place:]
        elif way == 1:
            text = text[:first] + text[last:]
        elif way == 2:
            text = text[:place] + chr(chance.choice((chance.randrange(128), chance.randrange(0x110000)))) + text[place:]
        elif way == 3:
            text = text[:last] + text[first:last] * chance.randint(1, 20) + text[last:]
        elif way == 4:
            text = chance.choice((str.upper, str.lower, str.swapcase, str.title))(text)
        else:
            text = text[:first] + text[first:last][::-1] + text[last:]
    return text[:BYTES_MAX]


def spoiled_bytes(chance: Random, value: bytes, times: int) -> bytes:
    """Return the bytes with bits turned, and pieces put in, cut out, repeated or cut off."""
    made = bytearray(value)
    for _ in range(times):
        first, last = sorted((chance.randint(0, len(made)), chance.randint(0, len(made))))
        way = chance.randrange(6)
        if way == 0 and made:
            made[chance.randrange(len(made))] ^= 1 << chance.randrange(8)
        elif way == 1:
            made[first:first] = chance.choice(JSON_SCRAPS)
        elif way == 2:
            del made[first:last]
        elif way == 3:
            made[first:first] = made[first:last] * chance.randint(1, 8)
        elif way == 4:
            del made[last:]
        else:
            made[first:first] = chance.randbytes(chance.randint(1, 8))
    return bytes(made[:BYTES_MAX])


def encoded(value: object) -> bytes:
    """Return the value as JSON in UTF-8; half a surrogate pair, which UTF-8 cannot say, is escaped."""
    text = json.dumps(value, ensure_ascii=False)
    try:
        return text.encode()
    except UnicodeEncodeError:
        return json.dumps(value).encode()


def _spoil_somewhere(chance: Random, value: Any) -> Any:  # noqa: ANN401 - JSON
    """Go down into the value by chance, and spoil what is found there."""
    if isinstance(value, dict) and value and chance.random() < 0.8:
        return _spoil_member(chance, value, chance.choice(list(value)))
    if isinstance(value, list) and value and chance.random() < 0.8:
        return _spoil_member(chance, value, chance.randrange(len(value)))
    return _other(chance, value)


def _spoil_member(chance: Random, holder: Any, name: Any) -> Any:  # noqa: ANN401 - JSON
    """Spoil one member of an object or a list: mostly what is in it, otherwise whether it is there."""
    way = chance.random()
    if way < 0.7:
        holder[name] = _spoil_somewhere(chance, holder[name])
    elif way < 0.85:
        del holder[name]
    elif isinstance(holder, dict):
        holder[chance.choice(TEXTS) if way < 0.93 else name.upper()] = holder[name]
    else:
        holder.extend([holder[name]] * chance.randint(1, 50))
    return holder


def _other(chance: Random, value: Any) -> Any:  # noqa: ANN401 - JSON
    """Give something else in the value's stead: of the same kind, or of any."""
    ways: list[Callable[[], Any]] = [lambda: deepcopy(chance.choice(VALUES)), lambda: _nested(chance, value)]
    if isinstance(value, str):
        ways += [lambda: spoiled_text(chance, value, chance.randint(1, 3))] * 3
    if isinstance(value, int | float):
        ways += [lambda: chance.choice(NUMBERS), lambda: -value, lambda: str(value)]
    return chance.choice(ways)()


def _nested(chance: Random, value: object) -> object:
    """Put the value into lists and objects, seldom many."""
    for _ in range(chance.choice((1, 2, 5, 80))):
        value = [value] if chance.random() < 0.5 else {"a": value}
    return value
