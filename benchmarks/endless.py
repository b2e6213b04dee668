"""Endless messages of very many people, each made from its number alone: making them takes no memory that grows."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING, Final

import orjson

from simulation.bulk_lines import Pen
from simulation.catalogue import forum_days, modules, programmes
from sync_service.topic_names import TopicNames

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.brokers import Keyed

NOON: Final = "2025-06-20T12:00:00+03:00"
CODES_EACH: Final = 1_000
STRIDE: Final = 7_919
"""A prime: who comes next is far from who came last."""

ROUND: Final = ("register", *["activate"] * 14, *["module"] * 4, "again")
"""What twenty messages in a row are: 70% activations, one of the messages before a second time."""

AGAIN_BEFORE: Final = 1_007


class Endless:
    """What so many people send, for ever; the codes that will be typed are issued a batch ahead."""

    def __init__(self, people: int, prefix: str) -> None:
        self._people = people
        names = TopicNames(prefix)
        self._sovetnmo, self._edu, self._catalogue = names.all_in()
        self._prefix = prefix
        self._event = forum_days()[0].activity_id
        self._modules = [module.activity_id for module in modules()]

    def opening(self) -> Iterator[Keyed]:
        """The catalogue, and the first codes."""
        pen = Pen(self._prefix, datetime(2025, 6, 20, tzinfo=UTC))
        for activity in (*forum_days(), *modules(), *programmes()):
            yield pen.published(activity)
        yield self._issued(0)

    def lines(self) -> Iterator[Keyed]:
        """All messages after the opening."""
        typed = 0
        for number in count():
            if ROUND[number % len(ROUND)] == "activate":
                if typed % CODES_EACH == 0:
                    yield self._issued(typed // CODES_EACH + 1)
                typed += 1
            yield self._said(number)

    def _said(self, number: int) -> Keyed:
        match ROUND[number % len(ROUND)]:
            case "again":
                return self._said(number - AGAIN_BEFORE) if number > AGAIN_BEFORE else self._registered(number)
            case "register":
                return self._registered(number)
            case "activate":
                code = self._code(self._typed_before(number))
                told = f'"code":"{code}","activity_id":"{self._event}","activated_at":"{NOON}"'
                return self._line(number, "code.activated", told)
        told = f'"module_id":"{self._modules[number % len(self._modules)]}","completed_on":"2025-0{1 + number % 6}-10"'
        return self._line(number, "module.completed", told)

    def _registered(self, number: int) -> Keyed:
        trained = '"education_level":"higher","audience":"doctors","specialties":["кардиология"]'
        told = f'"email":"e{number}@example.org","full_name":"Мария Петровна","registered_at":"{NOON}",{trained}'
        return self._line(number, "account.registered", told)

    def _line(self, number: int, kind: str, told: str) -> Keyed:
        person = number * STRIDE % self._people
        portal, topic = ("edu", self._edu) if person % 2 else ("sovetnmo", self._sovetnmo)
        line = (
            f'{{"specversion":"1.0","id":"{portal}-n{number}","source":"/portals/{portal}","type":"ru.nmo.{kind}.v1",'
            f'"time":"{NOON}","datacontenttype":"application/json",'
            f'"data":{{"account_id":"P-{person}",{told}}}}}'
        )
        return topic, b"P-%d" % person, line.encode()

    def _issued(self, batch: int) -> Keyed:
        codes = [self._code(batch * CODES_EACH + place) for place in range(CODES_EACH)]
        told = {"activity_id": self._event, "audience": "doctors", "codes": codes}
        envelope = {"specversion": "1.0", "id": f"codes-{batch}", "source": "/catalogue", "time": NOON}
        line = orjson.dumps(envelope | {"type": "ru.nmo.codes.issued.v1", "data": told})
        return self._catalogue, self._event.encode(), line

    @staticmethod
    def _typed_before(number: int) -> int:
        """How many activations there were before this one."""
        rounds, place = divmod(number, len(ROUND))
        return rounds * ROUND.count("activate") + place - 1

    @staticmethod
    def _code(number: int) -> str:
        text = f"{number:012d}"
        return f"{text[:4]}-{text[4:]}"
