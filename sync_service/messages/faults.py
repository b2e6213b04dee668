"""What can be wrong with a message, and what each fault is called: in Russian first, with English beside it."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from pydantic_core import PydanticCustomError

if TYPE_CHECKING:
    from collections.abc import Mapping


class Kind(StrEnum):
    """What can be wrong with a message; the values are our own and appear nowhere outside."""

    MISSING = "missing"
    NULL = "null"
    TYPE = "wrong_type"
    EMPTY = "empty"
    TOO_LONG = "too_long"
    NUL = "nul"
    SURROGATE = "surrogate"
    CHOICE = "choice"
    RESERVED = "reserved"
    NEGATIVE = "negative"
    TOO_LARGE = "too_large"
    DATE_FORM = "date_form"
    DATE_UNKNOWN = "date_unknown"
    INSTANT_FORM = "instant_form"
    INSTANT_OFFSET = "instant_offset"
    INSTANT_UNKNOWN = "instant_unknown"
    INSTANT_AHEAD = "instant_ahead"
    SNILS_DIGITS = "snils_digits"
    SNILS_CHECKSUM = "snils_checksum"
    CODE_MALFORMED = "code_malformed"
    CODES_TOO_MANY = "codes_too_many"
    TYPE_UNKNOWN = "type_unknown"
    SOURCE_UNKNOWN = "source_unknown"
    SOURCE_NOT_ALLOWED = "source_not_allowed"
    SOURCE_ELSEWHERE = "source_elsewhere"
    CONTENT_TYPE = "content_type"
    TOO_BIG = "too_big"
    TOO_DEEP = "too_deep"
    NOT_UTF_8 = "not_utf_8"
    NOT_JSON = "not_json"
    NOT_JSON_NUMBER = "not_json_number"
    MORE = "more"


TEXTS: Final[Mapping[str, tuple[str, str]]] = {
    Kind.MISSING: ("обязательного поля нет", "a required field is missing"),
    Kind.NULL: ("обязательное поле пусто (null)", "a required field is null"),
    Kind.TYPE: ("не тот тип: {expected_ru}, а {given_ru}", "wrong type: {expected_en} is expected, not {given_en}"),
    Kind.EMPTY: ("пустой текст", "the text is empty"),
    Kind.TOO_LONG: ("длиннее {limit} знаков", "longer than {limit} characters"),
    Kind.NUL: ("в тексте знак U+0000", "the text holds U+0000"),
    Kind.SURROGATE: ("в тексте половина суррогатной пары", "the text holds a lone surrogate"),
    Kind.CHOICE: ("не из перечня: {choices}", "not one of: {choices}"),
    Kind.RESERVED: ("так начинаются только стёртые имена: {prefix}", "only erased names begin so: {prefix}"),
    Kind.NEGATIVE: ("число меньше нуля", "the number is negative"),
    Kind.TOO_LARGE: ("число слишком велико", "the number is too large"),
    Kind.DATE_FORM: ("дата не вида ГГГГ-ММ-ДД", "not a YYYY-MM-DD date"),
    Kind.DATE_UNKNOWN: ("такого дня нет в календаре", "the calendar has no such day"),
    Kind.INSTANT_FORM: ("время не вида ГГГГ-ММ-ДДTчч:мм:сс±чч:мм", "not an RFC 3339 time"),
    Kind.INSTANT_OFFSET: ("время без часового пояса", "a time without its offset"),
    Kind.INSTANT_UNKNOWN: ("такого времени не бывает", "there is no such time"),
    Kind.INSTANT_AHEAD: ("время на {days} сут. впереди нашего", "{days} d ahead of our time"),
    Kind.SNILS_DIGITS: ("в СНИЛС не 11 цифр", "a СНИЛС has 11 digits"),
    Kind.SNILS_CHECKSUM: ("СНИЛС с неверной контрольной суммой", "the СНИЛС checksum is wrong"),
    Kind.CODE_MALFORMED: ("ни один код этого сообщения не принят", "none of the message's codes is taken"),
    Kind.CODES_TOO_MANY: ("в списке больше {limit} кодов", "more than {limit} codes"),
    Kind.TYPE_UNKNOWN: ("такого типа сообщений служба не знает", "a type of message that the service does not know"),
    Kind.SOURCE_UNKNOWN: ("такого источника служба не знает", "a source that the service does not know"),
    Kind.SOURCE_NOT_ALLOWED: (
        "{source} не вправе присылать такие сообщения",
        "{source} may not send messages of this type",
    ),
    Kind.SOURCE_ELSEWHERE: ("сюда присылает сообщения только {source}", "only {source} sends its messages here"),
    Kind.CONTENT_TYPE: ("принимается только JSON: {choices}", "only JSON is taken: {choices}"),
    Kind.TOO_BIG: ("больше {limit} КиБ", "over {limit} KiB"),
    Kind.TOO_DEEP: ("вложено слишком глубоко, больше {limit} уровней", "nested too deep, over {limit} levels"),
    Kind.NOT_UTF_8: ("не UTF-8: байт {byte}", "not UTF-8 at byte {byte}"),
    Kind.NOT_JSON: ("не JSON: строка {line}, знак {character}", "not JSON at line {line}, character {character}"),
    Kind.NOT_JSON_NUMBER: ("не JSON: NaN и Infinity не числа", "not JSON: NaN and Infinity are no numbers"),
    Kind.MORE: ("и ещё ошибок: {count}", "and {count} more errors"),
}
"""What each kind is called; the words are those of the console, «Parked: why»."""

_EXPECTED = {
    "text": ("нужен текст", "text"),
    "number": ("нужно число", "a number"),
    "boolean": ("нужно true или false", "true or false"),
    "list": ("нужен список", "a list"),
    "object": ("нужен объект", "an object"),
}
_GIVEN: Mapping[type, tuple[str, str]] = {
    str: ("пришёл текст", "text"),
    int: ("пришло число", "a number"),
    float: ("пришло число", "a number"),
    bool: ("пришло true или false", "true or false"),
    list: ("пришёл список", "a list"),
    dict: ("пришёл объект", "an object"),
}
_GIVEN_OTHERWISE = ("пришло другое", "something else")


def fault(kind: Kind, **facts: object) -> PydanticCustomError:
    """The error that a field's own validator raises, so that `problems_of` finds its kind and facts again."""
    return PydanticCustomError(kind.value, kind.value, facts or None)


def wrong_type(expected: str, given: object) -> dict[str, object]:
    """The facts of a wrong type: what was expected (`text`, `number`, `boolean`, `list`, `object`), and what came."""
    expected_ru, expected_en = _EXPECTED[expected]
    given_ru, given_en = _GIVEN.get(type(given), _GIVEN_OTHERWISE)
    return {"expected_ru": expected_ru, "expected_en": expected_en, "given_ru": given_ru, "given_en": given_en}
