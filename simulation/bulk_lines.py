"""Writes the lines of the bulk generator: by template, because building and encoding each message costs too much."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

import orjson

from simulation.catalogue import ORGANISATION, Activity
from simulation.codes import printed
from simulation.wire import CATALOGUE, EDU, SOURCES, SOVETNMO, TYPE_PREFIX, topic_in

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from random import Random

    from simulation.people import Person

Keyed = tuple[str, bytes, bytes]
"""A topic, a key and a line."""

STEP_MS: Final = 10
"""How long after one message the next was sent."""

_PORTALS = {"S": SOVETNMO, "E": EDU}


class Pen:
    """Writes one message after another; each gets the next id and the next moment after `base` (in UTC)."""

    def __init__(self, prefix: str, base: datetime) -> None:
        self._base = base
        self._number = 0
        self._second, self._second_text = -1, ""
        self._stamp = self._next_stamp()
        self._topics = {publisher: topic_in(publisher, prefix) for publisher in SOURCES}

    def published(self, activity: Activity) -> Keyed:
        """An activity of the catalogue."""
        return self._catalogue("activity.published.v1", activity.activity_id, activity.described())

    def issued(self, activity_id: str, audience: str, codes: Sequence[str]) -> Keyed:
        """A batch of codes."""
        told = {"activity_id": activity_id, "audience": audience, "codes": [printed(code) for code in codes]}
        return self._catalogue("codes.issued.v1", activity_id, told)

    def registered(self, account_id: str, person: Person) -> Keyed:
        """A registration."""
        email = f"{account_id.lower()}@example.org"
        known = {
            "account_id": account_id,
            "email": email,
            "full_name": person.full_name,
            "education_level": person.education_level,
            "audience": person.audience,
            "specialties": person.specialties,
        }
        facts = orjson.dumps(known).decode()
        return self._account(account_id, "account.registered.v1", facts[1:-1] + f',"registered_at":"{self._stamp}"')

    def activated(self, account_id: str, typed: str, activity_id: str) -> Keyed:
        """An activation of a code."""
        told = f'"code":{orjson.dumps(typed).decode()},"activity_id":"{activity_id}","activated_at":"{self._stamp}"'
        return self._account(account_id, "code.activated.v1", f'"account_id":"{account_id}",{told}')

    def module(self, account_id: str, module_id: str, completed_on: str) -> Keyed:
        """A completed module."""
        told = f'"account_id":"{account_id}","module_id":"{module_id}","completed_on":"{completed_on}"'
        return self._account(account_id, "module.completed.v1", told)

    def programme(self, account_id: str, programme: Activity, completed_on: str, random: Random) -> Keyed:
        """A completed programme."""
        distance_hours = random.choice((0, programme.hours // 2, programme.hours))
        told = (
            f'"account_id":"{account_id}","programme_id":"{programme.activity_id}","hours":{programme.hours},'
            f'"distance_hours":{distance_hours},"completed_on":"{completed_on}","organisation":"{ORGANISATION}"'
        )
        return self._account(account_id, "programme.completed.v1", told)

    def requested(self, sovetnmo: str, edu: str, request_id: str) -> Keyed:
        """The edu half of a link."""
        told = f'"account_id":"{edu}","sovetnmo_account_id":"{sovetnmo}","request_id":"{request_id}"'
        return self._account(edu, "link.requested.v1", f'{told},"requested_at":"{self._stamp}"')

    def confirmed(self, sovetnmo: str, edu: str, request_id: str) -> Keyed:
        """The sovetnmo half of a link."""
        told = f'"account_id":"{sovetnmo}","edu_account_id":"{edu}","request_id":"{request_id}"'
        return self._account(sovetnmo, "link.confirmed.v1", f'{told},"confirmed_at":"{self._stamp}"')

    def _catalogue(self, kind: str, activity_id: str, told: Mapping[str, object]) -> Keyed:
        line = self._line(CATALOGUE, kind, "", orjson.dumps(told).decode()[1:-1])
        return self._topics[CATALOGUE], activity_id.encode(), line

    def _account(self, account_id: str, kind: str, told: str) -> Keyed:
        portal = _PORTALS[account_id[0]]
        line = self._line(portal, kind, f'"subject":"{account_id}",', told)
        return self._topics[portal], account_id.encode(), line

    def _line(self, publisher: str, kind: str, subject: str, told: str) -> bytes:
        """The envelope, with a trace of the portal's own that the service is to ignore, as real portals send it."""
        self._number += 1
        number, stamp = self._number, self._stamp
        self._stamp = self._next_stamp()
        return (
            f'{{"specversion":"1.0","id":"{publisher}-b{number:08d}","source":"{SOURCES[publisher]}",'
            f'"type":"{TYPE_PREFIX}{kind}",{subject}"time":"{stamp}","datacontenttype":"application/json",'
            f'"traceparent":"00-{number:032x}-{number:016x}-01","data":{{{told}}}}}'
        ).encode()

    def _next_stamp(self) -> str:
        """The moment of the next message; the part that changes once a second is kept, as it is slow to write."""
        second, millisecond = divmod(self._number * STEP_MS, 1000)
        if second != self._second:
            self._second = second
            self._second_text = (self._base + timedelta(seconds=second)).strftime("%Y-%m-%dT%H:%M:%S")
        return f"{self._second_text}.{millisecond:03d}+00:00"
