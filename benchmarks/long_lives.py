"""Makes the messages of people with very many events, and of a crowd around them: always the same."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Final

import msgspec

from sync_service.aggregates.values import Account, Portal, code_key, module_key, programme_key

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

MOSCOW: Final = timezone(timedelta(hours=3))
BEGAN: Final = datetime(2022, 1, 10, 9, tzinfo=MOSCOW)
DAYS: Final = 1_400
SPECIALTY: Final = "кардиология"
CROWD_ACTIVITIES: Final = 3
OPENING_EVENTS: Final = 5
"""An account, what its portal says of the person, their cycle."""

EVENTS_OF_A_SHOWN_ACTIVITY: Final = 3
"""What was recorded, the replica that was asked for, and the portal's answer."""

_encode = msgspec.json.Encoder().encode


class LongLives:
    """So many people with about so many events each, of whom every second one has linked accounts."""

    def __init__(self, people: int, events: int, crowd: int) -> None:
        self._crowd = crowd
        self._sent = 0
        self._events = events
        self.people = [Account(Portal.EDU, f"long-{number}") for number in range(people)]

    def lines(self) -> Iterator[bytes]:
        """Every message, in the order in which the catalogue and the portals would have sent them."""
        for number in range(self._events):
            yield from self._described(number)
        for who in range(self._crowd):
            account = Account(Portal.EDU, f"crowd-{who}")
            yield from self._registered(account)
            for number in range(CROWD_ACTIVITIES):
                yield self._activity(account, who + number * 7, len(self.people) + who)[1]
        for who, account in enumerate(self.people):
            yield from self._linked(account, who) if who % 2 else self._alone(account, who)

    def _alone(self, account: Account, who: int) -> Iterator[bytes]:
        yield from self._registered(account)
        for number in range(self._events - OPENING_EVENTS):
            yield self._activity(account, number, who)[1]

    def _linked(self, account: Account, who: int) -> Iterator[bytes]:
        """Half of it comes before the link, and is shown on the other side once the accounts are joined."""
        other = Account(Portal.SOVETNMO, account.account_id)
        yield from self._registered(account)
        yield from self._registered(other)
        activities = self._events // EVENTS_OF_A_SHOWN_ACTIVITY - OPENING_EVENTS
        to_show: list[bytes] = []
        for number in range(activities):
            said_by, shown_by = (account, other) if number % 3 else (other, account)
            key, line = self._activity(said_by, number, who)
            yield line
            to_show.append(self._shown(shown_by, key, number))
            if number == activities // 2:
                yield from self._joined(account, other)
            if number >= activities // 2:
                yield from to_show
                to_show.clear()

    def _registered(self, account: Account) -> Iterator[bytes]:
        trained = {"education_level": "higher", "audience": "doctors", "specialties": [SPECIALTY]}
        reached = {"email": f"{account.account_id}@example.org", "full_name": "Иванова Мария Петровна"}
        yield self._said(account, "account.registered", trained | reached | {"registered_at": BEGAN.isoformat()})
        if account.portal is Portal.EDU:
            dates = {"starts_on": "2022-01-01", "ends_on": "2026-12-31"}
            cycle = {"cycle_id": f"cycle-{account.account_id}", "specialty": SPECIALTY, "education_level": "higher"}
            yield self._said(account, "cycle.opened", cycle | dates)

    def _joined(self, edu: Account, sovetnmo: Account) -> Iterator[bytes]:
        name, at = f"request-{edu.account_id}", _instant(self._events)
        asked = {"sovetnmo_account_id": sovetnmo.account_id, "request_id": name, "requested_at": at}
        yield self._said(edu, "link.requested", asked)
        agreed = {"edu_account_id": edu.account_id, "request_id": name, "confirmed_at": at}
        yield self._said(sovetnmo, "link.confirmed", agreed)

    def _shown(self, account: Account, key: str, number: int) -> bytes:
        return self._said(account, "replica.applied", {"activity_key": key, "applied_at": _instant(number)})

    def _activity(self, account: Account, number: int, who: int) -> tuple[str, bytes]:
        """The person did the numbered activity: its key, and what their portal says of it."""
        kind, name, on = _kind(number), f"activity-{number}", _day(number)
        if kind == "event":
            code = _code(number, who)
            typed = {"code": f"{code[:4]}-{code[4:]}", "activated_at": _instant(number), "activity_id": name}
            return code_key(code), self._said(account, "code.activated", typed)
        done: dict[str, object] = {f"{kind}_id": name, "completed_on": on.isoformat()}
        if kind == "module":
            return module_key(name, on), self._said(account, "module.completed", done)
        done |= {"hours": 36, "distance_hours": 18, "organisation": "Учебный центр «Кардиология»"}
        return programme_key(name, on), self._said(account, "programme.completed", done)

    def _described(self, number: int) -> Iterator[bytes]:
        kind, name = _kind(number), f"activity-{number}"
        row = {"audience": "doctors", "education_level": "higher", "credits": 6, "specialties": [SPECIALTY]}
        told = {"activity_id": name, "kind": kind, "title": f"Разбор трудного случая, часть {number}"}
        held = {"held_on": _day(number).isoformat()} if kind == "event" else {}
        told |= held | {"provider": "Ассоциация кардиологов"}
        yield self._line("/catalogue", "activity.published", told | {"accreditation": [row]})
        if kind == "event":
            codes = [_code(number, who) for who in range(len(self.people))]
            issued = {"activity_id": name, "audience": "doctors", "codes": codes}
            yield self._line("/catalogue", "codes.issued", issued)

    def _said(self, account: Account, kind: str, said: Mapping[str, object]) -> bytes:
        return self._line(f"/portals/{account.portal}", kind, {"account_id": account.account_id, **said})

    def _line(self, source: str, kind: str, said: Mapping[str, object]) -> bytes:
        self._sent += 1
        envelope = {"specversion": "1.0", "id": f"long-{self._sent}", "source": source, "type": f"ru.nmo.{kind}.v1"}
        return _encode(envelope | {"time": BEGAN.isoformat(), "data": said})


def _kind(number: int) -> str:
    """Of twenty activities one is a programme, four are modules, and the others events with a code."""
    place = number % 20
    return "programme" if place == 19 else "module" if place % 4 == 3 else "event"  # noqa: PLR2004 - the shares above


def _code(number: int, who: int) -> str:
    return f"{number:04d}{who:08d}"


def _day(number: int) -> date:
    return BEGAN.date() + timedelta(days=number % DAYS)


def _instant(number: int) -> str:
    return (BEGAN + timedelta(days=number % DAYS, minutes=number % 540)).isoformat()
