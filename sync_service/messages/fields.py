"""The kinds of field that messages are made of: strict, bounded, and each with its JSON Schema (contract, «Schema»)."""

from typing import Annotated, ClassVar, Final

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    PlainValidator,
    StringConstraints,
    ValidationError,
    WithJsonSchema,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from sync_service.aggregates.errors import CodeMalformed
from sync_service.aggregates.values import ERASED, canonical_code
from sync_service.messages.faults import Kind, fault, wrong_type

ID_CHARACTERS_MAX: Final = 200
TEXT_CHARACTERS_MAX: Final = 1_000
CODES_MAX: Final = 10_000
NUMBER_MAX: Final = 2**53
"""Past it JSON readers no longer agree on a number's value (RFC 7493, section 2.2)."""

_NO_NUL = r"^[^\x00]*$"
_SNILS_LENGTH = 11
_SNILS_CHECKED_FROM = 1_001_999  # the numbers up to 001-001-998 were given out before there was a checksum


class Part(BaseModel):
    """Any object in a message: strict, unknown fields ignored, and errors that never show a value."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True, hide_input_in_errors=True)


class Body(Part):
    """What a message says, its `data`."""

    TYPE: ClassVar[str]
    """The message's full type name, such as `ru.nmo.code.activated.v1`."""


class IncomingBody(Body):
    """What a message to the service says."""

    SOURCES: ClassVar[frozenset[str]]
    """Who may send it."""


def _number(value: object) -> int | float:
    """Take a JSON number as it is; true and false are none."""
    if type(value) is not int and type(value) is not float:
        raise fault(Kind.TYPE, **wrong_type("number", value))
    if value < 0:
        raise fault(Kind.NEGATIVE)
    if not value <= NUMBER_MAX:
        raise fault(Kind.TOO_LARGE)
    return abs(value)  # zero has no sign


def _false_when_null(value: object) -> object:
    """Null is "absent" for an optional field."""
    return False if value is None else value


def _snils(text: str) -> str:
    """Bring a СНИЛС to its 11 digits, whatever punctuation stands between them, and test its checksum."""
    digits = "".join(filter(str.isalnum, text))
    if not (len(digits) == _SNILS_LENGTH and digits.isascii() and digits.isdecimal()):
        raise fault(Kind.SNILS_DIGITS)
    number, control = digits[:9], int(digits[9:])
    weighted = sum(int(digit) * weight for digit, weight in zip(number, range(9, 0, -1), strict=True))
    if int(number) >= _SNILS_CHECKED_FROM and weighted % 101 % 100 != control:
        raise fault(Kind.SNILS_CHECKSUM)
    return digits


def _codes(value: object) -> list[str]:
    """Bring a list of codes to their canonical form, and name every bad one by its place."""
    if not isinstance(value, list):
        raise fault(Kind.TYPE, **wrong_type("list", value))
    codes: list[str] = []
    faults: list[InitErrorDetails] = []
    if len(value) > CODES_MAX:
        faults.append(InitErrorDetails(type=fault(Kind.CODES_TOO_MANY, limit=CODES_MAX), input=value))
    for index, typed in enumerate(value):
        try:
            codes.append(_code(typed))
        except PydanticCustomError as error:
            faults.append(InitErrorDetails(type=error, loc=(index,), input=typed))
    if faults:
        raise ValidationError.from_exception_data(Kind.CODE_MALFORMED, faults, hide_input=True)
    return codes


def _code(value: object) -> str:
    """Bring one code of a list to its canonical 12 characters."""
    if not isinstance(value, str):
        raise fault(Kind.TYPE, **wrong_type("text", value))
    if len(value) > TEXT_CHARACTERS_MAX or not is_storable(value):
        raise fault(Kind.CODE_MALFORMED)
    try:
        return canonical_code(value)
    except CodeMalformed:
        raise fault(Kind.CODE_MALFORMED) from None


def is_storable(text: str) -> bool:
    """Whether no U+0000 and no half of a surrogate pair is among the characters."""
    return text.isprintable() or not any(character == "\0" or "\ud800" <= character <= "\udfff" for character in text)


def _not_erased(text: str) -> str:
    """Refuse what only stands where something of an erased person stood."""
    if text.startswith(ERASED):
        raise fault(Kind.RESERVED, prefix=ERASED)
    return text


Id = Annotated[str, StringConstraints(min_length=1, max_length=ID_CHARACTERS_MAX, pattern=_NO_NUL)]
"""An identifier as its owner wrote it: 1 to 200 characters."""

OwnId = Annotated[Id, AfterValidator(_not_erased)]
"""An identifier of an account or a message: it may not look like one of an erased person."""

Text = Annotated[str, StringConstraints(min_length=1, max_length=TEXT_CHARACTERS_MAX, pattern=_NO_NUL)]
"""Any other text: 1 to 1,000 characters."""

TypedCode = Annotated[str, StringConstraints(max_length=TEXT_CHARACTERS_MAX, pattern=_NO_NUL)]
"""A confirmation code as somebody typed it, perhaps nothing at all."""

Codes = Annotated[
    list[str],
    PlainValidator(_codes),
    WithJsonSchema({"type": "array", "maxItems": CODES_MAX, "items": {"type": "string", "minLength": 1}}),
]
"""Confirmation codes in their canonical form of 12 characters, however they were written; at most 10,000."""

Number = Annotated[
    int | float,
    PlainValidator(_number),
    WithJsonSchema({"type": "number", "minimum": 0, "maximum": NUMBER_MAX}),
]
"""A quantity: not negative, whole or not."""

Flag = Annotated[bool, BeforeValidator(_false_when_null, json_schema_input_type=bool | None)]
"""True or false; absent and null are false."""

Snils = Annotated[Text, AfterValidator(_snils)]
"""A СНИЛС, kept as its 11 digits."""
