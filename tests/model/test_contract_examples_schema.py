"""Examples of CONTRACT.md sections 1 and 5, "Schema": what is no message, and what is one against appearances."""

from datetime import timedelta
from typing import Any

import pytest

from tests.model import lines
from tests.model.lines import CODE, decode, encode
from tests.model.schema import MESSAGE_BYTES_MAX
from tests.model.subjects import NOW, Subject, outcomes, statuses, tell


def saying(line: bytes, **said: Any) -> bytes:  # noqa: ANN401 - JSON
    event = decode(line)
    event["data"] |= said
    return encode(event)


def without(line: bytes, name: str) -> bytes:
    event = decode(line)
    return encode({key: value for key, value in event.items() if key != name})


def with_(line: bytes, **attributes: Any) -> bytes:  # noqa: ANN401 - JSON
    return encode(decode(line) | attributes)


REGISTERED, PROGRAMME, PUBLISHED = lines.registered("edu:e1"), lines.programme("edu:e1"), lines.published()
ACTIVATED, ISSUED, COMPLETED = lines.activated("edu:e1"), lines.issued(), lines.completed("edu:e1")

NO_MESSAGES = {
    "not UTF-8": b'{"specversion": "\xff"}',
    "not JSON": b'{"specversion": "1.0"',
    "two values": COMPLETED + COMPLETED,
    "NaN": saying(PROGRAMME, hours=float("nan")),
    "Infinity": saying(PROGRAMME, hours=float("inf")),
    "nested too deep": COMPLETED[:-1] + b', "deep": ' + b"[" * 6000 + b"]" * 6000 + b"}",
    "an array": b"[" + COMPLETED + b"]",
    "a string": b'"text"',
    "null": b"null",
    "over 256 KiB": COMPLETED + b" " * (MESSAGE_BYTES_MAX + 1 - len(COMPLETED)),
    "no time": without(COMPLETED, "time"),
    "time without an offset": with_(COMPLETED, time="2025-05-12T12:00:00"),
    "time that is a date": with_(COMPLETED, time="2025-05-12"),
    "time without seconds": with_(COMPLETED, time="2025-05-12T12:00Z"),
    "no id": without(COMPLETED, "id"),
    "an empty id": with_(COMPLETED, id=""),
    "an id of 201 characters": with_(COMPLETED, id="x" * 201),
    "a number as id": with_(COMPLETED, id=5),
    "another specversion": with_(COMPLETED, specversion="0.3"),
    "a source of nobody": with_(COMPLETED, source="/portals/other"),
    "no data": without(COMPLETED, "data"),
    "null as data": with_(COMPLETED, data=None),
    "a list as data": with_(COMPLETED, data=[]),
    "a type of a later version": with_(COMPLETED, type="ru.nmo.module.completed.v2"),
    "a type without the prefix": with_(COMPLETED, type="module.completed.v1"),
    "a portal's type from the catalogue": with_(COMPLETED, source="/catalogue"),
    "a catalogue's type from a portal": with_(ISSUED, source="/portals/edu"),
    "a type from support": with_(COMPLETED, source="/support"),
    "a request from sovetnmo": with_(lines.link_requested(), source="/portals/sovetnmo"),
    "a confirmation from edu": with_(lines.link_confirmed(), source="/portals/edu"),
    "a decline from edu": with_(lines.link_declined(), source="/portals/edu"),
    "null for a required field": saying(COMPLETED, module_id=None),
    "a number as text": saying(COMPLETED, module_id=7),
    "text as a number": saying(PROGRAMME, hours="36"),
    "a truth value as a number": saying(PROGRAMME, hours=True),
    "a negative number": saying(PROGRAMME, hours=-1),
    "text as a truth value": saying(PUBLISHED, foreign="false"),
    "a number as a truth value": saying(PUBLISHED, foreign=0),
    "text as a list": saying(REGISTERED, specialties="кардиология"),
    "a number in a list of names": saying(REGISTERED, specialties=["кардиология", 1]),
    "an empty name in a list": saying(REGISTERED, specialties=[""]),
    "empty text": saying(REGISTERED, email=""),
    "text with U+0000": saying(REGISTERED, full_name="a\0b"),
    "a code with U+0000": saying(ACTIVATED, code=f"{CODE}\0"),
    "text with a lone surrogate": REGISTERED.replace(b'"edu.e1@', b'"\\ud800@'),
    "text of 1,001 characters": saying(REGISTERED, full_name="я" * 1001),
    "a date with a time": saying(COMPLETED, completed_on="2025-05-12T00:00:00Z"),
    "a date without dashes": saying(COMPLETED, completed_on="20250512"),
    "a day that the calendar has not": saying(COMPLETED, completed_on="2025-02-29"),
    "an instant without an offset": saying(ACTIVATED, activated_at="2025-05-12T12:00:00"),
    "an instant with a blank": saying(ACTIVATED, activated_at="2025-05-12 12:00:00Z"),
    "another education level": saying(REGISTERED, education_level="Higher"),
    "another audience": saying(REGISTERED, audience="doctor"),
    "another kind": saying(PUBLISHED, kind="webinar"),
    "another reason of a replica": lines.not_applied("edu:e1", "module:m1:2025-05-12", "later"),
    "a СНИЛС with a wrong checksum": saying(REGISTERED, snils="112-233-445 96"),
    "a СНИЛС of ten digits": saying(REGISTERED, snils="112-233-445 9"),
    "a СНИЛС with a letter": saying(REGISTERED, snils="112-233-445 95x"),
    "an event without a day": saying(PUBLISHED, held_on=None),
    "accreditation without credits": saying(PUBLISHED, accreditation=[{**lines.row(), "credits": None}]),
    "accreditation that is text": saying(PUBLISHED, accreditation=["doctors"]),
    "a malformed code among issued ones": lines.issued(CODE, "AB12"),
    "an empty code among issued ones": lines.issued(CODE, ""),
    "a malformed code among revoked ones": lines.revoked(CODE, "AB12-CDEF345Ж"),
    "10,001 issued codes": lines.issued(*[CODE] * 10_001),
}


@pytest.mark.parametrize("name", NO_MESSAGES)
def test_what_is_no_message_parks(subject: Subject, name: str) -> None:
    """A missing or mistyped known field is a schema error, and the message is parked."""
    assert statuses(subject, NO_MESSAGES[name]) == ["parked"]
    assert not subject.known("edu", "e1")


MESSAGES = {
    "unknown attributes and fields": with_(saying(COMPLETED, grown={"deep": [1]}), traceparent="00", count=5),
    "null for an optional field": saying(with_(COMPLETED, subject=None), code=None),
    "an empty code": lines.activated("edu:e1", ""),
    "text of 1,000 characters": saying(REGISTERED, full_name="я" * 1000),
    "an id of 200 characters": with_(COMPLETED, id="я" * 200),
    "256 KiB": COMPLETED + b" " * (MESSAGE_BYTES_MAX - len(COMPLETED)),
    "10,000 issued codes": lines.issued(*[CODE] * 10_000),
    "an instant in small letters": saying(ACTIVATED, activated_at="2025-05-12t12:00:00z"),
    "an instant with a fraction": saying(ACTIVATED, activated_at="2025-05-12T12:00:00.123456-03:30"),
    "a leap day": saying(COMPLETED, completed_on="2024-02-29"),
    "a number with a fraction": saying(PROGRAMME, hours=36.5),
    "zero": saying(PROGRAMME, hours=0),
    "empty lists": saying(REGISTERED, specialties=[]),
    "a СНИЛС in any punctuation": saying(REGISTERED, snils="«112 233/445—95»"),
    "a СНИЛС with the remainder 100": saying(REGISTERED, snils="638-343-332 00"),
    "an old СНИЛС without a checksum": saying(REGISTERED, snils="001-001-998 12"),
    "a module without a day": lines.published("m1", "module"),
    "a change of nothing": lines.changed("edu:e1"),
    "escaped brackets": saying(COMPLETED, module_id='m"[[' + "{" * 150),
}


@pytest.mark.parametrize("name", MESSAGES)
def test_what_only_looks_wrong_is_stored(subject: Subject, name: str) -> None:
    """Unknown extra attributes and unknown extra data fields are ignored; null is "absent" for an optional field;
    text is not empty (but `code` may be).
    """
    (told,) = tell(subject, MESSAGES[name])
    assert told.status == "stored"


def test_a_message_parks_with_every_error_in_it(subject: Subject) -> None:
    """The message is parked with every error in it, not only the first."""
    event = decode(PROGRAMME) | {"time": None, "source": "/portals/none"}
    event["data"] |= {"hours": "36", "completed_on": "12.05.2025", "organisation": None}
    (told,) = tell(subject, encode(event))
    for name in ("time", "source", "hours", "completed_on", "organisation"):
        assert any(name in error for error in told.errors), name


def test_every_bad_code_is_named_and_none_of_the_message_takes_effect(subject: Subject) -> None:
    """A `codes.issued` or `codes.revoked` with one malformed code (every bad one is named; none of the message's codes
    takes effect).
    """
    issued, revoked = lines.issued("AB1", CODE, "Ж" * 12), lines.revoked(CODE, "")
    told = tell(subject, issued, revoked)
    assert [each.status for each in told] == ["parked", "parked"]
    assert len(told[0].errors) == 2
    code = subject.code(CODE)
    assert code is not None
    assert (code["issued"], code["revoked"]) == (None, False)


def test_more_than_a_day_ahead_of_the_receipt_parks(subject: Subject) -> None:
    """`time` or an `…_at` more than a day ahead of the receipt."""
    day, moment = NOW + timedelta(days=1), NOW + timedelta(days=1, seconds=1)
    assert statuses(subject, with_(COMPLETED, time=day.isoformat())) == ["stored"]
    assert statuses(subject, with_(lines.completed("edu:e1"), time=moment.isoformat())) == ["parked"]
    assert statuses(subject, lines.closed("edu:e2", day.isoformat())) == ["stored"]
    assert statuses(subject, lines.closed("edu:e2", moment.isoformat())) == ["parked"]


def test_issued_codes_may_be_spelled_as_people_type(subject: Subject) -> None:
    """Canonical form: NFKC; letters and digits only; upper case; look-alikes to Latin; letter O to zero."""
    spelled = ["к-o м\u00a0р\u200b\u0442 9 \u0445уНСЕ1", "\uff2b\uff10\uff2d\uff30\uff349XYHCE1", "«KОMPT9XYHCE1»"]
    tell(subject, lines.issued(lines.OTHER_CODE), *[lines.activated("edu:e1", typed) for typed in spelled])
    assert outcomes(subject, lines.OTHER_CODE) == ["accepted", "code_already_yours", "code_already_yours"]
