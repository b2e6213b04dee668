"""Linked people and what they report, evenly from both portals: the messages of which each leads to one replica."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from benchmarks.portals import Line
from simulation.bulk_lines import Pen
from simulation.catalogue import forum_days
from simulation.chance import generator
from simulation.codes import code_key, printed
from simulation.handwriting import new_code
from simulation.people import invent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simulation.bulk_lines import Keyed

FACES = 500
CODES_IN_BATCH = 1_000
LINK_COMPLETED = "ru.nmo.link.completed.v1"
REPLICA_REQUESTED = "ru.nmo.replica.requested.v1"


class LinkedPeople:
    """So many people with an account on each portal, and codes for all that they will activate."""

    def __init__(self, seed: int, people: int, activations: int) -> None:
        self._random = generator(seed, "through")
        self._faces = invent(f"{seed}/through", FACES)
        self._people = people
        self._pen = Pen("nmo", datetime.now(UTC))
        self._day = forum_days()[0]
        self._codes = [new_code(self._random) for _ in range(activations)]
        self._unused = iter(self._codes)

    def opening(self) -> Iterator[Line]:
        """The catalogue and the codes, the registrations, and both halves of every link; named by the link."""
        pen, day = self._pen, self._day
        yield _line(pen.published(day))
        for start in range(0, len(self._codes), CODES_IN_BATCH):
            yield _line(pen.issued(day.activity_id, day.audiences[0], self._codes[start : start + CODES_IN_BATCH]))
        for number in range(self._people):
            for account in self._accounts(number):
                yield _line(pen.registered(account, self._faces[number % FACES]))
        for number in range(self._people):
            sovetnmo, edu = self._accounts(number)
            yield _line(pen.requested(sovetnmo, edu, f"link-{number}"))
            yield _line(pen.confirmed(sovetnmo, edu, f"link-{number}"))

    def links(self) -> list[str]:
        """The names of the links: all are answered when everything before has been taken in."""
        return [f"link-{number}" for number in range(self._people)]

    def activations(self, count: int) -> list[Line]:
        """The next activations, each of a new code, by anybody on either portal; named by the credit's key."""
        lines = []
        for _ in range(count):
            code = next(self._unused)
            account = self._random.choice(self._accounts(self._random.randrange(self._people)))
            lines.append(_line(self._pen.activated(account, printed(code), self._day.activity_id), code_key(code)))
        return lines

    def _accounts(self, number: int) -> tuple[str, str]:
        return f"S-{number:07d}", f"E-{number:07d}"


def _line(keyed: Keyed, name: str = "") -> Line:
    return Line(*keyed, name)


def name_in_answer(value: bytes) -> str | None:
    """What a message of the service answers: the credit that a replica shows, or the link that is completed."""
    event = msgspec.json.decode(value)
    if event["type"] == REPLICA_REQUESTED:
        return str(event["data"]["activity_key"])
    return str(event["data"]["request_id"]) if event["type"] == LINK_COMPLETED else None


def name_in_activation(value: bytes) -> str | None:
    """The credit's key in an activation that comes back as it was sent."""
    return code_key(msgspec.json.decode(value)["data"]["code"].replace("-", ""))
