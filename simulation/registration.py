"""The chapter of accounts: people register, open cycles, change what they filled in, close accounts and come back."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from simulation.chance import chosen, happens
from simulation.wire import instant

if TYPE_CHECKING:
    from random import Random

    from simulation.people import Account, Person
    from simulation.script import Script

_REGISTERED_PART = 0.16
_LATE_SHARE = 0.03
_CYCLES = (("2023-09-01", "2028-08-31"), ("2024-02-01", "2029-01-31"), ("2025-06-01", "2030-05-31"))
_POLYCLINIC_MAIL = "new.address@example.org"


def write_registrations(script: Script) -> None:
    """Everybody registers, a few only after their first codes; some change, close and reopen an account."""
    random = script.random("registration")
    accounts = [(person, account) for person in script.people for account in person.accounts]
    late = {account.account_id for _, account in chosen(random, accounts, _LATE_SHARE)}
    for person, account in accounts:
        part = random.uniform(0.5, 0.8) if account.account_id in late else random.uniform(0.0, _REGISTERED_PART)
        _register(script, random, person, account, part)
    for person in chosen(random, script.people, 0.7):
        _open_cycle(script, random, person)
    for person, account in chosen(random, accounts, 0.04):
        _change(script, random, person, account)
    for person, account in chosen(random, accounts, 0.02):
        _close(script, random, person, account)


def _register(script: Script, random: Random, person: Person, account: Account, part: float) -> None:
    registered = script.base - timedelta(days=random.randint(1, 900), minutes=random.randrange(1440))
    script.tell(
        part,
        account.portal,
        "account.registered.v1",
        account_id=account.account_id,
        email=account.email,
        full_name=person.full_name if happens(random, 0.95) else None,
        snils=account.snils,
        education_level=person.education_level,
        audience=person.audience,
        specialties=list(person.specialties),
        registered_at=instant(registered, person.offset_h),
    )


def _open_cycle(script: Script, random: Random, person: Person) -> None:
    account = random.choice(person.accounts)
    for number, specialty in enumerate(person.specialties, start=1):
        starts_on, ends_on = random.choices(_CYCLES, weights=(6, 3, 1))[0]
        script.tell(
            random.uniform(_REGISTERED_PART, 0.5),
            account.portal,
            "cycle.opened.v1",
            account_id=account.account_id,
            cycle_id=f"cycle-{account.account_id}-{number}",
            specialty=specialty,
            education_level=person.education_level,
            starts_on=starts_on,
            ends_on=ends_on,
        )


def _change(script: Script, random: Random, person: Person, account: Account) -> None:
    part = random.uniform(0.3, 0.9)
    moved = happens(random, 0.5)
    script.tell(
        part,
        account.portal,
        "account.changed.v1",
        account_id=account.account_id,
        email=_POLYCLINIC_MAIL.replace("new", f"new{person.number}") if moved else None,
        specialties=None if moved else list(reversed(person.specialties)),
        changed_at=script.stamp(part, person.offset_h),
    )


def _close(script: Script, random: Random, person: Person, account: Account) -> None:
    part = random.uniform(0.45, 0.6)
    script.tell(
        part,
        account.portal,
        "account.closed.v1",
        account_id=account.account_id,
        closed_at=script.stamp(part, person.offset_h),
    )
    if happens(random, 0.6) or not _reopened_already(script):
        back = part + random.uniform(0.1, 0.25)
        script.tell(
            back,
            account.portal,
            "account.reopened.v1",
            account_id=account.account_id,
            reopened_at=script.stamp(back, person.offset_h),
        )


def _reopened_already(script: Script) -> bool:
    """Whether the story has somebody who came back: the smallest world has one, too."""
    return any(happening.event["type"] == "ru.nmo.account.reopened.v1" for happening in script.happenings)
