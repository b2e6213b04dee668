"""The chapter of corrections: what is reversed, revoked and withdrawn after people had it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulation.catalogue import forum_days, seminar
from simulation.chance import chosen
from simulation.codes import printed
from simulation.wire import CATALOGUE

if TYPE_CHECKING:
    from simulation.script import Deed, Script

_REVERSED_SHARE = 0.02
_REVOKED_CODES = 4
_REASON_REVERSED = "Внесено по ошибке"
_REASON_REVOKED = "Свидетельства выданы без контроля присутствия"
_REASON_WITHDRAWN = "Аккредитация отозвана"


def write_corrections(script: Script) -> None:
    """Reverse a few activities, one of them before it comes; revoke some codes; withdraw the webinar."""
    random = script.random("corrections")
    for deed in chosen(random, script.deeds, _REVERSED_SHARE):
        _reverse(script, deed, deed.part + random.uniform(0.03, 0.2))
    early = random.choice(script.deeds)
    _reverse(script, early, early.part - 0.02)
    first = forum_days()[0].activity_id
    revoked = [printed(code) for code in random.sample(script.codes[first], k=_REVOKED_CODES)]
    script.tell(
        0.24,
        CATALOGUE,
        "codes.revoked.v1",
        activity_id=first,
        codes=revoked,
        reason=_REASON_REVOKED,
        revoked_at=script.stamp(0.22),
    )
    script.tell(
        0.37,
        CATALOGUE,
        "activity.withdrawn.v1",
        activity_id=seminar().activity_id,
        reason=_REASON_WITHDRAWN,
        withdrawn_at=script.stamp(0.36),
    )


def _reverse(script: Script, deed: Deed, part: float) -> None:
    script.tell(
        part,
        deed.portal,
        "activity.reversed.v1",
        account_id=deed.account_id,
        activity_key=deed.activity_key,
        reason=_REASON_REVERSED,
        reversed_at=script.stamp(part),
    )
