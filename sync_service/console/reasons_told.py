"""Tells why one message was parked, as exactly as it is known, with its fields and senders as people call them."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from sync_service.messages.contracts import CONTRACTS
from sync_service.messages.faults import Kind
from sync_service.messages.reason_kinds import class_of
from sync_service.messages.reason_words import FIELDS, KIND_WORDS, SENDERS
from sync_service.sentences.words import Sentence, listed

if TYPE_CHECKING:
    from collections.abc import Iterable

_PLACES = re.compile(r"((?:на мест(?:е|ах)|at (?:place|these places)) [\d., ]+): ")
_SENDER = re.compile("|".join(map(re.escape, SENDERS)))
_SAME_WORDS = frozenset({Kind.MISSING, Kind.NULL, Kind.DATE_FORM, Kind.INSTANT_FORM, Kind.INSTANT_OFFSET})
"""Kinds whose general words say everything."""


def reason_sentence(reason: str, message_type: str | None = None) -> Sentence:
    """A reason in both languages, with the field by its name and, in brackets, as it is written in the message.

    `message_type` is the type of the message: it tells who may send such messages. A reason that is worded in another
    way stands as it is.
    """
    path, _, text = reason.partition(": ")
    told, field, kind = Sentence(*(text.partition(" / ")[::2])), path.removeprefix("data."), _kind_of(reason)
    if not told.en:
        return Sentence(reason, reason)
    if path in {"message", "id_reused"}:
        return told
    if kind is None:
        return Sentence(f"{field}: {told.ru}", f"{field}: {told.en}")
    if kind in {Kind.SOURCE_NOT_ALLOWED, Kind.SOURCE_ELSEWHERE}:
        return _of_senders(told, kind, message_type)
    return _of_field(told, kind, field) if "{field}" in KIND_WORDS[kind][0] else told


def wrongs_told(value: bytes, reasons: Iterable[str]) -> list[Sentence]:
    """The reasons of one message, told with what its own bytes say of its type."""
    message_type = type_of(value)
    return [reason_sentence(reason, message_type) for reason in reasons]


def type_of(value: bytes) -> str | None:
    """The type that a message says it is of, None if it says none."""
    try:
        event = json.loads(value)
    except (ValueError, RecursionError):
        return None
    said = event.get("type") if isinstance(event, dict) else None
    return said if isinstance(said, str) else None


def _kind_of(reason: str) -> Kind | None:
    kind = class_of(reason).rpartition(": ")[2]
    return Kind(kind) if kind in list(Kind) else None


def _of_field(told: Sentence, kind: Kind, field: str) -> Sentence:
    (place, rest), (place_en, rest_en) = _placed(told.ru), _placed(told.en)
    name, name_en = FIELDS.get(field.rpartition(".")[2], ("", ""))
    named, named_en = _named(name, field, place), _named(name_en, field, place_en)
    if kind in _SAME_WORDS and name:
        ru, en = KIND_WORDS[kind]
        return Sentence(ru.format(field=named), en.format(field=named_en))
    if kind is Kind.INSTANT_AHEAD:
        rest = rest.removeprefix("время ")
    return Sentence(f"{named}: {rest}", f"{named_en}: {rest_en}")


def _placed(text: str) -> tuple[str, str]:
    """The places in a list that a text begins with, each after a blank, and the text after them."""
    found = _PLACES.match(text)
    return (f" {found[1]}", text[found.end() :]) if found else ("", text)


def _named(name: str, field: str, place: str) -> str:
    return f"{name} ({field}){place}" if name else f"{field}{place}"


def _of_senders(told: Sentence, kind: Kind, message_type: str | None) -> Sentence:
    """The words with each sender by its name instead of its address, and with who sends such messages."""
    ru = _SENDER.sub(lambda found: SENDERS[found[0]][0], told.ru)
    en = _SENDER.sub(lambda found: SENDERS[found[0]][1], told.en)
    contract = CONTRACTS.get(message_type or "") if kind is Kind.SOURCE_NOT_ALLOWED else None
    if contract is None:
        return Sentence(ru, en)
    names = listed(Sentence(*SENDERS[source]) for source in sorted(contract.sources, reverse=True))
    verb = "присылает" if len(contract.sources) == 1 else "присылают"
    return Sentence(f"{ru}; их {verb} только {names.ru}", f"{en}; only {names.en} may")
