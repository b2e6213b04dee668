"""One valid message of every incoming type, all its fields given, and the shortest ways to spoil and decode it."""

from __future__ import annotations

import json
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any, Final

from sync_service.messages.decoding import Message, Unreadable, decode
from sync_service.messages.records import Record

Event = dict[str, Any]

NOW: Final = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
SOVETNMO, EDU, CATALOGUE = "/portals/sovetnmo", "/portals/edu", "/catalogue"
ABSENT: Final = object()

_PERSON = {
    "account_id": "e-1",
    "email": "anna@example.org",
    "full_name": "Анна Выдуманная",
    "snils": "112-233-445 95",
    "education_level": "higher",
    "audience": "doctors",
    "specialties": ["кардиология", "терапия"],
}
_AT = "2025-05-12T18:30:05+03:00"

BODIES: Final[dict[str, tuple[str, dict[str, Any]]]] = {
    "account.registered.v1": (EDU, {**_PERSON, "registered_at": _AT}),
    "account.changed.v1": (EDU, {**_PERSON, "changed_at": _AT}),
    "account.closed.v1": (SOVETNMO, {"account_id": "s-1", "closed_at": _AT}),
    "account.reopened.v1": (SOVETNMO, {"account_id": "s-1", "reopened_at": _AT}),
    "cycle.opened.v1": (
        EDU,
        {
            "account_id": "e-1",
            "cycle_id": "c-1",
            "specialty": "терапия",
            "education_level": "higher",
            "starts_on": "2024-01-01",
            "ends_on": "2028-12-31",
            "policy": "model-144",
        },
    ),
    "code.activated.v1": (
        SOVETNMO,
        {"account_id": "s-1", "code": "ab12-cd34ef56", "activated_at": _AT, "activity_id": "forum-1"},
    ),
    "module.completed.v1": (
        EDU,
        {"account_id": "e-1", "module_id": "m-1", "completed_on": "2025-05-12", "code": "AB12-CD34EF56"},
    ),
    "programme.completed.v1": (
        EDU,
        {
            "account_id": "e-1",
            "programme_id": "p-1",
            "hours": 108,
            "distance_hours": 54.5,
            "completed_on": "2025-05-12",
            "organisation": "Выдуманная академия",
        },
    ),
    "link.requested.v1": (
        EDU,
        {"account_id": "e-1", "sovetnmo_account_id": "s-1", "request_id": "r-1", "requested_at": _AT},
    ),
    "link.confirmed.v1": (
        SOVETNMO,
        {"account_id": "s-1", "edu_account_id": "e-1", "request_id": "r-1", "confirmed_at": _AT},
    ),
    "link.declined.v1": (
        SOVETNMO,
        {
            "account_id": "s-1",
            "edu_account_id": "e-1",
            "request_id": "r-1",
            "declined_at": _AT,
            "reason": "не мой кабинет",
        },
    ),
    "activity.reversed.v1": (
        SOVETNMO,
        {"account_id": "s-1", "activity_key": "code:AB12CD34EF56", "reason": "по ошибке", "reversed_at": _AT},
    ),
    "replica.applied.v1": (
        EDU,
        {"account_id": "e-1", "activity_key": "code:AB12CD34EF56", "remote_ref": "77", "applied_at": _AT},
    ),
    "replica.refused.v1": (
        EDU,
        {
            "account_id": "e-1",
            "activity_key": "code:AB12CD34EF56",
            "reason": "temporarily",
            "detail": "ночное обслуживание",
            "refused_at": _AT,
        },
    ),
    "activity.published.v1": (
        CATALOGUE,
        {
            "activity_id": "forum-1",
            "kind": "event",
            "title": "Выдуманный форум",
            "provider": "Выдуманное общество",
            "place": "Казань",
            "held_on": "2025-05-12",
            "foreign": False,
            "accreditation": [
                {"audience": "doctors", "education_level": "higher", "credits": 5, "specialties": ["терапия"]},
            ],
        },
    ),
    "activity.withdrawn.v1": (CATALOGUE, {"activity_id": "forum-1", "reason": "отмена", "withdrawn_at": _AT}),
    "codes.issued.v1": (
        CATALOGUE,
        {"activity_id": "forum-1", "audience": "doctors", "codes": ["AB12-CD34EF56", "аb12cd34еf57"]},
    ),
    "codes.revoked.v1": (
        CATALOGUE,
        {"activity_id": "forum-1", "codes": ["AB12-CD34EF56"], "reason": "напечатан дважды", "revoked_at": _AT},
    ),
}
"""By the type without its prefix: who sends it, and its `data`."""

OPTIONAL: Final[dict[str, set[str]]] = {
    "account.registered.v1": {"full_name", "snils"},
    "account.changed.v1": {"email", "full_name", "snils", "education_level", "audience", "specialties"},
    "cycle.opened.v1": {"policy"},
    "code.activated.v1": {"activity_id"},
    "module.completed.v1": {"code"},
    "replica.applied.v1": {"remote_ref"},
    "replica.refused.v1": {"detail"},
    "activity.published.v1": {"place", "foreign"},
}
"""The fields that the contract marks with a question mark, or that have a default."""


def event(kind: str, /, **changes: Any) -> Event:  # noqa: ANN401  JSON
    """A valid event of this type with these fields of its `data` replaced, or left out where ABSENT."""
    source, body = BODIES[kind]
    return {
        "specversion": "1.0",
        "id": f"id-{kind}",
        "source": source,
        "type": f"ru.nmo.{kind}",
        "subject": body.get("account_id", "forum-1"),
        "time": "2025-05-12T15:30:06.25Z",
        "data": _with(deepcopy(body), changes),
    }


def enveloped(kind: str = "account.closed.v1", /, **changes: Any) -> Event:  # noqa: ANN401  JSON
    """A valid event of this type with these attributes replaced, or left out where ABSENT."""
    return _with(event(kind), changes)


def record(value: bytes | Event, *headers: tuple[str, bytes]) -> Record:
    """The record that carries this value, or this event as JSON."""
    content = value if isinstance(value, bytes) else json.dumps(value).encode()
    return Record(value=content, place="file:1", offset=0, next_offset=len(content), headers=headers)


def decoded(value: bytes | Event, *headers: tuple[str, bytes]) -> Message | Unreadable:
    """What the record says when it is received at NOW."""
    return decode(record(value, *headers), NOW)


def message(value: bytes | Event, *headers: tuple[str, bytes]) -> Message:
    """The message of a record that is one."""
    read = decoded(value, *headers)
    assert isinstance(read, Message), read.reasons
    return read


def is_message(value: bytes | Event, *headers: tuple[str, bytes]) -> bool:
    """Whether the record is a message."""
    return isinstance(decoded(value, *headers), Message)


def reasons(value: bytes | Event, *headers: tuple[str, bytes]) -> tuple[str, ...]:
    """The reasons why the record is no message."""
    read = decoded(value, *headers)
    assert isinstance(read, Unreadable)
    return read.reasons


def _with(fields: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in (fields | changes).items() if value is not ABSENT}
