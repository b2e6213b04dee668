"""Invents the specialists: names, e-mails, СНИЛС, what they practise, and the accounts that they have."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

from simulation.catalogue import practised_pairs
from simulation.chance import chosen, generator, happens
from simulation.names import full_name, latin
from simulation.snils import invented_snils, written_snils
from simulation.wire import EDU, SOVETNMO

if TYPE_CHECKING:
    from random import Random

MAIL_DOMAINS: Final = ("example.org", "example.com", "example.net")
UNCOVERED: Final = (("doctors", "higher", "педиатрия"), ("nurses", "secondary", "акушерское дело"))
"""What some practise although no day of the forum is accredited for it."""

_ACCOUNTS_WEIGHTS = (60, 20, 20)
_MISMATCH_SHARE = 0.03
_MISMATCH_PEOPLE_MIN = 12
_NURSES_SHARE = 0.35


@dataclass(frozen=True)
class Account:
    """One account of a person: what was filled in at its registration."""

    portal: str
    account_id: str
    email: str
    snils: str | None


@dataclass(frozen=True)
class Person:
    """One invented specialist; `offset_h` is how many hours ahead of Greenwich their clock is."""

    number: int
    full_name: str
    audience: str
    education_level: str
    specialties: tuple[str, ...]
    offset_h: int
    sovetnmo: Account | None = None
    edu: Account | None = None

    @cached_property
    def accounts(self) -> tuple[Account, ...]:
        """The person's accounts, one or two."""
        return tuple(account for account in (self.sovetnmo, self.edu) if account is not None)


def invent(seed: int | str, count: int, tag: str = "") -> list[Person]:
    """So many people, always the same for the same seed; `tag` goes into the account ids, to keep worlds apart."""
    random = generator(seed, "people")
    numbers = random.sample(range(100, 100 + 20 * count), 2 * count)
    people = [
        _with_accounts(_person(random, number), random, tag, numbers[2 * number], numbers[2 * number + 1])
        for number in range(count)
    ]
    return _with_mismatches(people, random)


def _person(random: Random, number: int) -> Person:
    audience = "nurses" if happens(random, _NURSES_SHARE) else "doctors"
    pairs = practised_pairs(audience)
    uncovered = [(level, name) for whose, level, name in UNCOVERED if whose == audience]
    level, specialty = random.choice(uncovered if happens(random, 0.08) else pairs)
    second = [name for same, name in pairs if same == level and name != specialty]
    specialties = (specialty, random.choice(second)) if happens(random, 0.2) and second else (specialty,)
    female = happens(random, 0.92 if audience == "nurses" else 0.6)
    return Person(
        number=number,
        full_name=full_name(random, female=female),
        audience=audience,
        education_level=level,
        specialties=specialties,
        offset_h=random.choices((2, 3, 4, 5, 7, 8, 10, 12), weights=(1, 12, 2, 4, 2, 1, 1, 1))[0],
    )


def _with_accounts(person: Person, random: Random, tag: str, number: int, other_number: int) -> Person:
    both, only = random.choices(((True, ""), (False, SOVETNMO), (False, EDU)), weights=_ACCOUNTS_WEIGHTS)[0]
    snils = invented_snils(random)
    sovetnmo = _account(person, random, SOVETNMO, f"S-{tag}{number}", snils)
    edu = _account(person, random, EDU, f"E-{tag}{other_number}", snils)
    return replace(
        person,
        sovetnmo=sovetnmo if both or only == SOVETNMO else None,
        edu=edu if both or only == EDU else None,
    )


def _account(person: Person, random: Random, portal: str, account_id: str, snils: str) -> Account:
    surname, first = person.full_name.split()[:2]
    mailbox = f"{latin(first)[0]}.{latin(surname)}{person.number}"
    return Account(
        portal=portal,
        account_id=account_id,
        email=f"{mailbox}@{random.choice(MAIL_DOMAINS)}",
        snils=written_snils(snils, random) if happens(random, 0.8) else None,
    )


def _with_mismatches(people: list[Person], random: Random) -> list[Person]:
    """A few have somebody else's СНИЛС in their edu account: their link waits for support."""
    both = [person for person in people if person.sovetnmo and person.edu]
    if len(both) < _MISMATCH_PEOPLE_MIN:
        return people
    changed = {person.number: _mismatched(person, random) for person in chosen(random, both, _MISMATCH_SHARE)}
    return [changed.get(person.number, person) for person in people]


def _mismatched(person: Person, random: Random) -> Person:
    if person.sovetnmo is None or person.edu is None:
        return person
    own, other = (written_snils(invented_snils(random), random) for _ in range(2))
    return replace(person, sovetnmo=replace(person.sovetnmo, snils=own), edu=replace(person.edu, snils=other))
