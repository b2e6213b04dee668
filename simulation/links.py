"""The chapter of links: edu requests, sovetnmo confirms, in both orders, with declines, repeats and conflicts."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from simulation.chance import chosen
from simulation.wire import EDU, MOSCOW_H, SOVETNMO

if TYPE_CHECKING:
    from random import Random

    from simulation.people import Person
    from simulation.script import Script

_LINKED_SHARE = 0.7
_DECLINED = "Это не мой кабинет"
_WAYS = ("usual", "confirmed first", "twice", "declined", "declined, then confirmed", "unanswered")
_WAY_WEIGHTS = (70, 12, 6, 3, 5, 4)


class Pair(NamedTuple):
    """Two accounts that are to be linked under one request; `offset_h` is the clock of whoever asks."""

    sovetnmo: str
    edu: str
    request_id: str
    offset_h: int = MOSCOW_H


def write_links(script: Script) -> None:
    """Link most of those who have two accounts; a few try to take an account that is linked already."""
    random = script.random("links")
    linking = [pair for person in chosen(random, script.people, _LINKED_SHARE) for pair in _pairs(script, person)]
    for place, pair in enumerate(linking):
        way = _WAYS[place] if place < len(_WAYS) else random.choices(_WAYS, weights=_WAY_WEIGHTS)[0]
        _link(script, random, pair, way)
    conflicts = [person for person in script.people if person.sovetnmo is None and person.edu is not None]
    for person in chosen(random, conflicts, 0.03) if linking else ():
        _conflict(script, random, person, random.choice(linking[:1] + linking[6:]))


def _pairs(script: Script, person: Person) -> list[Pair]:
    if person.sovetnmo is None or person.edu is None:
        return []
    request_id = f"link-{script.seed}{script.tag}-{person.number}"
    return [Pair(person.sovetnmo.account_id, person.edu.account_id, request_id, person.offset_h)]


def _link(script: Script, random: Random, pair: Pair, way: str) -> None:
    part, pause = random.uniform(0.25, 0.75), random.uniform(0.005, 0.05)
    match way:
        case "confirmed first":
            _confirm(script, pair, part)
            _request(script, pair, part + pause)
        case "declined" | "declined, then confirmed":
            _request(script, pair, part)
            _decline(script, pair, part + pause)
        case _:
            _request(script, pair, part)
    if way == "declined, then confirmed":
        again = pair._replace(request_id=f"{pair.request_id}-2")
        _request(script, again, part + 2 * pause)
        _confirm(script, again, part + 3 * pause)
    if way in {"usual", "twice"}:
        _confirm(script, pair, part + pause)
    if way == "twice":
        _request(script, pair._replace(request_id=f"{pair.request_id}-again"), part + 2 * pause)
        _confirm(script, pair, part + 3 * pause)


def _conflict(script: Script, random: Random, person: Person, taken: Pair) -> None:
    """Somebody names a sovetnmo account that is, or will be, another person's."""
    if person.edu is None:
        return
    part = random.uniform(0.8, 0.9)
    request_id = f"link-{script.seed}{script.tag}-{person.number}"
    _request(script, Pair(taken.sovetnmo, person.edu.account_id, request_id, person.offset_h), part)
    _confirm(script, Pair(taken.sovetnmo, person.edu.account_id, request_id), part + 0.01)


def _request(script: Script, pair: Pair, part: float) -> None:
    script.tell(
        part,
        EDU,
        "link.requested.v1",
        account_id=pair.edu,
        sovetnmo_account_id=pair.sovetnmo,
        request_id=pair.request_id,
        requested_at=script.stamp(part, pair.offset_h),
    )


def _confirm(script: Script, pair: Pair, part: float) -> None:
    script.tell(
        part,
        SOVETNMO,
        "link.confirmed.v1",
        account_id=pair.sovetnmo,
        edu_account_id=pair.edu,
        request_id=pair.request_id,
        confirmed_at=script.stamp(part, pair.offset_h),
    )


def _decline(script: Script, pair: Pair, part: float) -> None:
    script.tell(
        part,
        SOVETNMO,
        "link.declined.v1",
        account_id=pair.sovetnmo,
        edu_account_id=pair.edu,
        request_id=pair.request_id,
        declined_at=script.stamp(part, pair.offset_h),
        reason=_DECLINED,
    )
