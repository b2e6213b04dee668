"""How a message stands in a topic file: one line of NDJSON, from which exactly the same message can be read again."""

from __future__ import annotations

import re
from hashlib import blake2b
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from pathlib import Path

    from sync_service.messages.records import Outgoing

PLAIN_HEADERS = {("content-type", b"application/cloudevents+json")}
"""What a structured CloudEvent's headers say is said by its line too, so they need not be kept."""

_WRAPPED_START = b'{"key":'
_TOPIC_NAME = re.compile(r"[A-Za-z0-9._-]{1,200}")


class _Bytes(msgspec.Struct, forbid_unknown_fields=True):
    """Bytes that are no text."""

    base64: bytes


class _Wrapped(msgspec.Struct, forbid_unknown_fields=True):
    """A message that its value alone does not tell: bytes that are no line of JSON, or headers of its own."""

    key: str | _Bytes | None
    headers: list[tuple[str, str | _Bytes]]
    value_base64: bytes


_SIGNS = b" \t\v\f"
"""Four blanks, two bits each: what a first line that was erased keeps, and no reader takes for a message."""
_IDENTITY_BYTES = 12
_BITS, _PER_BYTE = 2, 4

_decoder = msgspec.json.Decoder(_Wrapped)


def path_of(directory: Path, topic: str) -> Path:
    """Give the file in which a topic's messages stand.

    Raises:
        ValueError: the name is none that Kafka would take.
    """
    if not _TOPIC_NAME.fullmatch(topic) or topic in {".", ".."}:
        message = f"not the name of a topic: {topic!r}"
        raise ValueError(message)
    return directory / f"{topic}.ndjson"


def line_of(message: Outgoing) -> bytes:
    """Give the message's line, with its newline.

    A structured CloudEvent is written as it is (its key is the account in it); anything else is wrapped.
    """
    value = message.value
    if (
        value[:1] == b"{"
        and value[-1:] == b"}"
        and b"\n" not in value
        and not value.startswith(_WRAPPED_START)
        and PLAIN_HEADERS.issuperset(message.headers)
    ):
        return value + b"\n"
    headers = [(name, _readable(content)) for name, content in message.headers]
    key = None if message.key is None else _readable(message.key)
    return msgspec.json.encode(_Wrapped(key, headers, value)) + b"\n"


def parts_of(line: bytes) -> tuple[bytes, bytes | None, tuple[tuple[str, bytes], ...]]:
    """Give the value, key and headers of the message that stands in this line (without its newline)."""
    if line.startswith(_WRAPPED_START):
        try:
            wrapped = _decoder.decode(line)
        except (msgspec.MsgspecError, UnicodeDecodeError):  # it says the latter of text that is no UTF-8
            return line, None, ()
        headers = tuple((name, _bytes_of(content)) for name, content in wrapped.headers)
        return wrapped.value_base64, None if wrapped.key is None else _bytes_of(wrapped.key), headers
    return line, None, ()


def identity_of(first_line: bytes) -> str:
    """What a topic file is known by: its first line, or what that was before it was erased."""
    signs = first_line[: _IDENTITY_BYTES * _PER_BYTE]
    if len(signs) == _IDENTITY_BYTES * _PER_BYTE and not signs.strip(_SIGNS):
        bits = "".join(f"{_SIGNS.index(sign):02b}" for sign in signs)
        return f"{int(bits, 2):0{_IDENTITY_BYTES * 2}x}"
    return blake2b(first_line, digest_size=_IDENTITY_BYTES).hexdigest()


def blanks_for(line: bytes, identity: str | None = None) -> bytes:
    """Blanks of the same length for a line that is erased; as the first one of a file they keep its identity.

    Raises:
        ValueError: the line is too short to keep it.
    """
    if identity is None:
        return b" " * len(line)
    number = int(identity, 16)
    places = range((_IDENTITY_BYTES * _PER_BYTE - 1) * _BITS, -1, -_BITS)
    signs = bytes(_SIGNS[number >> place & 3] for place in places)
    if len(line) < len(signs):
        message = f"a line of {len(line)} bytes keeps no identity"
        raise ValueError(message)
    return signs.ljust(len(line))


def _readable(content: bytes) -> str | _Bytes:
    try:
        return content.decode()
    except UnicodeDecodeError:
        return _Bytes(content)


def _bytes_of(content: str | _Bytes) -> bytes:
    return content.encode() if isinstance(content, str) else content.base64
