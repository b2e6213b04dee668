"""The chapter of blots: messages that come again, messages that nobody can read, and an answer to no question."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Final, NamedTuple

from simulation.chance import chosen
from simulation.script import Happening
from simulation.wire import kind_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulation.script import Script
    from simulation.wire import Event

_REPEATS_SHARE = 0.05
_MALFORMED_SHARE = 0.003
_MALFORMED_MIN = 4


class Spoiling(NamedTuple):
    """A way to spoil a message of one kind so that it breaks the contract."""

    kind: str
    spoil: Callable[[Event], object]


SPOILINGS: Final = (
    Spoiling("programme.completed.v1", lambda event: event["data"].update(hours="36", distance_hours=-1)),
    Spoiling("account.registered.v1", lambda event: event["data"].update(snils="900-000-000 99", audience="врачи")),
    Spoiling("code.activated.v1", lambda event: event["data"].pop("account_id")),
    Spoiling("module.completed.v1", lambda event: event["data"].update(completed_on="2025-05-12T10:00:00+03:00")),
    Spoiling("codes.issued.v1", lambda event: event["data"].update(codes=["ABCD-12345678", "ЖЖЖЖ-1234567", ""])),
    Spoiling("code.activated.v1", lambda event: event.pop("time")),
    Spoiling("link.requested.v1", lambda event: event.update(source="/portals/sovetnmo")),
    Spoiling("module.completed.v1", lambda event: event.update(type="ru.nmo.module.finished.v1")),
    Spoiling("code.activated.v1", lambda event: event["data"].update(code=None, activated_at="вчера")),
)
"""What portals and the catalogue get wrong, one error or several at once."""


def write_blots(script: Script) -> None:
    """Repeat one message in twenty, spoil a few, and answer a replica that nobody asked for."""
    random = script.random("blots")
    written = list(script.happenings)
    for happening in chosen(random, written, _REPEATS_SHARE):
        script.tell_again(happening, happening.at_s / script.duration_s + random.uniform(0.005, 0.15))
    for place in range(max(_MALFORMED_MIN, round(len(written) * _MALFORMED_SHARE))):
        _write_spoilt(script, SPOILINGS[place % len(SPOILINGS)], random.uniform(0.2, 0.9))
    stray = random.choice(script.deeds)
    script.tell(
        0.5,
        stray.portal,
        "replica.applied.v1",
        account_id=stray.account_id,
        activity_key="module:module-000:2025-04-01",
        applied_at=script.stamp(0.5),
    )


def _write_spoilt(script: Script, spoiling: Spoiling, part: float) -> None:
    model = next((each for each in script.happenings if kind_of(each.event) == spoiling.kind), None)
    if model is None:
        return
    event = deepcopy(model.event)
    event["id"] = script.next_id(model.publisher)
    spoiling.spoil(event)
    script.spoilt.add(event["id"])
    script.happenings.append(Happening(script.moment(part), model.publisher, event))
