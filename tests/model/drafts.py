"""Valid messages of every type, drawn by chance from a small vocabulary and aimed at what the world already has."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from tests.model.contract_model import World
from tests.model.journal import Account
from tests.model.spelling import a_snils, misspelled, spelled
from tests.model.vocabulary import DAYS, LEVELS, SPECIALTIES, SPECIALTY_SPELLINGS, Vocabulary, an_instant

Said = dict[str, Any]
PORTALS = ("edu", "sovetnmo")


@dataclass(frozen=True)
class Draft:
    """What a message is to say, before it has an id and a time."""

    kind: str
    source: str
    said: Said


@dataclass
class Author:
    """Draws messages; `world` is what the messages so far have led to, so that answers find what they answer."""

    chance: Random
    words: Vocabulary
    world: World

    def account(self) -> Account:
        """Return any account."""
        portal = self.chance.choice(PORTALS)
        return portal, self.chance.choice(self.words.accounts(portal))

    def draft(self, kind: str) -> Draft:
        """Return a valid message of this type."""
        made = DRAFTS[kind](self)
        return made if isinstance(made, Draft) else Draft(kind, *made)

    def from_account(self, account: Account, **said: Any) -> tuple[str, Said]:  # noqa: ANN401 - JSON
        """Return a portal's source and what it says of one of its accounts, without what is None."""
        kept = {name: value for name, value in said.items() if value is not None}
        return f"/portals/{account[0]}", {"account_id": account[1], **kept}

    def maybe(self, value: Any, likelihood: float) -> Any:  # noqa: ANN401 - JSON
        """Return the value, or None."""
        return value if self.chance.random() < likelihood else None

    def facts(self, account: Account, likelihood: float) -> Said:
        """Return some facts of an account: those of one person are mostly alike on both portals."""
        person = self.words.accounts(account[0]).index(account[1])
        usual = self.chance.random() < 0.7
        audience = "doctors" if person != 1 else "nurses"
        said = {
            "email": f"{account[1]}{self.chance.randint(1, 3)}@example.org",
            "full_name": self.chance.choice(("Иванова Анна", "O'Коннор-Ли", "Ё")),
            "snils": a_snils(self.chance, person),
            "education_level": "higher" if usual else self.chance.choice(LEVELS),
            "audience": audience if usual else self.chance.choice(("doctors", "nurses")),
            "specialties": self.specialties(),
        }
        return {name: value for name, value in said.items() if self.chance.random() < likelihood}

    def specialties(self) -> list[str]:
        """Return up to two names of specialties, spelled as it comes."""
        names = SPECIALTIES if self.chance.random() < 0.8 else SPECIALTY_SPELLINGS
        return [self.chance.choice(names) for _ in range(self.chance.choice((0, 1, 1, 2)))]

    def activity(self) -> str:
        """Return any activity, mostly one that codes are of."""
        return self.chance.choice((*self.words.events, *self.words.modules, *self.words.programmes))

    def typed_code(self) -> str:
        """Return what somebody types."""
        code = self.chance.choice(self.words.codes)
        return spelled(self.chance, code) if self.chance.random() < 0.93 else misspelled(self.chance, code)

    def codes(self, activity_id: str) -> list[str]:
        """Return some codes of this activity, now and then another's."""
        own = [code for code, named in self.words.activity_of.items() if named == activity_id]
        pool = own if own and self.chance.random() < 0.9 else list(self.words.codes)
        return [spelled(self.chance, self.chance.choice(pool)) for _ in range(self.chance.choice((0, 1, 1, 2, 3)))]

    def key(self) -> str:
        """Return an activity key that somebody has, or any."""
        known = [each.key for each in self.world.journal.recordings]
        if known and self.chance.random() < 0.8:
            return self.chance.choice(known)
        module, day = self.chance.choice(self.words.modules), self.chance.choice(DAYS)
        programme = f"programme:{self.words.programmes[0]}:{day}"
        return self.chance.choice(
            (f"code:{self.chance.choice(self.words.codes)}", f"module:{module}:{day}", programme, "нет такого")
        )

    def acknowledged(self) -> tuple[Account, str]:
        """Return a replica that waits for an answer (mostly), or any account and key."""
        portal = self.chance.choice(PORTALS)
        shown = [key for key, row in self.world.replicas(portal).items() if row["state"] == "show"]
        if shown and self.chance.random() < 0.85:
            account_id, key = self.chance.choice(sorted(shown))
            return (portal, account_id), key
        return self.account(), self.key()

    def pair(self) -> tuple[str, str, str]:
        """Return a request id and two accounts, mostly those of an attempt that is open, or of one person."""
        waiting = [triple for triple, link in self.world.journal.links.items() if link.outcome == "open"]
        if waiting and self.chance.random() < 0.5:
            return self.chance.choice(waiting)
        edu = self.chance.choice(self.words.edu)
        twin = self.words.sovetnmo[self.words.edu.index(edu)]
        sovetnmo = twin if self.chance.random() < 0.7 else self.chance.choice(self.words.sovetnmo)
        return self.chance.choice(self.words.requests), edu, sovetnmo


def _registered(author: Author) -> tuple[str, Said]:
    account = author.account()
    needed = author.facts(account, 1.0)
    optional = {name: author.maybe(needed.pop(name), 0.7) for name in ("full_name", "snils")}
    return author.from_account(account, **needed, **optional, registered_at=an_instant(author.chance))


def _changed(author: Author) -> tuple[str, Said]:
    account = author.account()
    return author.from_account(account, **author.facts(account, 0.4), changed_at=an_instant(author.chance))


def _cycle(author: Author) -> tuple[str, Said]:
    starts = author.chance.choice(("2020-06-01", "2025-03-01", "2025-05-12"))
    ends = author.chance.choice(("2025-05-12", "2025-05-31", "2030-05-31"))
    said = {"cycle_id": f"c{author.chance.randint(1, 3)}", "education_level": author.chance.choice(LEVELS[:2])}
    specialty, policy = author.chance.choice(SPECIALTIES), author.maybe("model", 0.3)
    return author.from_account(
        author.account(), **said, specialty=specialty, starts_on=starts, ends_on=ends, policy=policy
    )


def _activated(author: Author) -> tuple[str, Said]:
    vouched = author.maybe(author.chance.choice((*author.words.events, *author.words.modules)), 0.35)
    return author.from_account(
        author.account(), code=author.typed_code(), activated_at=an_instant(author.chance), activity_id=vouched
    )


def _module(author: Author) -> tuple[str, Said]:
    module, day = author.chance.choice(author.words.modules), author.chance.choice(DAYS)
    return author.from_account(
        author.account(), module_id=module, completed_on=day, code=author.maybe(author.typed_code(), 0.4)
    )


def _programme(author: Author) -> tuple[str, Said]:
    said = {"programme_id": author.words.programmes[0], "completed_on": author.chance.choice(DAYS)}
    hours = author.chance.choice((0, 18, 36, 36.5, 144))
    return author.from_account(
        author.account(), **said, hours=hours, distance_hours=hours / 2, organisation="Академия «Пример»"
    )


def _echo(author: Author) -> Draft:
    """Report a completion that one account has from any account, mostly the person's other one."""
    completions = [each for each in author.world.journal.recordings if not each.key.startswith("code:")]
    if not completions:
        return author.draft("module.completed")
    recording = author.chance.choice(completions)
    others = author.world.accounts_of(*recording.account) - {recording.account}
    account = sorted(others)[0] if others and author.chance.random() < 0.8 else author.account()
    said = recording.message.said | {"account_id": account[1]}
    return Draft(recording.message.kind, f"/portals/{account[0]}", said)


def _requested(author: Author) -> tuple[str, Said]:
    request, edu, sovetnmo = author.pair()
    said = {"sovetnmo_account_id": sovetnmo, "request_id": request, "requested_at": an_instant(author.chance)}
    return author.from_account(("edu", edu), **said)


def _answered(author: Author, instant_name: str, reason: str | None) -> tuple[str, Said]:
    request, edu, sovetnmo = author.pair()
    said = {"edu_account_id": edu, "request_id": request, instant_name: an_instant(author.chance), "reason": reason}
    return author.from_account(("sovetnmo", sovetnmo), **said)


def _reversed(author: Author) -> tuple[str, Said]:
    key, account = author.key(), author.account()
    owners = [each.account for each in author.world.journal.recordings if each.key == key]
    if owners and author.chance.random() < 0.6:
        account = author.chance.choice(sorted(author.world.accounts_of(*owners[0])))
    return author.from_account(account, activity_key=key, reason="ошибка", reversed_at=an_instant(author.chance))


def _applied(author: Author) -> tuple[str, Said]:
    account, key = author.acknowledged()
    reference = author.maybe("запись-1", 0.5)
    return author.from_account(account, activity_key=key, remote_ref=reference, applied_at=an_instant(author.chance))


def _not_applied(author: Author) -> tuple[str, Said]:
    account, key = author.acknowledged()
    reason = author.chance.choice(("duplicate", "rejected", "temporarily"))
    said = {"activity_key": key, "reason": reason, "refused_at": an_instant(author.chance)}
    return author.from_account(account, **said, detail=author.maybe("подробность", 0.3))


def _published(author: Author) -> tuple[str, Said]:
    activity_id = author.activity()
    kind = author.words.kind_of(activity_id)
    said: Said = {"activity_id": activity_id, "kind": kind, "provider": "Организатор"}
    said |= {"title": f"Активность {author.chance.randint(1, 3)}", "accreditation": _rows(author)}
    if kind == "event":
        said["held_on"] = author.chance.choice(DAYS)
    if author.chance.random() < 0.2:
        said["foreign"] = author.chance.random() < 0.6
    if author.chance.random() < 0.3:
        said["place"] = "Москва"
    return "/catalogue", said


def _rows(author: Author) -> list[Said]:
    rows = []
    for _ in range(author.chance.choice((0, 1, 2, 3, 3))):
        names = [author.chance.choice(SPECIALTIES + SPECIALTY_SPELLINGS) for _ in range(author.chance.randint(0, 3))]
        row = {"audience": author.chance.choice(("doctors", "doctors", "nurses")), "specialties": names}
        rows.append(row | {"education_level": author.chance.choice(LEVELS[:2]), "credits": author.chance.randint(0, 6)})
    return rows


def _withdrawn(author: Author) -> tuple[str, Said]:
    said = {"activity_id": author.activity(), "reason": "снята", "withdrawn_at": an_instant(author.chance)}
    return "/catalogue", said


def _issued(author: Author) -> tuple[str, Said]:
    activity_id = author.chance.choice((*author.words.events, *author.words.modules))
    audience = author.chance.choice(("doctors", "doctors", "nurses"))
    return "/catalogue", {"activity_id": activity_id, "audience": audience, "codes": author.codes(activity_id)}


def _revoked(author: Author) -> tuple[str, Said]:
    activity_id = author.chance.choice((*author.words.events, *author.words.modules))
    said = {"activity_id": activity_id, "codes": author.codes(activity_id), "reason": "ошибка"}
    return "/catalogue", said | {"revoked_at": an_instant(author.chance)}


DRAFTS: dict[str, Callable[[Author], tuple[str, Said] | Draft]] = {
    "account.registered": _registered,
    "account.changed": _changed,
    "account.closed": lambda author: author.from_account(author.account(), closed_at=an_instant(author.chance)),
    "account.reopened": lambda author: author.from_account(author.account(), reopened_at=an_instant(author.chance)),
    "cycle.opened": _cycle,
    "code.activated": _activated,
    "module.completed": _module,
    "programme.completed": _programme,
    "echo": _echo,
    "link.requested": _requested,
    "link.confirmed": lambda author: _answered(author, "confirmed_at", None),
    "link.declined": lambda author: _answered(author, "declined_at", "не мой кабинет"),
    "activity.reversed": _reversed,
    "replica.applied": _applied,
    "replica.refused": _not_applied,
    "activity.published": _published,
    "activity.withdrawn": _withdrawn,
    "codes.issued": _issued,
    "codes.revoked": _revoked,
}
