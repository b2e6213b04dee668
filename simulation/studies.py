"""The chapter of studies: modules and programmes, reported by one portal, by both, or by a code beside it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from simulation.attendance import activate, issue_codes
from simulation.catalogue import ORGANISATION, Activity, modules, programmes
from simulation.chance import chosen, happens
from simulation.codes import module_key, printed, programme_key
from simulation.handwriting import new_code, typed
from simulation.script import Deed
from simulation.wire import CATALOGUE

if TYPE_CHECKING:
    from random import Random

    from simulation.people import Account, Person
    from simulation.script import Script

_FIRST_DAY = date(2025, 4, 1)
_DAYS = 80
_LATE_MODULE = "module-011"
_WITHDRAWN_MODULE = "module-012"
_WITHDRAWN_AT = "2025-05-16T12:00:00+03:00"
_LATE_PROGRAMME = "programme-04"
_UNKNOWN_MODULE = "module-404"


def write_studies(script: Script) -> None:
    """Publish modules and programmes, two of them late, and let people complete them."""
    random = script.random("studies")
    _publish(script)
    for person in script.people:
        for module in random.sample(modules(), k=random.choices((0, 1, 2, 3), weights=(3, 4, 2, 1))[0]):
            _complete_module(script, random, person, module)
    for person in chosen(random, script.people, 0.15):
        _complete_programme(script, random, person)
    stranger = random.choice(script.people)
    _tell_module(script, stranger.accounts[0], _UNKNOWN_MODULE, _day(random), 0.5)


def _publish(script: Script) -> None:
    for activity in (*modules(), *programmes()):
        late = activity.activity_id in {_LATE_MODULE, _LATE_PROGRAMME}
        script.tell(0.8 if late else 0.01, CATALOGUE, "activity.published.v1", **activity.described())
    script.tell(
        0.1,
        CATALOGUE,
        "activity.withdrawn.v1",
        activity_id=_WITHDRAWN_MODULE,
        reason="Истёк срок аккредитации",
        withdrawn_at=_WITHDRAWN_AT,
    )


def _complete_module(script: Script, random: Random, person: Person, module: Activity) -> None:
    """A completion: most come by themselves, some with a code, some twice over."""
    account, day, part = random.choice(person.accounts), _day(random), random.uniform(0.12, 0.9)
    code = None
    if happens(random, 0.12):
        code = new_code(random)
        issue_codes(script, module.activity_id, person.audience, [code], part - 0.05)
        script.codes.setdefault(module.activity_id, []).append(code)
    if code is not None and happens(random, 0.5):
        activate(script, person, account, typed(code, random), part + 0.01, module.activity_id)
        code = None
    _tell_module(script, account, module.activity_id, day, part, code)
    if happens(random, 0.04):
        for twin in person.accounts:
            _tell_module(script, twin, module.activity_id, day, part + 0.0005)


def _tell_module(
    script: Script, account: Account, module_id: str, day: date, part: float, code: str | None = None
) -> None:
    script.tell(
        part,
        account.portal,
        "module.completed.v1",
        account_id=account.account_id,
        module_id=module_id,
        completed_on=day.isoformat(),
        code=None if code is None else printed(code),
    )
    script.deeds.append(Deed(part, account.portal, account.account_id, module_key(module_id, day)))


def _complete_programme(script: Script, random: Random, person: Person) -> None:
    programme, account, day = random.choice(programmes()), random.choice(person.accounts), _day(random)
    part = random.uniform(0.2, 0.9)
    script.tell(
        part,
        account.portal,
        "programme.completed.v1",
        account_id=account.account_id,
        programme_id=programme.activity_id,
        hours=programme.hours,
        distance_hours=round(programme.hours * random.choice((0, 0.5, 0.75, 1))),
        completed_on=day.isoformat(),
        organisation=ORGANISATION,
    )
    key = programme_key(programme.activity_id, day)
    script.deeds.append(Deed(part, account.portal, account.account_id, key))


def _day(random: Random) -> date:
    return _FIRST_DAY + timedelta(days=random.randrange(_DAYS))
