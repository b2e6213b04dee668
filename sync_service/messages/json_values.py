"""JSON as the contract takes it: strict, UTF-8, bounded in depth; and the canonical form by which contents compare."""

from __future__ import annotations

import json
import re
from typing import Final, NoReturn

import msgspec

from sync_service.messages.faults import Kind

DEPTH_MAX: Final = 500
"""Deeper nesting is refused. Any parser here reads this much, however deep the call that it is called from."""

_INTEGER_DIGITS_MAX = 400  # more digits than any float has: such a number is infinite for us

_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder(order="deterministic").encode
_string = re.compile(rb'"(?:[^"\\]|\\.)*+"?', re.DOTALL)


class NotReadable(ValueError):
    """The bytes are no JSON that the contract takes: `kind` and `facts` say why."""

    def __init__(self, kind: Kind, **facts: object) -> None:
        self.kind = kind
        self.facts = facts
        super().__init__(kind.value)


def read_json(value: bytes) -> object:
    """Read one JSON value; raises NotReadable with the place of the fault."""
    if len(value) > DEPTH_MAX and value.count(b"[") + value.count(b"{") > DEPTH_MAX and _depth(value) > DEPTH_MAX:
        raise NotReadable(Kind.TOO_DEEP, limit=DEPTH_MAX)
    try:
        return _decode(value)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return _read_slowly(value)
    except RecursionError:
        raise NotReadable(Kind.TOO_DEEP, limit=DEPTH_MAX) from None


def canonical_json(value: object) -> bytes:
    """The same bytes for the same JSON value, in whatever order its fields were written."""
    try:
        return _encode(value)
    except UnicodeEncodeError:  # half a surrogate pair, in a field that nobody reads
        return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def _read_slowly(value: bytes) -> object:
    """Find the fault's place, or read what only this parser reads: lone surrogates and numbers past every range."""
    try:
        return json.loads(value.decode(), parse_constant=_refuse_constant, parse_int=_integer)
    except UnicodeDecodeError as error:
        raise NotReadable(Kind.NOT_UTF_8, byte=error.start + 1) from None
    except json.JSONDecodeError as error:
        raise NotReadable(Kind.NOT_JSON, line=error.lineno, character=error.colno) from None
    except RecursionError:
        raise NotReadable(Kind.TOO_DEEP, limit=DEPTH_MAX) from None


def _refuse_constant(_name: str) -> NoReturn:
    raise NotReadable(Kind.NOT_JSON_NUMBER)


def _integer(digits: str) -> int | float:
    return int(digits) if len(digits) <= _INTEGER_DIGITS_MAX else float(digits)


def _depth(value: bytes) -> int:
    """How deep arrays and objects lie in each other, brackets inside of texts aside."""
    depth = deepest = 0
    for byte in _string.sub(b"", value):
        if byte in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        elif byte in b"]}":
            depth -= 1
    return deepest
