"""What a portal's own report says of an activity, and the report that a portal makes of a replica by mistake."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

from simulation.catalogue import ORGANISATION
from simulation.codes import module_key, printed, programme_key
from simulation.wire import Event, instant, message

_DATE = re.compile(r"\d{4}-\d\d-\d\d")


def own_key(event: Event) -> tuple[str, str] | None:
    """The account and the activity key of a completion that a portal reports, where the message is a sound one.

    An activation is not there: whether the code is worth anything, the service says.
    """
    data: dict[str, Any] = event.get("data") or {}
    completed_on = str(data.get("completed_on"))
    if not _DATE.fullmatch(completed_on):
        return None
    match event, data:
        case {"type": "ru.nmo.module.completed.v1", "time": _}, {"module_id": module_id}:
            return data["account_id"], module_key(module_id, completed_on)
        case {"type": "ru.nmo.programme.completed.v1", "time": _}, {"programme_id": programme_id, "hours": int()}:
            return data["account_id"], programme_key(programme_id, completed_on)
    return None


def echo_of(portal: str, event_id: str, replica: tuple[str, str], base: datetime, at_s: float) -> Event:
    """The replica reported back as if it were new: the same key, under an id of the portal's own."""
    account_id, activity_key = replica
    at = base + timedelta(seconds=at_s)
    prefix, _, rest = activity_key.partition(":")
    activity_id, _, completed_on = rest.rpartition(":")
    match prefix:
        case "code":
            kind, told = "code.activated.v1", {"code": printed(rest), "activated_at": instant(at)}
        case "module":
            kind, told = "module.completed.v1", {"module_id": activity_id, "completed_on": completed_on}
        case _:
            kind, told = "programme.completed.v1", _programme(activity_id, completed_on)
    return message(portal, event_id, kind, at, {"account_id": account_id, **told})


def _programme(programme_id: str, completed_on: str) -> dict[str, Any]:
    known = {"programme_id": programme_id, "completed_on": completed_on}
    return known | {"hours": 36, "distance_hours": 18, "organisation": ORGANISATION}
