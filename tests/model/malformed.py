"""Every way in which CONTRACT.md lets a line be no message: a valid event goes in, bytes that must park come out."""

import json
from collections.abc import Callable
from copy import deepcopy
from random import Random
from typing import Any

from tests.model.schema import CODES_ISSUED_MAX, ENVELOPE, MESSAGE_BYTES_MAX, SOURCES, TYPES, Field

Event = dict[str, Any]

LONG_TEXT, LONG_ID = "я" * 1001, "x" * 201
NO_TEXTS: list[Any] = [5, "", "a\0b", "\ud800", "a\udfff", [], {}, True, 1.5]
NO_VALUES: dict[str, list[Any]] = {
    "id": [*NO_TEXTS, LONG_ID],
    "text": [*NO_TEXTS, LONG_TEXT],
    "code": [5, False, [], {}, "AB12\0", "\ud83d", LONG_TEXT],
    "instant": [
        "2025-05-12",
        "2025-05-12T10:00:00",
        "2025-05-12 10:00:00Z",
        "2025-05-12T10:00Z",
        "2025-13-01T00:00:00Z",
        "2025-05-12T25:00:00Z",
        "2025-05-12T10:00:00+0300",
        "2025-05-12T10:00:00+3",
        "2025-05-12T10:00:00.Z",
        "2999-01-01T00:00:00Z",
        "вчера",
        "",
        1747000000,
        {},
    ],
    "date": [
        "2025-05-12T00:00:00Z",
        "20250512",
        "2025-5-12",
        "2025-02-30",
        "12.05.2025",
        " 2025-05-12",
        "\uff12025-05-12",
        "",
        20250512,
        [],
    ],
    "number": ["36", -1, -0.5, True, "", [], {}],
    "bool": ["false", 0, 1, "", []],
    "education_level": ["Higher", "", 1, ["higher"], "высшее"],
    "audience": ["doctor", "", 1, ["doctors"]],
    "activity_kind": ["webinar", "", 1, "Event"],
    "replica_refusal": ["later", "", 1, "Duplicate"],
    "snils": [
        "112-233-445 96",
        "112-233-445 9",
        "112-233-445 955",
        "x11223344595",
        "",
        11223344595,
        "\uff1111223344595",
    ],
    "texts": ["кардиология", {}, [1], [""], [None], [LONG_TEXT], ["терапия", "a\0"], 3],
    "codes": ["AB12CDEF3456", {}, [5], [None], [["AB12CDEF3456"]], ["AB12\0CDEF3456"], 12],
    "accreditation": ["doctors", {}, ["doctors"], [None], [{}], 5],
    "specversion": ["0.3", "1", 1.0, 1, "", "1.1"],
    "source": ["/portals/other", "portals/edu", "", 5, "/Portals/edu", "/portals/edu/"],
    "type": ["ru.nmo.module.completed.v2", "module.completed.v1", "ru.nmo.module.deleted.v1", "", 5, "code.activated"],
    "object": ["text", [], 5, True],
}


def encode(event: object) -> bytes:
    """Return a line that is UTF-8 whatever is in it: lone surrogates stand in it as escapes."""
    return json.dumps(event).encode()


def _not_utf8(chance: Random, event: Event) -> bytes:
    line = json.dumps(event | {"note": "МЕТКА"}, ensure_ascii=False).encode()
    return line.replace("МЕТКА".encode(), chance.choice((b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"\xd0")))


def _not_json(chance: Random, event: Event) -> bytes:
    line = encode(event)
    cut = line[: chance.randint(1, len(line) - 1)]
    return chance.choice(
        (cut, line + line, line[:-1] + b",}", line.replace(b'"', b"'"), b"}" + line, b"\xd0\xb0" + line)
    )


def _constant(chance: Random, event: Event) -> bytes:
    name = chance.choice(("NaN", "Infinity", "-Infinity"))
    return encode(event | {"grown": 0})[:-2] + name.encode() + b"}"


def _too_deep(chance: Random, event: Event) -> bytes:
    depth = chance.randint(5001, 7000)
    opening, closing = chance.choice(((b"[", b"]"), (b'{"a":', b"}")))
    return encode(event)[:-1] + b', "grown": ' + opening * depth + b"0" + closing * depth + b"}"


def _not_an_object(chance: Random, event: Event) -> bytes:
    return encode(chance.choice(([event], [], "text", event["id"], 5, None, True, 1.5)))


def _too_large(_: Random, event: Event) -> bytes:
    padding = MESSAGE_BYTES_MAX + 1 - len(encode(event | {"grown": ""}))
    return encode(event | {"grown": "x" * padding})


def _foreign_source(chance: Random, event: Event) -> bytes:
    kind = event["type"].removeprefix("ru.nmo.").removesuffix(".v1")
    return encode(event | {"source": chance.choice([each for each in SOURCES if each not in TYPES[kind].senders])})


def _from_support(_: Random, event: Event) -> bytes:
    return encode(event | {"source": "/support"})


def _without_time(chance: Random, event: Event) -> bytes:
    kept = {name: value for name, value in event.items() if name != "time"}
    return encode(chance.choice((kept, kept | {"time": None})))


def _ahead(_: Random, event: Event) -> bytes:
    return encode(event | {"time": "2999-01-01T00:00:00+03:00"})


def _wrong_attribute(chance: Random, event: Event) -> bytes:
    return encode(_spoil(chance, event, chance.choice(ENVELOPE)))


def _wrong_field(chance: Random, event: Event) -> bytes:
    kind = event["type"].removeprefix("ru.nmo.").removesuffix(".v1")
    said = event["data"]
    for _ in range(chance.choice((1, 1, 2, 3))):
        said = _spoil(chance, said, chance.choice(TYPES[kind].fields))
    return encode(event | {"data": said})


def _spoil(chance: Random, said: dict[str, Any], field: Field) -> dict[str, Any]:
    """Return the fields with one missing, null (where it is required) or mistyped."""
    kept = {name: value for name, value in said.items() if name != field.name}
    if field.required and chance.random() < 0.4:
        return chance.choice((kept, kept | {field.name: None}))
    return kept | {field.name: chance.choice(NO_VALUES[field.sort])}


def _many_errors(chance: Random, event: Event) -> bytes:
    spoilt = dict(event)
    for name in ("time", "specversion", "id"):
        spoilt = _spoil(chance, spoilt, next(field for field in ENVELOPE if field.name == name))
    return _wrong_field(chance, spoilt)


def _row_wrong(chance: Random, event: Event) -> bytes:
    row = {"audience": "doctors", "education_level": "higher", "credits": 5, "specialties": ["терапия"]}
    spoilt = deepcopy(row)
    name = chance.choice(sorted(row))
    spoilt |= {name: {"audience": "all", "education_level": None, "credits": "5", "specialties": [7]}[name]}
    return encode(event | {"data": event["data"] | {"accreditation": [row, spoilt]}})


def _no_day(_: Random, event: Event) -> bytes:
    kept = {name: value for name, value in event["data"].items() if name != "held_on"}
    return encode(event | {"data": kept | {"kind": "event"}})


def _bad_code(chance: Random, event: Event) -> bytes:
    bad = chance.choice(("", "AB12", "AB12-CDEF345Ж", "AB12-CDEF34567"))
    codes = [*event["data"]["codes"], "AB12-CDEF3456"]
    codes.insert(chance.randint(0, len(codes)), bad)
    return encode(event | {"data": event["data"] | {"codes": codes}})


def _too_many_codes(_: Random, event: Event) -> bytes:
    return encode(event | {"data": event["data"] | {"codes": ["AB12CDEF3456"] * (CODES_ISSUED_MAX + 1)}})


def _wrong_number(chance: Random, event: Event) -> bytes:
    return encode(event | {"data": event["data"] | {"snils": chance.choice(NO_VALUES["snils"])}})


Breaker = Callable[[Random, Event], bytes]
BREAKERS: dict[str, tuple[float, tuple[str, ...], Breaker]] = {
    "not_utf8": (1, (), _not_utf8),
    "not_json": (1, (), _not_json),
    "constant": (1, (), _constant),
    "too_deep": (0.5, (), _too_deep),
    "not_an_object": (1, (), _not_an_object),
    "too_large": (0.1, (), _too_large),
    "foreign_source": (1, (), _foreign_source),
    "from_support": (0.5, (), _from_support),
    "without_time": (1, (), _without_time),
    "ahead": (1, (), _ahead),
    "wrong_attribute": (3, (), _wrong_attribute),
    "wrong_field": (10, (), _wrong_field),
    "many_errors": (2, (), _many_errors),
    "wrong_row": (1, ("activity.published",), _row_wrong),
    "event_without_day": (1, ("activity.published",), _no_day),
    "malformed_code_in_list": (2, ("codes.issued", "codes.revoked"), _bad_code),
    "too_many_codes": (0.1, ("codes.issued",), _too_many_codes),
    "wrong_snils": (1, ("account.registered", "account.changed"), _wrong_number),
}
"""By name: how often, of which types (any when empty), and how a valid event is broken."""
