"""Decodes a record into a message, or into every reason why it is none."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING, Final, cast
from uuid import UUID

import msgspec
from pydantic import ValidationError

from sync_service.aggregates.identifiers import identifier
from sync_service.messages.content_modes import open_record
from sync_service.messages.contracts import CONTRACTS, SOURCES, read_attributes
from sync_service.messages.faults import Kind
from sync_service.messages.fields import ID_CHARACTERS_MAX, TEXT_CHARACTERS_MAX, IncomingBody, is_storable
from sync_service.messages.json_values import canonical_json
from sync_service.messages.moments import Receipt
from sync_service.messages.problems import Problem, problems_of, reasons_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from sync_service.messages.content_modes import Opened
    from sync_service.messages.contracts import Contract
    from sync_service.messages.records import Record

MESSAGE_BYTES_MAX: Final = 256 * 1024
IDENTIFIED_BYTES_MAX: Final = 4 * MESSAGE_BYTES_MAX
"""A message over its limit is still opened up to this size, so that its sender can be told which one it was."""


class Message(msgspec.Struct, frozen=True):
    """A valid message. `key` is its identity, `content` its content: the same message twice has both the same.

    `key` is drawn from `source` and `id`; `content` from `type` and all of `data`, unknown fields included.
    """

    source: str
    id: str
    type: str
    time: datetime
    subject: str | None
    body: IncomingBody
    key: UUID
    content: UUID


class Unreadable(msgspec.Struct, frozen=True):
    """A message that breaks the contract: every reason, and what could be made out beside."""

    reasons: tuple[str, ...]
    source: str | None = None
    id: str | None = None
    type: str | None = None
    account_id: str | None = None
    key: UUID | None = None


def decode(record: Record, now: datetime, source_expected: str | None = None) -> Message | Unreadable:
    """Read one record that was received at `now`; `source_expected` is the one source that its topic belongs to."""
    if len(record.value) > MESSAGE_BYTES_MAX:
        return _too_big(record)
    receipt = _receipt(now)
    opened = open_record(record)
    message = None if opened.problems else _message(opened.event, receipt, source_expected)
    return message or _unreadable(opened.event, _problems(opened, receipt, source_expected))


@lru_cache(maxsize=8)
def _receipt(now: datetime) -> Receipt:
    """The same for all records of a batch."""
    return Receipt.at(now)


def message_key(source: str, message_id: str) -> UUID:
    """The identity of a message: the same (`source`, `id`) gives the same key, wherever it turns up."""
    return identifier(blake2b(f"{source}\0{message_id}".encode(), digest_size=16).digest())


def message_content(message_type: str, data: object) -> UUID:
    """What a message says, whatever the order of its fields: another `type` or `data` gives another content."""
    said = f"{message_type}\0".encode() + canonical_json(data)
    return identifier(blake2b(said, digest_size=16).digest())


def _message(event: Mapping[str, object], receipt: Receipt, source_expected: str | None) -> Message | None:
    """The message if nothing at all is wrong with it: the way of nearly all of them, and so the short one."""
    contract = _contract(event)
    if contract is None:
        return None
    try:
        read = contract.read_event(event, context=receipt)
    except ValidationError:
        return None
    source, message_id = read["source"], read["id"]
    if source not in contract.sources or source_expected not in (None, source):
        return None
    return Message(
        source=source,
        id=message_id,
        type=read["type"],
        time=read["time"],
        subject=read.get("subject"),
        body=read["data"],
        key=message_key(source, message_id),
        content=message_content(read["type"], contract.known(cast("dict[str, object]", event["data"]))),
    )


def _contract(event: Mapping[str, object]) -> Contract | None:
    """What is agreed about messages of the event's type, if the type is known."""
    name = event.get("type")
    return CONTRACTS.get(name) if isinstance(name, str) else None


def _problems(opened: Opened, receipt: Receipt, source_expected: str | None) -> list[Problem]:
    """Everything that is wrong: with the bytes, the attributes, the data, and who sent it."""
    if not opened.is_whole:
        return opened.problems
    contract = _contract(opened.event)
    told = {problem.path for problem in opened.problems}
    found: list[Problem] = []
    try:
        read = contract.read_event if contract else read_attributes
        read(opened.event, context=receipt)
    except ValidationError as error:
        found = [problem for problem in problems_of(error) if problem.path not in told]
    return [*opened.problems, *found, *_sender_problems(opened.event, contract, source_expected)]


def _sender_problems(
    event: Mapping[str, object], contract: Contract | None, source_expected: str | None
) -> Iterator[Problem]:
    """Whether the type is known, and the source may send it, and by this topic."""
    source, message_type = event.get("source"), event.get("type")
    if isinstance(message_type, str) and contract is None:
        yield Problem(("type",), Kind.TYPE_UNKNOWN)
    if not isinstance(source, str):
        return
    if source not in SOURCES:
        yield Problem(("source",), Kind.SOURCE_UNKNOWN)
    elif contract is not None and source not in contract.sources:
        yield Problem(("source",), Kind.SOURCE_NOT_ALLOWED, {"source": source})
    if source_expected not in (None, source):
        yield Problem(("source",), Kind.SOURCE_ELSEWHERE, {"source": source_expected})


def _too_big(record: Record) -> Unreadable:
    """A message over the limit is not judged further, only identified where that costs little."""
    event = open_record(record).event if len(record.value) <= IDENTIFIED_BYTES_MAX else {}
    return _unreadable(event, [Problem(("message",), Kind.TOO_BIG, {"limit": MESSAGE_BYTES_MAX // 1024})])


def _unreadable(event: Mapping[str, object], problems: Iterable[Problem]) -> Unreadable:
    """The reasons, with what the event says of itself as far as that is valid text."""
    source = _text(event.get("source"), TEXT_CHARACTERS_MAX)
    message_id = _text(event.get("id"), ID_CHARACTERS_MAX)
    message_type = _text(event.get("type"), TEXT_CHARACTERS_MAX)
    return Unreadable(
        reasons=reasons_of(problems),
        source=source,
        id=message_id,
        type=message_type,
        account_id=_account_id(event),
        key=message_key(source, message_id) if source and message_id else None,
    )


def _account_id(event: Mapping[str, object]) -> str | None:
    """Whose account the message is about: its data says so, or else its subject."""
    body = event.get("data")
    named = body.get("account_id") if isinstance(body, dict) else None
    return _text(named, ID_CHARACTERS_MAX) or _text(event.get("subject"), ID_CHARACTERS_MAX)


def _text(value: object, characters_max: int) -> str | None:
    """The value if it is text that the contract takes."""
    if isinstance(value, str) and 0 < len(value) <= characters_max and is_storable(value):
        return value
    return None
