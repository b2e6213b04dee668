"""Valid lines for tests: one function a message type, with everything that a test does not care about filled in.

An account is written as on the command line, "edu:e1".
"""

import json
from itertools import count
from typing import Any

CODE = "AB12CDEF3456"
OTHER_CODE = "K0MPT9XYHCE1"
NOON = "2025-05-12T12:00:00+03:00"
AFTER = "2025-05-12T13:00:00+03:00"
BEFORE = "2025-05-12T11:00:00+03:00"
DAY = "2025-05-12"
SNILS = "112-233-445 95"
OTHER_SNILS = "087-654-303 00"

_numbers = count(1)


def event(kind: str, source: str, said: dict[str, Any], **envelope: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """Return an event with these data; fields of the data that are None are left out."""
    made = {
        "specversion": "1.0",
        "id": f"message-{next(_numbers)}",
        "source": source,
        "type": f"ru.nmo.{kind}.v1",
        "time": NOON,
        "data": {name: value for name, value in said.items() if value is not None},
    }
    return made | envelope


def encode(made: object) -> bytes:
    """Return the line of an event."""
    return json.dumps(made, ensure_ascii=False).encode()


def decode(line: bytes) -> dict[str, Any]:
    """Return the event of a line, to be changed and encoded again."""
    made: dict[str, Any] = json.loads(line)
    return made


def _from_portal(kind: str, account: str, **said: Any) -> bytes:  # noqa: ANN401 - JSON
    portal, account_id = account.split(":")
    return encode(event(kind, f"/portals/{portal}", {"account_id": account_id} | said, subject=account_id))


def registered(account: str, *, at: str = NOON, **fields: Any) -> bytes:  # noqa: ANN401 - JSON
    """`account.registered` of a doctor of higher education, a cardiologist."""
    facts = {"email": f"{account}@example.org".replace(":", "."), "education_level": "higher", "audience": "doctors"}
    return _from_portal(
        "account.registered", account, **(facts | {"specialties": ["кардиология"], "registered_at": at} | fields)
    )


def changed(account: str, *, at: str = NOON, **fields: Any) -> bytes:  # noqa: ANN401 - JSON
    """`account.changed` with the given fields."""
    return _from_portal("account.changed", account, changed_at=at, **fields)


def closed(account: str, at: str = NOON) -> bytes:
    """`account.closed`."""
    return _from_portal("account.closed", account, closed_at=at)


def reopened(account: str, at: str = AFTER) -> bytes:
    """`account.reopened`."""
    return _from_portal("account.reopened", account, reopened_at=at)


def cycle(account: str, cycle_id: str = "c1", **fields: Any) -> bytes:  # noqa: ANN401 - JSON
    """`cycle.opened` in cardiology, 2021 to 2026."""
    said = {"specialty": "кардиология", "education_level": "higher", "starts_on": "2021-06-01", "ends_on": "2026-05-31"}
    return _from_portal("cycle.opened", account, **({"cycle_id": cycle_id} | said | fields))


def activated(account: str, code: str = CODE, at: str = NOON, activity_id: str | None = None) -> bytes:
    """`code.activated`."""
    return _from_portal("code.activated", account, code=code, activated_at=at, activity_id=activity_id)


def completed(account: str, module_id: str = "m1", on: str = DAY, code: str | None = None) -> bytes:
    """`module.completed`."""
    return _from_portal("module.completed", account, module_id=module_id, completed_on=on, code=code)


def programme(account: str, programme_id: str = "p1", on: str = DAY, hours: float = 36, distance: float = 18) -> bytes:
    """`programme.completed`."""
    said = {"programme_id": programme_id, "completed_on": on, "hours": hours, "distance_hours": distance}
    return _from_portal("programme.completed", account, organisation="Академия", **said)


def link_requested(request_id: str = "r1", edu: str = "e1", sovetnmo: str = "s1") -> bytes:
    """`link.requested`."""
    said = {"sovetnmo_account_id": sovetnmo, "request_id": request_id, "requested_at": NOON}
    return _from_portal("link.requested", f"edu:{edu}", **said)


def link_confirmed(request_id: str = "r1", edu: str = "e1", sovetnmo: str = "s1") -> bytes:
    """`link.confirmed`."""
    said = {"edu_account_id": edu, "request_id": request_id, "confirmed_at": NOON}
    return _from_portal("link.confirmed", f"sovetnmo:{sovetnmo}", **said)


def link_declined(request_id: str = "r1", edu: str = "e1", sovetnmo: str = "s1") -> bytes:
    """`link.declined`."""
    said = {"edu_account_id": edu, "request_id": request_id, "declined_at": NOON, "reason": "не мой кабинет"}
    return _from_portal("link.declined", f"sovetnmo:{sovetnmo}", **said)


def reversal(account: str, key: str) -> bytes:
    """`activity.reversed`."""
    return _from_portal("activity.reversed", account, activity_key=key, reason="ошибка", reversed_at=NOON)


def applied(account: str, key: str) -> bytes:
    """`replica.applied`."""
    return _from_portal("replica.applied", account, activity_key=key, applied_at=NOON)


def not_applied(account: str, key: str, reason: str) -> bytes:
    """`replica.refused`."""
    return _from_portal("replica.refused", account, activity_key=key, reason=reason, refused_at=NOON)


def row(credits_: float = 5, *specialties: str, audience: str = "doctors", level: str = "higher") -> dict[str, Any]:
    """Return one row of an accreditation, for cardiology unless told otherwise."""
    names = list(specialties) or ["кардиология"]
    return {"audience": audience, "education_level": level, "credits": credits_, "specialties": names}


def published(activity_id: str = "ev1", kind: str = "event", *rows: dict[str, Any], **fields: Any) -> bytes:  # noqa: ANN401 - JSON
    """`activity.published`: an event on 14 May 2025, or a module or programme without a day."""
    said = {"activity_id": activity_id, "kind": kind, "title": f"Активность {activity_id}", "provider": "Организатор"}
    held_on = "2025-05-14" if kind == "event" else None
    said_fully = said | {"held_on": held_on, "accreditation": list(rows) or [row()]} | fields
    return encode(event("activity.published", "/catalogue", said_fully))


def withdrawn(activity_id: str = "ev1", at: str = NOON) -> bytes:
    """`activity.withdrawn`."""
    said = {"activity_id": activity_id, "reason": "снята", "withdrawn_at": at}
    return encode(event("activity.withdrawn", "/catalogue", said))


def issued(*codes: str, activity_id: str = "ev1", audience: str = "doctors") -> bytes:
    """`codes.issued`; `CODE` unless told otherwise."""
    said = {"activity_id": activity_id, "audience": audience, "codes": list(codes) or [CODE]}
    return encode(event("codes.issued", "/catalogue", said))


def revoked(*codes: str, at: str = NOON, activity_id: str = "ev1") -> bytes:
    """`codes.revoked`; `CODE` unless told otherwise."""
    said = {"activity_id": activity_id, "codes": list(codes) or [CODE], "reason": "ошибка", "revoked_at": at}
    return encode(event("codes.revoked", "/catalogue", said))
